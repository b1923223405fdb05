"""Archives are listed: what is read of them becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import ArchiveMetadataComponent
from dam.assets.resources import AnalysisScheduler, Facts, Findings
from dam.assets.systems.process import process_file
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_archive.commands import ProcessArchiveCommand
from dam_archive.events import ArchiveAssetDetected
from dam_archive.functions.volumes import is_volume_name
from dam_archive.models import ArchiveFactsComponent

FOUND: tuple[type[Component], ...] = (ArchiveMetadataComponent, ArchiveFactsComponent)


def found_entries(answer: Mapping[str, Any]) -> Findings:
    """Turn the listing of an archive into components; the names are shown to the drivers that recognise what is in archives."""
    facts = {name: answer[name] for name in ("state", "comment", "folders", "refused", "volumes", "part_of")}
    components: list[Component] = [
        ArchiveMetadataComponent(format=answer["format"], entries=answer["entries"]),
        ArchiveFactsComponent(**facts),
    ]
    refused = answer["refused"]
    shown = Facts(entries=[entry["name"] for entry in answer["entries"]])
    return Findings(components, problem=refused["message"] if refused else None, facts=shown)


def is_later_volume(facts: Facts) -> bool:
    """Whether a file without a kind of its own is called as a later part of an archive is."""
    return is_volume_name(facts.get("filename", ""))


@system(on_event=ArchiveAssetDetected)
async def process_archive_system(batch: Batch[ArchiveAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the archive is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@handles_command(ProcessArchiveCommand)
async def handle_process_archive(cmd: ProcessArchiveCommand, world: World) -> dict[str, Any]:
    """Take an archive into the library, if it is not there yet, and list it."""
    return await process_file(cmd, world)
