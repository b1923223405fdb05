"""Archives in several files: the parts are tied to the one that stands for all, and read again when a further part has come."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, or_, select, update

from dam.assets.events import AssetExamined
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    FileLocationComponent,
    Link,
    LocationStatus,
    Relation,
    StorageType,
)
from dam.assets.resources import AnalysisScheduler
from dam.core.chunks import chunks
from dam.core.systems import system
from dam.core.world import World
from dam.system_events.batch import Batch
from dam_archive.analyses import ENTRIES
from dam_archive.functions.volumes import main_volume, stem_of_set, volume_set
from dam_archive.models import ArchiveFactsComponent

ORIGIN = "dam_archive"
RANGES = 100
"""Of names, in one statement."""


class Part(NamedTuple):
    """One file of an archive in several ones; `place` is its place among them."""

    place: int
    entity_id: int
    name: str


@system(on_event=AssetExamined)
async def join_volumes_system(batch: Batch[AssetExamined], world: World, scheduler: AnalysisScheduler) -> None:
    """Tie the parts of an archive to the one that stands for it; what was read before a part came is read again."""
    ready = {event.entity_id for event in batch}
    sets, stale = await world.database.read(lambda connection: _judged(connection, ready))
    if not sets:
        return
    links = []
    for parts in sets:
        main = main_volume([part.name for part in parts])
        target = next(part.entity_id for part in parts if part.name == main)
        links += [
            {"source_id": source, "relation": str(Relation.BELONGS_TO), "target_id": target, "weight": 1.0, "data": {}, "origin": ORIGIN}
            for source in {part.entity_id for part in parts} - {target}
        ]
    record, asset = AnalysisRecordComponent, AssetComponent
    async with world.transaction() as transaction:
        await transaction.insert_rows(Link, links, ignore_known=True)
        if stale:
            await transaction.execute(delete(record).where(record.entity_id.in_(stale)))
            await transaction.execute(update(asset).where(asset.entity_id.in_(stale)).values(status=AssetStatus.PROCESSING))
    if stale:
        scheduler.ring()


def _judged(connection: Connection, ready: set[int]) -> tuple[list[list[Part]], set[int]]:
    """The sets of several files to which some assets belong, and those files of them that were read without one of these assets."""
    sets = [parts for parts in _sets(connection, ready) if len({part.entity_id for part in parts}) > 1]
    everyone = {part.entity_id for parts in sets for part in parts}
    facts, record, place = ArchiveFactsComponent, AnalysisRecordComponent, FileLocationComponent
    seen = select(facts.entity_id, facts.volumes).where(facts.entity_id.in_(everyone))
    volumes: dict[int, list[str]] = {row.entity_id: row.volumes for row in connection.execute(seen)}
    when = select(record.entity_id, record.updated_at).where(record.entity_id.in_(everyone), record.name == ENTRIES.name)
    read: dict[int, datetime] = {row.entity_id: row.updated_at for row in connection.execute(when)}
    since = select(place.entity_id, place.created_at).where(place.entity_id.in_(everyone))
    come: dict[int, datetime] = {row.entity_id: row.created_at for row in connection.execute(since)}

    def lacks(one: Part, other: Part) -> bool:
        """Whether a file was read without another; one that could not be read at all, before the other was there."""
        if one.entity_id in volumes:
            return other.name not in volumes[one.entity_id]
        return one.entity_id in read and read[one.entity_id] < come[other.entity_id]

    stale = {
        one.entity_id
        for parts in sets
        for other in parts
        if other.entity_id in ready
        for one in parts
        if one.entity_id != other.entity_id and lacks(one, other)
    }
    return sets, stale


def _sets(connection: Connection, entity_ids: set[int]) -> list[list[Part]]:
    """The files that are called as those of one set are, in their order."""
    place = FileLocationComponent
    is_there = and_(place.status == LocationStatus.PRESENT, place.storage_type == StorageType.IN_PLACE)
    own = connection.execute(select(place.root_id, place.path).where(place.entity_id.in_(entity_ids), is_there))
    stems = sorted({(row.root_id, stem) for row in own if (stem := stem_of_set(row.path)) is not None})
    found: dict[tuple[int, bytes, str], list[Part]] = defaultdict(list)
    for chosen in chunks(stems, RANGES):
        ranges = (and_(place.root_id == root, place.path >= stem, place.path < stem + b"\xff") for root, stem in chosen)
        for row in connection.execute(select(place.entity_id, place.root_id, place.path).where(or_(*ranges), is_there)):
            folder, _, raw = row.path.rpartition(b"/")
            name = raw.decode("utf-8", "surrogateescape")
            known = volume_set(name)
            if known is not None:
                found[row.root_id, folder, known[0]].append(Part(known[1], row.entity_id, name))
    return [sorted(parts) for parts in found.values()]
