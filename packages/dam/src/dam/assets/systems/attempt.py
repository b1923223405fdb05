"""Trying the analyses of one asset, one after the other, each in a child process; and what a failure means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from dam.assets.functions.file_numbers import kept_time
from dam.assets.functions.fitting import fit_component, fitted_fields
from dam.assets.models import AssetComponent
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS, RESTS
from dam.assets.resources import AssetAnalysis, CacheResource, DriverRegistry, Facts, Findings
from dam.assets.resources.spool import ContentSpool
from dam.assets.systems.jobs import Job, Outcome
from dam.assets.systems.members import hindered, reach
from dam.assets.systems.soundness import is_sound
from dam.core.exceptions import (
    ContentChangedError,
    ContentError,
    ContentUnreadableError,
    ContentUnsupportedError,
    DamError,
    WorkerCrashedError,
    WorkerTimeoutError,
)
from dam.core.worker_messages import one_line
from dam.core.workers import WorkerAnswer, Workers
from dam.core.world import World
from dam.models.types import utc_now

logger = logging.getLogger(__name__)

DAMAGED = "The store's copy is damaged, so nothing is learnt from it; run `dam fsck`."


async def analyse(
    world: World,
    job: Job,
    registry: DriverRegistry,
    workers: Workers,
    cache: CacheResource,
    *,
    held: Collection[str],
    late: bool,
    urgent: bool,
) -> tuple[Job, list[Outcome]]:
    """Try every analysis of one asset that is still to do, once. Those that are `held` are left out.

    Late ones are done if `late`, and where it takes an effort to get at the content a second time. What is urgent goes before all else,
    and is tried though it rests after a strike.
    """
    if job.path is None:
        return job, []
    outcomes: list[Outcome] = []
    done: set[str] = set()
    while True:
        offers = registry.analyses_for(job.mime_type, job.driver)
        now = None if urgent else utc_now()
        left = [one for one in offers if one.analysis.name not in {*done, *held} and not job.is_done(one, now)]
        offered = next((one for one in sorted(left, key=_is_late) if late or job.is_far or not _is_late(one)), None)
        if offered is None:
            job.waits_on = bool(left)
            return job, outcomes
        done.add(offered.analysis.name)
        barrier = await reach(world, job) if job.is_far else None
        if barrier is not None:
            return job, [hindered(job, offered, barrier)]
        if job.stored and not outcomes and not await is_sound(world, job.content.hex()):
            before = job.record_of(offered)
            return job, [Outcome(offered, "failed", DAMAGED, (before.attempts if before else 0) + 1)]
        outcome = await attempt(world, job, offered, workers, cache, urgent=urgent)
        outcomes.append(outcome)
        _recognise(job, outcome, registry)


def _is_late(offered: AssetAnalysis) -> bool:
    return offered.analysis.late


def _recognise(job: Job, outcome: Outcome, registry: DriverRegistry) -> None:
    """Let a driver that recognises what was found take the asset over; its own analyses follow."""
    facts = outcome.findings.facts
    name = registry.recognise(Facts(mime_type=job.mime_type, size=job.size) | facts) if facts is not None else None
    driver = registry.driver_for(job.mime_type, name)
    if name is None or name == job.driver or driver is None:
        return
    job.driver, outcome.recognised = name, driver
    outcome.findings.fields |= {"driver": name, "asset_type": str(driver.asset_type), "category": str(driver.category)}


async def attempt(world: World, job: Job, offered: AssetAnalysis, workers: Workers, cache: CacheResource, *, urgent: bool) -> Outcome:
    """Run one analysis once. A child that dies may have been an accident: it is tried again, but in another run and after a rest."""
    assert job.path is not None  # noqa: S101 - the caller has looked
    before = job.record_of(offered)
    attempts = 1 + (before.attempts if before is not None else 0)
    analysis, size, settings = offered.analysis, job.size, await offered.all_settings(world, job.entity_id)
    try:
        async with workers.run(analysis, job.path, mime_type=job.mime_type, size=size, settings=settings, urgent=urgent) as answer:
            _check_unchanged(job, answer)
            findings = offered.findings(answer.value)
            for component in findings.components:
                fit_component(component)
            findings.fields = fitted_fields(AssetComponent, findings.fields)
            if findings.files or findings.contents:
                await asyncio.to_thread(_keep_files, job, cache, world.get_resource(ContentSpool), answer.scratch, findings)
    except ContentUnsupportedError as error:
        return Outcome(offered, "skipped", str(error), missing_tool=error.missing_tool)
    except (ContentChangedError, ContentUnreadableError) as error:
        return Outcome(offered, "failed", str(error), attempts)
    except ContentError as error:
        return Outcome(offered, "failed", str(error), MAXIMUM_ATTEMPTS, missing_tool=error.missing_tool)
    except (WorkerCrashedError, WorkerTimeoutError) as error:
        seconds = analysis.timeout if isinstance(error, WorkerTimeoutError) else None
        return Outcome(offered, "failed", str(error), attempts, seconds=seconds, not_before=_rest(attempts))
    except OSError as error:  # no file's fault, so it ends the run instead of being held against a file
        raise DamError(f"The cache {cache.root} cannot be written: {error.strerror}. Free some space or check its permissions.") from error
    except DamError:
        raise  # no file's fault either: no process can be started, or the workers were closed
    except Exception as error:
        logger.exception("The findings of %s could not be understood for entity %s", analysis.name, job.entity_id)
        return Outcome(offered, "failed", f"{analysis.name}: {type(error).__name__}: {error}", MAXIMUM_ATTEMPTS)
    status = "failed" if findings.problem else "ok"
    attempts = MAXIMUM_ATTEMPTS if findings.problem else 1
    said = findings.problem or findings.note
    message = one_line(said) if said else None  # it may name what hostile bytes name
    return Outcome(offered, status, message, attempts, findings, seconds=answer.seconds, missing_tool=answer.missing_tool)


def _rest(attempts: int) -> datetime | None:
    """When an analysis that has had so many strikes may be tried again; None when it has had enough."""
    return utc_now() + RESTS[attempts - 1] if attempts < MAXIMUM_ATTEMPTS else None


def _check_unchanged(job: Job, answer: WorkerAnswer) -> None:
    """Raise a ContentError if the file is no longer the one whose content is known: what was found may be another content's."""
    if answer.looks is None:
        raise ContentUnreadableError("The file was there, but cannot be read any more.")
    size, mtime_ns = answer.looks
    if (size, kept_time(mtime_ns)) != job.looks:
        raise ContentChangedError("The file has changed since it was indexed; index it again.")


def _keep_files(job: Job, cache: CacheResource, spool: ContentSpool, scratch: Path, findings: Findings) -> None:
    """Move what an analysis has made into the cache, and what it has unpacked into the spool."""
    for name, made in findings.files.items():
        cache.take(job.content, scratch / made, name)
    for digest, parts in findings.contents.items():
        spool.take(bytes.fromhex(digest), [scratch / part for part in parts])
