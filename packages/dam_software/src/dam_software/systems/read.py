"""Programs: what is read of them becomes components and further assets."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from dam.assets.commands import StoreFilesCommand
from dam.assets.events import AssetChanged, AssetExamined
from dam.assets.models import ContentHashSHA256Component, Link, Relation, TextComponent, ThumbnailComponent
from dam.assets.models.human import FILE
from dam.assets.resources import AnalysisScheduler, CacheResource, Findings
from dam.core.analysis import Analysis
from dam.core.systems import system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_software.events import SoftwareAssetDetected
from dam_software.models import SoftwareInfoComponent

logger = logging.getLogger(__name__)

SOFTWARE = Analysis("software.facts", 3, "dam_software.functions.analysis:analyse_software")
PREVIEW = Analysis("software.preview", 2, SOFTWARE.function)
FOUND: tuple[type[Component], ...] = (SoftwareInfoComponent, ThumbnailComponent, TextComponent)


def software_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a program into components."""
    info = answer["info"]
    findings = Findings(components=[SoftwareInfoComponent(**info)], fields={"color": answer["color"]}, note=answer["note"])
    findings.said = {"title": info.get("product") or info.get("description")}
    findings.files = {name: name for name in (*info["parts"].values(), *answer["thumbnails"].values())}
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
    if answer["text"]:
        findings.components.append(TextComponent(text=answer["text"]))
    return findings


@system(on_event=SoftwareAssetDetected)
async def process_software_system(batch: Batch[SoftwareAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the program is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@system(on_event=AssetExamined)
async def store_parts_system(events: Batch[AssetExamined], world: World, cache: CacheResource) -> None:
    """Make the icon and the licence of programs assets of their own, in the store, that the program contains."""
    ids = [event.entity_id for event in events]

    def programs(connection: Connection) -> list[tuple[int, bytes, dict[str, str]]]:
        info, hashes = SoftwareInfoComponent, ContentHashSHA256Component
        statement = select(info.entity_id, hashes.hash_value, info.parts).join(hashes, hashes.entity_id == info.entity_id)
        return [(row[0], row[1], row[2]) for row in connection.execute(statement.where(info.entity_id.in_(ids))) if row[2]]

    links: list[dict[str, Any]] = []
    for entity_id, content, parts in await world.database.read(programs):
        paths = tuple(path for name in parts.values() if (path := cache.find(content, name)) is not None)
        for stored in (await world.dispatch_command(StoreFilesCommand(paths))).one():
            if stored.entity_id is None:
                logger.warning("A part of program %s cannot be stored: %s", entity_id, stored.error)
            else:
                edge = {"source_id": entity_id, "relation": str(Relation.CONTAINS), "target_id": stored.entity_id}
                links.append({**edge, "weight": 1.0, "data": {}, "origin": FILE + SOFTWARE.name})
    if links:
        async with world.transaction() as transaction:
            await transaction.insert_rows(Link, links, ignore_known=True)
            for entity_id in {link[end] for link in links for end in ("source_id", "target_id")}:
                transaction.send_event(AssetChanged(entity_id))
