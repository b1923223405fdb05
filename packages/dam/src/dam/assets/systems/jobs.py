"""The jobs of a run of analyses: which assets are to be looked at, what has been tried on each, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from dam.assets.functions.long_paths import is_too_long
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    FileLocationComponent,
    LocationCheck,
    LocationStatus,
    Root,
    StorageType,
)
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS, RESTS
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.assets.resources.processors import RECORDS
from dam.core.world import World
from dam.core.writes import table_of


class Record(NamedTuple):
    """What became of an analysis before."""

    version: int
    content: bytes
    status: str
    attempts: int
    message: str | None
    not_before: datetime | None = None


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
    is_far: bool = False
    """Whether it lies in archives only, or at a path that is too long: then `path` is for people, until it has been unpacked or copied."""
    waits_on: bool = False
    """Whether a late analysis is still to do when this job has ended."""
    shown: str | None = None
    """What people are told instead of `path`, for what has been unpacked or copied."""

    def record_of(self, offered: AssetAnalysis) -> Record | None:
        """What is known of this version of the analysis for this content."""
        record = self.records.get(offered.analysis.name)
        same = record is not None and (record.version, record.content) == (offered.analysis.version, self.content)
        return record if same else None

    def is_done(self, offered: AssetAnalysis, now: datetime | None = None) -> bool:
        """Whether this content has had this version of the analysis, with an outcome that stands, or rests `now` after a strike."""
        record = self.record_of(offered)
        if record is None:
            return False
        return record.status != "failed" or record.attempts >= MAXIMUM_ATTEMPTS or (now is not None and rests(record.not_before, now))


def rests(not_before: datetime | None, now: datetime) -> bool:
    """Whether an analysis rests after a strike; a moment that lies too far ahead was told by a clock that has been set back since."""
    return not_before is not None and now < not_before <= now + RESTS[-1]


@dataclass(slots=True)
class Outcome:
    """What became of one analysis of one asset."""

    offered: AssetAnalysis
    status: str
    message: str | None = None
    attempts: int = 1
    findings: Findings = field(default_factory=Findings)
    recognised: AssetDriver | None = None
    seconds: float | None = None
    not_before: datetime | None = None
    missing_tool: str | None = None


async def count_pending(world: World) -> int:
    """How many assets wait to be analysed."""
    asset = table_of(AssetComponent)
    statement = select(func.count()).select_from(asset).where(asset.c.status == AssetStatus.PROCESSING)
    return await world.database.read(lambda connection: connection.execute(statement).scalar_one())


def read_jobs(connection: Connection, entity_ids: Sequence[int]) -> list[Job]:
    """The jobs of assets, in the order of their ids; one that has no file within reach has no path."""
    asset, location = AssetComponent, FileLocationComponent
    statement = select(asset.entity_id, asset.mime_type, asset.driver, asset.size).where(asset.entity_id.in_(entity_ids))
    rows = {row.entity_id: row for row in connection.execute(statement)}
    columns = (location.id, location.entity_id, location.content, location.path, location.size, location.mtime_ns, location.storage_type)
    places = select(*columns, Root.path.label("root")).join(Root, Root.id == location.root_id)
    places = places.outerjoin(LocationCheck, LocationCheck.location_id == location.id)
    places = places.where(location.entity_id.in_(rows), location.status == LocationStatus.PRESENT)
    places = places.order_by(
        location.storage_type == StorageType.ARCHIVE, LocationCheck.problem.is_not(None), location.id
    )  # a place in which a check found something wrong comes last
    found: dict[int, Job] = {}
    for place in connection.execute(places):
        row = rows[place.entity_id]
        whole = place.root + b"/" + place.path
        path = os.fsdecode(whole)
        job = Job(row.entity_id, row.mime_type or "", row.driver, row.size or 0, place.content, path, (place.size, place.mtime_ns))
        if row.entity_id not in found:
            job.file_id, job.stored = place.id, place.storage_type == StorageType.STORE
            job.is_far = place.storage_type == StorageType.ARCHIVE or is_too_long(whole)
            found[row.entity_id] = job
    record = AnalysisRecordComponent
    records = select(
        record.entity_id, record.name, record.version, record.content, record.status, record.attempts, record.message, record.not_before
    )
    for one in connection.execute(records.where(record.entity_id.in_(found), ~record.name.startswith(RECORDS))):
        found[one.entity_id].records[one.name] = Record(one.version, one.content, one.status, one.attempts, one.message, one.not_before)
    lost = [
        Job(entity_id, row.mime_type or "", row.driver, row.size or 0, b"", None)
        for entity_id, row in rows.items()
        if entity_id not in found
    ]
    return sorted([*found.values(), *lost], key=lambda job: job.entity_id)
