"""Running the analyses that are still to do: read what is pending, let children read the files, write what they found."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from dam.assets.commands import AnalyseAssetsCommand, AnalysisSummary, FinishAnalysesCommand
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.resources import (
    AnalysisScheduler,
    AssetAnalysis,
    CacheResource,
    DriverRegistry,
    Facts,
    ProcessorScheduler,
)
from dam.assets.systems.findings import write_findings
from dam.assets.systems.jobs import Job, Outcome, count_pending, pending_jobs
from dam.assets.systems.pending import recognise_assets, reopen_assets
from dam.assets.systems.soundness import is_sound
from dam.core.exceptions import (
    ContentChangedError,
    ContentError,
    ContentUnreadableError,
    ContentUnsupportedError,
    DamError,
    WorkerError,
)
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.workers import Workers
from dam.core.world import World
from dam.system_events.progress import Progress

logger = logging.getLogger(__name__)

BATCH = 500
BATCH_SECONDS = 1.0
PROGRESS_SECONDS = 0.2
DAMAGED = "The store's copy is damaged, so nothing is learnt from it; run `dam fsck`."


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
    total = await count_pending(world) if command.entity_ids is None else len(command.entity_ids)
    yield Progress(0, total, "Analysing", "files")
    running: set[asyncio.Task[tuple[Job, list[Outcome]]]] = set()
    jobs = pending_jobs(world, command.entity_ids)
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
                    running.add(asyncio.create_task(_analyse(world, job, registry, workers, cache)))
            if running:
                wait = max(0.0, written + BATCH_SECONDS - time.monotonic()) if finished else None
                done, running = await asyncio.wait(running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                finished += [task.result() for task in done]
            if finished and (len(finished) >= BATCH or time.monotonic() - written >= BATCH_SECONDS or (exhausted and not running)):
                await write_findings(world, finished, summary)
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


async def _analyse(world: World, job: Job, registry: DriverRegistry, workers: Workers, cache: CacheResource) -> tuple[Job, list[Outcome]]:
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
        if job.stored and not outcomes and not await is_sound(world, job.content.hex()):
            before = job.record_of(offered)
            return job, [Outcome(offered, "failed", DAMAGED, (before.attempts if before else 0) + 1)]
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
