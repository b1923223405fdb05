"""The jobs of a run of analyses: which assets are to be looked at, what has been tried on each, and what came of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, select

from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    FileLocationComponent,
    LocationCheck,
    LocationStatus,
    Root,
    StorageType,
    VirtualEntityComponent,
)
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.assets.resources.processors import RECORDS
from dam.core.world import World

PAGE = 200


class Record(NamedTuple):
    """What became of an analysis before."""

    version: int
    content: bytes
    status: str
    attempts: int
    message: str | None


@dataclass(slots=True)
class Job:
    """One asset whose content is to be looked at: where it lies, and which analyses it has had."""

    entity_id: int
    mime_type: str
    driver: str | None
    size: int
    content: bytes
    path: str | None
    looks: tuple[int, int] = (0, 0)
    """Size in bytes and modification time in nanoseconds of the file when its content was read."""
    records: dict[str, Record] = field(default_factory=dict)
    file_id: int = 0
    stored: bool = False

    def record_of(self, offered: AssetAnalysis) -> Record | None:
        """What is known of this version of the analysis for this content."""
        record = self.records.get(offered.analysis.name)
        same = record is not None and (record.version, record.content) == (offered.analysis.version, self.content)
        return record if same else None

    def is_done(self, offered: AssetAnalysis) -> bool:
        """Whether this content has had this version of the analysis, with an outcome that stands."""
        record = self.record_of(offered)
        return record is not None and (record.status != "failed" or record.attempts >= MAXIMUM_ATTEMPTS)


@dataclass(slots=True)
class Outcome:
    """What became of one analysis of one asset."""

    offered: AssetAnalysis
    status: str
    message: str | None = None
    attempts: int = 1
    findings: Findings = field(default_factory=Findings)
    recognised: AssetDriver | None = None


async def count_pending(world: World) -> int:
    """How many assets wait to be analysed."""
    statement = select(func.count()).select_from(AssetComponent).where(AssetComponent.status == AssetStatus.PROCESSING)
    return await world.database.read(lambda connection: connection.execute(statement).scalar_one())


async def pending_jobs(world: World, entity_ids: tuple[int, ...] | None) -> AsyncIterator[Job]:
    """Every asset that waits to be analysed, in the order of ids, a page of rows at a time."""
    last = 0
    while True:
        page = await world.database.read(lambda connection, after=last: _read_jobs(connection, after, entity_ids))  # type: ignore[misc]  # a default argument binds the loop's value
        for job in page:
            yield job
        if len(page) < PAGE:
            return
        last = page[-1].entity_id


def _read_jobs(connection: Connection, after: int, entity_ids: tuple[int, ...] | None) -> list[Job]:
    asset, location = AssetComponent, FileLocationComponent
    statement = select(asset.entity_id, asset.mime_type, asset.driver, asset.size).where(asset.entity_id > after)
    if entity_ids is None:
        statement = statement.where(asset.status == AssetStatus.PROCESSING)
    else:
        statement = statement.where(asset.entity_id.in_(entity_ids))
    statement = statement.where(~exists().where(VirtualEntityComponent.entity_id == asset.entity_id))  # it has no file to look at
    rows = {row.entity_id: row for row in connection.execute(statement.order_by(asset.entity_id).limit(PAGE))}
    columns = (location.id, location.entity_id, location.content, location.path, location.size, location.mtime_ns, location.storage_type)
    places = select(*columns, Root.path.label("root")).join(Root, Root.id == location.root_id)
    places = places.outerjoin(LocationCheck, LocationCheck.location_id == location.id)
    places = places.where(location.entity_id.in_(rows), location.status == LocationStatus.PRESENT)
    places = places.order_by(LocationCheck.problem.is_not(None), location.id)  # a place in which a check found something wrong comes last
    found: dict[int, Job] = {}
    for place in connection.execute(places):
        row = rows[place.entity_id]
        path = os.fsdecode(place.root + b"/" + place.path)
        job = Job(row.entity_id, row.mime_type or "", row.driver, row.size or 0, place.content, path, (place.size, place.mtime_ns))
        if row.entity_id not in found:
            job.file_id, job.stored = place.id, place.storage_type == StorageType.STORE
            found[row.entity_id] = job
    record = AnalysisRecordComponent
    records = select(record.entity_id, record.name, record.version, record.content, record.status, record.attempts, record.message)
    for one in connection.execute(records.where(record.entity_id.in_(found), ~record.name.startswith(RECORDS))):
        found[one.entity_id].records[one.name] = Record(one.version, one.content, one.status, one.attempts, one.message)
    lost = [
        Job(entity_id, row.mime_type or "", row.driver, row.size or 0, b"", None)
        for entity_id, row in rows.items()
        if entity_id not in found
    ]
    return sorted([*found.values(), *lost], key=lambda job: job.entity_id)
