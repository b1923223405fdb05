"""One run of analyses: what it has claimed, what children do for it, and what is to be written."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from functools import partial
from typing import Self

from sqlalchemy import select

from dam.assets.commands import AnalysisSummary
from dam.assets.models import AssetComponent
from dam.assets.resources import CacheResource, DriverRegistry
from dam.assets.systems.attempt import analyse
from dam.assets.systems.controls import Controls
from dam.assets.systems.findings import write_findings
from dam.assets.systems.jobs import Job, Outcome, read_jobs
from dam.assets.systems.leases import Leases, has_file, pending_assets
from dam.core.exceptions import DamError
from dam.core.workers import Workers
from dam.core.world import World

logger = logging.getLogger(__name__)

BATCH = 500
BATCH_SECONDS = 1.0
AT_ONCE, UNPACKED_AT_ONCE = 12, 3
"""Assets that are worked on at once, for each child: small ones are handed over several at a time; of unpacked ones few lie about."""
SMALLEST_PAGE, LARGEST_PAGE = 32, 512
"""How many assets are claimed at once: twice as many as the last time if those were begun within a second."""

Finished = list[tuple[Job, list[Outcome]]]


class Run:
    """Works on what is pending, or on the given assets, until nothing is left that another run does not hold."""

    def __init__(
        self,
        world: World,
        registry: DriverRegistry,
        workers: Workers,
        cache: CacheResource,
        leases: Leases,
        controls: Controls,
        entity_ids: tuple[int, ...] | None,
    ) -> None:
        """Nothing is claimed yet."""
        self.looked_at = self.postponed = 0
        """How many assets were looked at, and how many of them wait for a late analysis since, so that they are looked at once more."""
        self._world, self._registry, self._workers, self._cache = world, registry, workers, cache
        self._leases, self._controls = leases, controls
        self._entity_ids = entity_ids
        self._left = set(entity_ids or ())
        self._after = self._after_late = 0
        self._has_late = any(offered.analysis.late for driver in registry for offered in driver.analyses)
        self._page = SMALLEST_PAGE
        self._claimed_at = time.monotonic()
        self._jobs: deque[Job] = deque()
        self._late = entity_ids is not None
        """Whether the jobs at hand are for late analyses as well."""
        self._exhausted = False
        self._running: set[asyncio.Task[tuple[Job, list[Outcome]]]] = set()
        self._ended: list[asyncio.Task[tuple[Job, list[Outcome]]]] = []
        self._one_has_ended = asyncio.Event()
        self._finished: Finished = []
        self._written = time.monotonic()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to keep the leases."""
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what children still do; it was not finished and is found again."""
        tasks: list[asyncio.Task[object]] = [*self._running]
        if self._keeper is not None:
            tasks.append(self._keeper)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def work(self, summary: AnalysisSummary) -> AsyncGenerator[None, None]:
        """Work; yields after every batch that was written. One write follows a second or 500 assets."""
        while True:
            await self._begin_jobs()
            await self._wait_for_ends()
            if self._is_batch():
                finished, self._finished = self._finished, []
                await write_findings(self._world, finished, summary, self._leases.token)
                self._written = time.monotonic()
                self.looked_at += len(finished)
                self.postponed += sum(job.waits_on for job, _ in finished)
                yield
            if self._running or self._ended or self._jobs:
                continue
            summary.stopped = self._controls.stopped
            if summary.stopped is not None or (self._exhausted and not await self._wait_for_others()):
                return

    def _is_batch(self) -> bool:
        """Whether it is time to write."""
        nothing_runs = not self._running and not self._ended and not self._jobs
        late = time.monotonic() - self._written >= BATCH_SECONDS
        return bool(self._finished) and (len(self._finished) >= BATCH or late or nothing_runs)

    async def _begin_jobs(self) -> None:
        """Give the children as much as they can take; a run that was stopped begins nothing more."""
        if self._controls.stopped is not None:
            self._jobs.clear()
            if self._controls.is_cancelled:
                for task in self._running:
                    task.cancel()
                await asyncio.gather(*self._running, return_exceptions=True)
            return
        urgent = self._entity_ids is not None
        while True:
            if not self._jobs and not self._exhausted and len(self._running) < AT_ONCE * self._workers.size:
                await self._claim()
            most = (UNPACKED_AT_ONCE if self._jobs and self._jobs[0].is_far else AT_ONCE) * self._workers.size
            if not self._jobs or len(self._running) >= most:
                return
            job = self._jobs.popleft()
            held, late = self._controls.held, self._late
            trying = analyse(self._world, job, self._registry, self._workers, self._cache, held=held, late=late, urgent=urgent)
            task = asyncio.create_task(trying)
            task.add_done_callback(self._hear_end)
            self._running.add(task)

    async def _wait_for_ends(self) -> None:
        """Wait until a job has ended, or until it is time for something else."""
        if self._running and not self._ended:
            self._one_has_ended.clear()
            wait = max(0.05, self._written + BATCH_SECONDS - time.monotonic()) if self._finished else self._leases.poll_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._one_has_ended.wait()
        ended, self._ended = self._ended, []
        self._finished += [task.result() for task in ended]

    def _hear_end(self, task: asyncio.Task[tuple[Job, list[Outcome]]]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._ended.append(task)
        self._one_has_ended.set()

    async def _claim(self) -> None:
        """Take the next assets that nobody else has: those that wait for a late analysis alone only when there are no others."""
        now = time.monotonic()
        self._page = min(LARGEST_PAGE, 2 * self._page) if now - self._claimed_at < BATCH_SECONDS else max(SMALLEST_PAGE, self._page // 2)
        self._claimed_at = now
        if self._entity_ids is None:
            wanted = pending_assets(self._after, self._page)
        else:
            asset = AssetComponent
            wanted = select(asset.entity_id).where(asset.entity_id.in_(self._left), has_file())
            wanted = wanted.order_by(asset.entity_id).limit(self._page)
        claimed = await self._leases.claim(wanted)
        if self._entity_ids is None and self._has_late:
            if not claimed and not self._late and (self._running or self._ended or self._finished):
                return  # these are to be written first, for they may wait for a late analysis then
            self._late = not claimed
            if self._late:
                claimed = await self._leases.claim(pending_assets(self._after_late, SMALLEST_PAGE))
                self._after_late = max(claimed, default=self._after_late)
        if claimed:
            self._jobs += await self._world.database.read(partial(read_jobs, entity_ids=claimed))
        self._after = max([self._after, *claimed])
        self._left -= set(claimed)
        self._exhausted = not claimed or (self._entity_ids is not None and not self._left)

    async def _wait_for_others(self) -> bool:
        """Wait a moment if another run holds what this one should see finished; False when there is no such thing."""
        waited_for = None if self._entity_ids is None else self._left
        if waited_for is not None and not waited_for:
            return False
        if not await self._leases.others_hold(waited_for):
            return False
        await asyncio.sleep(self._leases.poll_seconds)
        self._after, self._after_late, self._exhausted, self._page = 0, 0, False, SMALLEST_PAGE
        return True

    async def _keep(self) -> None:
        """Renew the leases in time, and look what was paused or cancelled; a database that is busy is asked again."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(self._leases.poll_seconds)
            try:
                await self._controls.look()
                if time.monotonic() - renewed >= self._leases.renew_seconds:
                    await self._leases.renew()
                    renewed = time.monotonic()
            except DamError:
                logger.warning("The leases of a run could not be renewed; it is tried again", exc_info=True)
