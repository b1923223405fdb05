"""Programs: what is read of them becomes components and further assets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.assets.commands import ArchiveMember, LocateContentCommand, RegisterMembersCommand, UnpackContentCommand
from dam.assets.models import TextComponent, ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, Findings
from dam.assets.resources.spool import ContentSpool
from dam.assets.settings import AssetsSettings
from dam.assets.systems.members import places_within
from dam.core.exceptions import ContentUnreadableError
from dam.core.systems import system
from dam.core.workers import Workers
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_software.analyses import PARTS, SOFTWARE
from dam_software.events import SoftwareAssetDetected
from dam_software.models import SoftwareInfoComponent

FOUND: tuple[type[Component], ...] = (SoftwareInfoComponent, ThumbnailComponent, TextComponent)


def software_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a program into components; its icon and licence become assets that lie in it, as members do."""
    info = answer["info"]
    findings = Findings(components=[SoftwareInfoComponent(**info)], fields={"color": answer["color"]}, note=answer["note"])
    findings.said = {"title": info.get("product") or info.get("description")}
    findings.files = {name: name for name in answer["thumbnails"].values()}
    if info["format"] != "elf":  # of which there are thousands, without any part
        parts = answer["members"]
        findings.contents = {one["sha256"]: [one["name"]] for one in parts}
        members = tuple(ArchiveMember(one["name"].encode(), bytes.fromhex(one["sha256"]), one["size"], one["mime_type"]) for one in parts)
        findings.follow_up = lambda entity_id: RegisterMembersCommand(entity_id, members)
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
    if answer["text"]:
        findings.components.append(TextComponent(text=answer["text"]))
    return findings


@system(on_event=SoftwareAssetDetected)
async def process_software_system(batch: Batch[SoftwareAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the program is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@system(on_command=UnpackContentCommand)
async def handle_unpack_part(command: UnpackContentCommand, world: World, workers: Workers, spool: ContentSpool) -> Path | None:
    """Take the parts out of a program once more, when one of them is wanted."""
    content, places = await places_within(world, command.entity_id, SOFTWARE)
    for place in places:
        path = (await world.dispatch_command(LocateContentCommand(place.archive_id))).one()
        if path is None:
            continue
        settings = world.get_settings(AssetsSettings).thumbnails()
        size = (await asyncio.to_thread(path.stat)).st_size
        async with workers.run(PARTS, str(path), mime_type="", size=size, settings=settings) as answer:
            for one in answer.value["members"]:
                await asyncio.to_thread(spool.take, bytes.fromhex(one["sha256"]), [answer.scratch / one["name"]])
        found = spool.find(content)
        if found is None:
            raise ContentUnreadableError("The program does not give this part: it has another content now; index it again.")
        return found
    return None
