"""Running the analyses that are still to do: read what is pending, let children read the files, write what they found."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select

from dam.assets.commands import AnalyseAssetsCommand, AnalysisSummary, FinishAnalysesCommand
from dam.assets.events import AssetReady
from dam.assets.functions.urn import display_path
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    FileLocationComponent,
    LocationStatus,
    Root,
)
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.models.human import FILE
from dam.assets.resources import (
    AnalysisScheduler,
    AssetAnalysis,
    AssetDriver,
    CacheResource,
    DriverRegistry,
    Facts,
    Findings,
    ProcessorScheduler,
)
from dam.assets.resources.processors import RECORDS
from dam.assets.systems.pending import recognise_assets, reopen_assets
from dam.assets.systems.said import write_said
from dam.core.exceptions import (
    ContentChangedError,
    ContentError,
    ContentUnreadableError,
    ContentUnsupportedError,
    DamError,
    WorkerError,
)
from dam.core.executor import Result
from dam.core.faults import fault
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.workers import Workers
from dam.core.world import World
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam.system_events.progress import Progress

logger = logging.getLogger(__name__)

PAGE = 200
BATCH = 500
BATCH_SECONDS = 1.0
KEPT_PROBLEMS = 1000
PROGRESS_SECONDS = 0.2


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


@system(on_command=AnalyseAssetsCommand)
async def handle_analyse_assets(
    command: AnalyseAssetsCommand,
    world: World,
    registry: DriverRegistry,
    workers: Workers,
    cache: CacheResource,
    scheduler: AnalysisScheduler,
) -> AsyncGenerator[Any, None]:
    """Analyse what is pending; children read as many files at once as there are cores, and one write follows a second or 500 assets."""
    summary = AnalysisSummary()
    if command.entity_ids is None and not scheduler.has_reopened:
        await recognise_assets(world, registry)
        await reopen_assets(world, registry)
        scheduler.has_reopened = True
    total = await _count_pending(world) if command.entity_ids is None else len(command.entity_ids)
    yield Progress(0, total, "Analysing", "files")
    running: set[asyncio.Task[tuple[Job, list[Outcome]]]] = set()
    jobs = _pending_jobs(world, command.entity_ids)
    finished: list[tuple[Job, list[Outcome]]] = []
    written = time.monotonic()
    exhausted = False
    try:
        while running or not exhausted:
            while not exhausted and len(running) < 2 * workers.size + 2:
                job = await anext(jobs, None)
                if job is None:
                    exhausted = True
                else:
                    running.add(asyncio.create_task(_analyse(job, registry, workers, cache)))
            if running:
                wait = max(0.0, written + BATCH_SECONDS - time.monotonic()) if finished else None
                done, running = await asyncio.wait(running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                finished += [task.result() for task in done]
            if finished and (len(finished) >= BATCH or time.monotonic() - written >= BATCH_SECONDS or (exhausted and not running)):
                await _write(world, finished, summary)
                finished, written = [], time.monotonic()
                yield Progress(summary.assets, max(total, summary.assets), "Analysing", "files")
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    yield Result(summary)


@system(on_command=FinishAnalysesCommand)
async def handle_finish_analyses(
    command: FinishAnalysesCommand, world: World, scheduler: AnalysisScheduler, processors: ProcessorScheduler
) -> AsyncGenerator[Any, None]:
    """Start the background runs if they do not run, and tell how it goes until all is settled."""
    scheduler.ring()
    processors.ring()
    settled = asyncio.ensure_future(world.settled())
    try:
        while not settled.done():
            await asyncio.wait([settled], timeout=PROGRESS_SECONDS)
            if not scheduler.is_idle:
                yield scheduler.progress
        settled.result()
    finally:
        settled.cancel()
    yield Result(scheduler.take_summary())


async def _count_pending(world: World) -> int:
    statement = select(func.count()).select_from(AssetComponent).where(AssetComponent.status == AssetStatus.PROCESSING)
    return await world.database.read(lambda connection: connection.execute(statement).scalar_one())


async def _pending_jobs(world: World, entity_ids: tuple[int, ...] | None) -> AsyncIterator[Job]:
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
    rows = {row.entity_id: row for row in connection.execute(statement.order_by(asset.entity_id).limit(PAGE))}
    columns = (location.id, location.entity_id, location.content, location.path, location.size, location.mtime_ns, Root.path.label("root"))
    places = select(*columns).join(Root, Root.id == location.root_id)
    places = places.where(location.entity_id.in_(rows), location.status == LocationStatus.PRESENT).order_by(location.id)
    found: dict[int, Job] = {}
    for place in connection.execute(places):
        row = rows[place.entity_id]
        path = os.fsdecode(place.root + b"/" + place.path)
        job = Job(row.entity_id, row.mime_type or "", row.driver, row.size or 0, place.content, path, (place.size, place.mtime_ns))
        found.setdefault(row.entity_id, job).file_id = place.id
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


async def _analyse(job: Job, registry: DriverRegistry, workers: Workers, cache: CacheResource) -> tuple[Job, list[Outcome]]:
    """Run every analysis of one asset that is still to do."""
    if job.path is None:
        return job, []
    outcomes: list[Outcome] = []
    done: set[str] = set()
    while True:
        offers = registry.analyses_for(job.mime_type, job.driver)
        offered = next((one for one in offers if one.analysis.name not in done and not job.is_done(one)), None)
        if offered is None:
            return job, outcomes
        done.add(offered.analysis.name)
        outcome = await _attempt(job, offered, workers, cache)
        outcomes.append(outcome)
        _recognise(job, outcome, registry)


def _recognise(job: Job, outcome: Outcome, registry: DriverRegistry) -> None:
    """Let a driver that recognises what was found take the asset over; its own analyses follow."""
    facts = outcome.findings.facts
    name = registry.recognise(Facts(mime_type=job.mime_type, size=job.size) | facts) if facts is not None else None
    driver = registry.driver_for(job.mime_type, name)
    if name is None or name == job.driver or driver is None:
        return
    job.driver, outcome.recognised = name, driver
    outcome.findings.fields |= {"driver": name, "asset_type": str(driver.asset_type), "category": str(driver.category)}


async def _attempt(job: Job, offered: AssetAnalysis, workers: Workers, cache: CacheResource) -> Outcome:
    """Run one analysis; a child that dies is tried again, for it may have been an accident."""
    before = job.record_of(offered)
    attempts = before.attempts if before is not None else 0
    while True:
        attempts += 1
        try:
            assert job.path is not None  # noqa: S101 - the caller has looked
            async with workers.run(offered.analysis, job.path, mime_type=job.mime_type, size=job.size, settings=offered.settings) as answer:
                findings = offered.findings(answer.value)
                await asyncio.to_thread(_keep_files, job, cache, answer.scratch, findings.files)
        except ContentUnsupportedError as error:
            return Outcome(offered, "skipped", str(error))
        except (ContentChangedError, ContentUnreadableError) as error:
            return Outcome(offered, "failed", str(error), attempts)
        except ContentError as error:
            return Outcome(offered, "failed", str(error), MAXIMUM_ATTEMPTS)
        except WorkerError as error:
            if attempts >= MAXIMUM_ATTEMPTS:
                return Outcome(offered, "failed", str(error), attempts)
        except OSError as error:  # no file's fault, so it ends the run instead of being held against a file
            raise DamError(
                f"The cache {cache.root} cannot be written: {error.strerror}. Free some space or check its permissions."
            ) from error
        except Exception as error:
            logger.exception("The findings of %s could not be understood for entity %s", offered.analysis.name, job.entity_id)
            return Outcome(offered, "failed", f"{offered.analysis.name}: {type(error).__name__}: {error}", MAXIMUM_ATTEMPTS)
        else:
            status = "failed" if findings.problem else "ok"
            return Outcome(offered, status, findings.problem, MAXIMUM_ATTEMPTS if findings.problem else 1, findings)


def _keep_files(job: Job, cache: CacheResource, scratch: Path, files: Mapping[str, str]) -> None:
    """Move what an analysis has made into the cache, unless the file is no longer the one whose content is known."""
    assert job.path is not None  # noqa: S101 - it has just been read
    try:
        status = os.stat(job.path)  # noqa: PTH116 - one call a file counts
    except OSError as error:
        raise ContentUnreadableError(f"The file cannot be read: {error.strerror}.") from error
    if (status.st_size, status.st_mtime_ns) != job.looks:
        raise ContentChangedError("The file has changed since it was indexed; index it again.")
    for name, made in files.items():
        cache.take(job.content, scratch / made, name)


async def _write(world: World, finished: list[tuple[Job, list[Outcome]]], summary: AnalysisSummary) -> None:
    """Write what was found for many assets in one transaction, and announce them."""
    fault("analyse.before_write")
    async with world.transaction() as transaction:
        current = await _current_contents(transaction, [job.entity_id for job, _ in finished])
        valid = [(job, outcomes) for job, outcomes in finished if current.get(job.entity_id) == job.content or job.path is None]
        records = [_record(job, outcome) for job, outcomes in valid for outcome in outcomes]
        for job, outcomes in valid:
            for outcome in outcomes:
                await _replace_components(transaction, job, outcome)
        await transaction.upsert_rows(AnalysisRecordComponent, records, key=("entity_id", "name"))
        said: dict[str, dict[int, Mapping[str, Any]]] = {}
        for job, outcomes in valid:
            for outcome in outcomes:
                said.setdefault(outcome.offered.analysis.name, {})[job.entity_id] = outcome.findings.said
        for name, words in said.items():
            await write_said(transaction, words, FILE + name)
        rows = [_asset_row(job, outcomes) for job, outcomes in valid]
        await transaction.update_rows(AssetComponent, rows)
        for row in rows:
            transaction.send_event(AssetReady(row["entity_id"], row["status"]))
        for event in _detected(valid):
            transaction.send_event(event)
    summary.assets += len(finished)
    paths = {job.entity_id: job.path or "" for job, _ in valid}
    for record in records:
        summary.analysed += record["status"] != "failed"
        if record["status"] == "failed":
            summary.failed += 1
            if len(summary.problems) < KEPT_PROBLEMS:
                path = display_path(os.fsencode(paths[record["entity_id"]]))
                summary.problems.append({"path": path, "reason": record["message"] or ""})


def _detected(finished: list[tuple[Job, list[Outcome]]]) -> Iterator[BaseEvent]:
    """What the drivers announce that have recognised an asset by what was found in it."""
    for job, outcomes in finished:
        for driver in (outcome.recognised for outcome in outcomes):
            if driver is not None and driver.detected is not None:
                yield driver.detected(entity=Entity(id=job.entity_id), file_id=job.file_id)


async def _current_contents(transaction: WorldTransaction, entity_ids: list[int]) -> dict[int, bytes]:
    """The contents as they are now: what was read of a file that has been edited meanwhile must not be written."""
    hashes = ContentHashSHA256Component
    rows = await transaction.execute(select(hashes.entity_id, hashes.hash_value).where(hashes.entity_id.in_(entity_ids)))
    return {row.entity_id: row.hash_value for row in rows}


async def _replace_components(transaction: WorldTransaction, job: Job, outcome: Outcome) -> None:
    """Attach what was found; what an earlier run had found and this one did not is taken off."""
    found = outcome.findings.components
    if outcome.offered.analysis.name in job.records:
        for component_type in set(outcome.offered.component_types) - {type(component) for component in found}:
            await transaction.execute(delete(component_type).where(component_type.entity_id == job.entity_id))  # type: ignore[attr-defined]  # both bases have it
    await transaction.add_components((job.entity_id, component) for component in found)


def _record(job: Job, outcome: Outcome) -> dict[str, Any]:
    analysis = outcome.offered.analysis
    return {
        "entity_id": job.entity_id,
        "name": analysis.name,
        "version": analysis.version,
        "content": job.content,
        "status": outcome.status,
        "message": outcome.message,
        "attempts": outcome.attempts,
    }


def _asset_row(job: Job, outcomes: list[Outcome]) -> dict[str, Any]:
    """The columns of the asset that change: its status, and the measures that were found."""
    told = {name: (record.status, record.message) for name, record in job.records.items() if record.content == job.content}
    told |= {outcome.offered.analysis.name: (outcome.status, outcome.message) for outcome in outcomes}
    statuses = {name: status for name, (status, _) in told.items()}
    failures = [message for status, message in told.values() if status == "failed"]
    found_something = any(outcome.findings.components for outcome in outcomes) or "ok" in statuses.values()
    if job.path is None:
        status = AssetStatus.MISSING
    elif "failed" not in statuses.values():
        status = AssetStatus.READY
    else:
        status = AssetStatus.PARTIAL if found_something else AssetStatus.ERROR
    row: dict[str, Any] = {"entity_id": job.entity_id, "status": str(status), "error_message": failures[0] if failures else None}
    for outcome in outcomes:
        row |= outcome.findings.fields
    moment = _moment(row["captured_at"]) if row.get("captured_at") else None
    if moment is not None:
        row["sort_at"] = moment
    return row


def _moment(text: str) -> datetime | None:
    """A capture time for sorting; one without an offset counts as UTC, an impossible one as none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
