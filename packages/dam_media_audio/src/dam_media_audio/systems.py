"""Sound: what is read of it becomes components."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dam.assets.models import ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, Facts, Findings
from dam.assets.systems.process import process_file
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_media_audio.commands import ProcessAudioCommand
from dam_media_audio.events import AudioAssetDetected
from dam_media_audio.functions.tracks import FILM_TRACK, SOUND_TRACK, track_kinds
from dam_media_audio.models import AudioFingerprintComponent, AudioMetadataComponent

FOUND: tuple[type[Component], ...] = (AudioMetadataComponent, ThumbnailComponent)
"""The component types that a piece of sound may get."""
FINGERPRINTED: tuple[type[Component], ...] = (AudioFingerprintComponent,)


_SOUND, _FILM = (
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rb"\x40\x9e\x69\xf8\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b|hdlr.{8}soun",
        rb"\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b|hdlr.{8}vide",
    )
)
"""How ASF (its stream types) and MP4 (ISO/IEC 14496-12, 8.4.3) mark streams of sound and of film."""
MATROSKA = b"\x1aE\xdf\xa3"


def is_sound_only(facts: Facts) -> bool:
    """Whether a container of films holds nothing but sound, as far as its first and last bytes tell."""
    head = facts.get("head", b"")
    if head.startswith(MATROSKA):
        kinds = track_kinds(head)
        return SOUND_TRACK in kinds and FILM_TRACK not in kinds
    seen = head + facts.get("tail", b"")
    return _SOUND.search(seen) is not None and _FILM.search(seen) is None


def audio_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a piece of sound into components."""
    info = answer["info"]
    findings = Findings(components=[AudioMetadataComponent(**info)], problem=answer["problem"])
    findings.fields = {"duration": answer["duration"], "color": answer["color"]}
    findings.said = {"title": info.get("title")}
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
        findings.files = {name: name for name in answer["thumbnails"].values()}
    return findings


def fingerprint_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn an acoustic fingerprint into a component."""
    return Findings(components=[AudioFingerprintComponent(fingerprint=bytes.fromhex(answer["fingerprint"]))])


@system(on_event=AudioAssetDetected)
async def process_audio_system(batch: Batch[AudioAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the sound is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@handles_command(ProcessAudioCommand)
async def handle_process_audio(cmd: ProcessAudioCommand, world: World) -> dict[str, Any]:
    """Take a piece of sound into the library, if it is not there yet, read it, and say where its picture is."""
    return await process_file(cmd, world)
