"""The scheduler: a doorbell that starts the analyses that are still to do."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import TYPE_CHECKING, Self

from dam.assets.commands import AnalyseAssetsCommand, AnalysisSummary
from dam.system_events.progress import Progress

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)


class AnalysisScheduler:
    """Runs what is still to be analysed, in the background, whenever somebody rings.

    What is to do is a question to the database, not a list here: a ring that is lost costs nothing but time.
    """

    def __init__(self, world: World) -> None:
        """Idle until the first ring."""
        self._world = world
        self._rung = False
        self._task: asyncio.Task[None] | None = None
        self.progress = Progress()
        self.summary = AnalysisSummary()
        self.has_reopened = False
        """Whether this World has looked, since it opened, for assets that lack an analysis which is offered now."""

    def take_summary(self) -> AnalysisSummary:
        """What was done since this was last asked."""
        taken, self.summary = self.summary, AnalysisSummary()
        return taken

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return self._task is None or self._task.done()

    def ring(self) -> None:
        """Say that there may be something to analyse."""
        self._rung = True
        if self.is_idle:
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def settled(self) -> None:
        """Wait until nothing runs; raises what stopped the last run."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
        if self._task is not None and not self._task.cancelled():
            self._task.result()

    async def __aenter__(self) -> Self:
        """Begin idle."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what was not finished is found again the next time."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._rung:
            self._rung = False
            async with self._world.dispatch_command(AnalyseAssetsCommand()) as executor:
                async for event in executor:
                    self.progress = event
                done = (await executor).one()
            self.summary.analysed += done.analysed
            self.summary.failed += done.failed
            self.summary.assets += done.assets
            self.summary.problems += done.problems
