"""Games and disk images: what is read of them becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import ArchiveMetadataComponent, ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, Facts, Findings
from dam.core.systems import system
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_psp.events import PspIsoAssetDetected
from dam_psp.models import PspIsoInfoComponent

LISTED: tuple[type[Component], ...] = (ArchiveMetadataComponent,)
FOUND: tuple[type[Component], ...] = (PspIsoInfoComponent, ThumbnailComponent)
VOLUME_DESCRIPTOR = 32768
"""Where the first volume descriptor of a disk image lies, in bytes (ECMA-119, 8.1)."""


def is_game_image(facts: Facts) -> bool:
    """Whether a disk image is one of a PSP game: its system is "PSP GAME", or its root folder, near the beginning, names PSP_GAME."""
    if facts["mime_type"] == "application/x-compressed-iso":
        return True  # no other system's images come in this form
    descriptor = facts.get("head", b"")[VOLUME_DESCRIPTOR:]
    return descriptor[8:16] == b"PSP GAME" or b"PSP_GAME" in descriptor


def is_game_package(facts: Facts) -> bool:
    """Whether a file is an EBOOT.PBP: a game as the PSP keeps it on a memory stick."""
    return facts.get("head", b"").startswith(b"\0PBP")


def is_game_parameters(facts: Facts) -> bool:
    """Whether a file is a PARAM.SFO: what a game says about itself."""
    return facts.get("head", b"").startswith(b"\0PSF")


def found_entries(answer: Mapping[str, Any]) -> Findings:
    """Turn the listing of a disk image into a component."""
    return Findings(components=[ArchiveMetadataComponent(format=answer["format"], entries=answer["entries"])])


def found_game(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a game into components."""
    findings = Findings(components=[PspIsoInfoComponent(**answer["info"])], problem=answer["problem"])
    findings.said = {"title": answer["info"]["title"]}
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
        findings.fields = {name: answer[name] for name in ("width", "height", "color")}
        findings.files = {name: name for name in answer["thumbnails"].values()}
    return findings


@system(on_event=PspIsoAssetDetected)
async def process_psp_iso_system(batch: Batch[PspIsoAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the game is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()
