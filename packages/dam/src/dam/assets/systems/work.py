"""The work in the background as a person sees and steers it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from dam.assets.commands import AnalyseAssetsCommand
from dam.assets.commands.tasks import CancelTaskCommand
from dam.assets.commands.work import (
    CancelJobsCommand,
    FailedJob,
    ListFailedJobsCommand,
    PauseJobsCommand,
    ResumeJobsCommand,
    RetryJobsCommand,
    WorkCommand,
)
from dam.assets.models import AnalysisRecordComponent, AssetComponent, AssetStatus, KnownAnalysis
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.models.work import EVERYTHING, WorkControl
from dam.assets.resources import AnalysisScheduler, DriverRegistry
from dam.assets.resources.processors import RECORDS
from dam.assets.systems.controls import read_controls
from dam.assets.systems.pending import SETTLED
from dam.core.chunks import chunks
from dam.core.exceptions import UsageError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World


@system(on_command=ListFailedJobsCommand)
async def handle_list_failed_jobs(command: ListFailedJobsCommand, world: World, registry: DriverRegistry) -> list[FailedJob]:
    """Read the records of what failed: keyset paging, so that a deep page costs what the first one costs."""
    record, asset = AnalysisRecordComponent, AssetComponent
    columns = (record.entity_id, asset.filename, record.name, record.attempts, record.message)
    statement = select(*columns).join(asset, asset.entity_id == record.entity_id).where(*_failed(command.name))
    if command.entity_id is not None:
        statement = statement.where(record.entity_id == command.entity_id)
    if command.after is not None:
        entity_id, name = command.after
        statement = statement.where(or_(record.entity_id > entity_id, and_(record.entity_id == entity_id, record.name > name)))
    statement = statement.order_by(record.entity_id, record.name).limit(command.limit)

    def find(connection: Connection) -> list[FailedJob]:
        if command.name is not None and not _has_records(connection, command.name):  # it may have been of a plugin that is not there now
            _known(registry, command.name)
        return [
            FailedJob(row.entity_id, row.filename, row.name, row.attempts, row.attempts >= MAXIMUM_ATTEMPTS, row.message or "")
            for row in connection.execute(statement)
        ]

    return await world.database.read(find)


@system(on_command=PauseJobsCommand)
async def handle_pause_jobs(command: PauseJobsCommand, world: World, registry: DriverRegistry) -> None:
    """Say so in the database, where every run looks."""
    await _control(world, _known(registry, command.name), paused=True)


@system(on_command=ResumeJobsCommand)
async def handle_resume_jobs(command: ResumeJobsCommand, world: World, registry: DriverRegistry, scheduler: AnalysisScheduler) -> None:
    """End the pause, and look for what it has left."""
    await _control(world, _known(registry, command.name), paused=False)
    scheduler.look_again()


@system(on_command=CancelJobsCommand)
async def handle_cancel_jobs(command: CancelJobsCommand, world: World, registry: DriverRegistry) -> None:
    """Count it: a run ends that sees another count than at its beginning. A task is its plugin's to end."""
    if command.name is not None and "/" in command.name:
        known = CancelTaskCommand in world.command_types
        if not known or not any((await world.dispatch_command(CancelTaskCommand(command.name))).results):
            raise UsageError(f"There is no task '{command.name}' that has not ended; `dam jobs` lists them.")
        return
    await _control(world, _known(registry, command.name), cancelled=1)


@system(on_command=RetryJobsCommand)
async def handle_retry_jobs(command: RetryJobsCommand, world: World, registry: DriverRegistry, scheduler: AnalysisScheduler) -> int:
    """Forget the strikes, and let the assets wait again."""
    if command.everything == bool(command.entity_ids):
        raise UsageError("Say which assets are to be tried again, or that all are.")
    record, asset = AnalysisRecordComponent, AssetComponent
    name = _known(registry, command.name)
    failed = _failed(None if name == EVERYTHING else name)
    count = 0
    async with world.transaction() as transaction:
        for chosen in [[*failed, record.entity_id.in_(part)] for part in chunks(command.entity_ids)] or [failed]:
            ids = select(record.entity_id).where(*chosen)
            waiting = update(asset).where(asset.entity_id.in_(ids), asset.status.in_(SETTLED)).values(status=AssetStatus.PROCESSING)
            await transaction.execute(waiting)
            again = update(record).where(*chosen).values(attempts=0, not_before=None).returning(record.entity_id)
            count += len((await transaction.execute(again)).all())
    scheduler.ring()
    return count


@system(on_command=WorkCommand)
async def handle_work(command: WorkCommand, world: World) -> AsyncGenerator[Any, None]:
    """Run what is pending, again and again if it is to go on for ever."""
    finished = 0
    while True:
        async with world.dispatch_command(AnalyseAssetsCommand()) as executor:
            async for progress in executor:
                yield progress
            finished += (await executor).one().assets
        if not command.forever:
            break
        await asyncio.sleep(command.poll_seconds)
    yield Result(finished)


def _failed(name: str | None) -> list[ColumnElement[bool]]:
    record = AnalysisRecordComponent
    chosen = record.name == name if name is not None else ~record.name.startswith(RECORDS)
    return [record.status == "failed", chosen]


def _has_records(connection: Connection, name: str) -> bool:
    record = AnalysisRecordComponent
    return connection.execute(select(record.entity_id).where(record.name == name).limit(1)).first() is not None


def _known(registry: DriverRegistry, name: str | None) -> str:
    """The name under which something is said; raises UsageError for an analysis that no plugin offers."""
    names = {offered.analysis.name for driver in registry for offered in driver.analyses}
    names |= {offered.analysis.name for _, offered, _ in registry.hindered}
    if name is not None and name not in names:
        raise UsageError(f"There is no analysis '{name}'; there are: {', '.join(sorted(names))}.")
    return name or EVERYTHING


async def _control(world: World, name: str, *, paused: bool | None = None, cancelled: int = 0) -> None:
    async with world.transaction() as transaction:
        said = (await transaction.read(read_controls)).get(name)
        before = (said.paused, said.cancelled) if said is not None else (False, 0)
        row = {"name": name, "paused": before[0] if paused is None else paused, "cancelled": before[1] + cancelled}
        await transaction.upsert_rows(WorkControl, [row])
        await transaction.execute(delete(KnownAnalysis).where(KnownAnalysis.name == name))  # what was left out is looked for
