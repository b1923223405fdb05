"""The schedulers: doorbells for the analyses and for the media processors that are still to do."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Self

from dam.assets.commands import AnalyseAssetsCommand, AnalysisSummary, RunProcessorsCommand
from dam.assets.models.analysis import RESTS
from dam.assets.resources.doorbell import Doorbell
from dam.assets.resources.processors import ProcessorRegistry
from dam.system_events.progress import Progress

if TYPE_CHECKING:
    from dam.core.world import World

PAUSED_SECONDS = 5.0
"""How often to look whether a pause, which another process may end, is over."""
FAILED_SECONDS = 60.0
"""After what time to begin again when something has stopped a run."""
LOOK_SECONDS = 600.0
"""How often to look for what lacks an analysis, in a process that lives for long; what is new is seen at once."""

logger = logging.getLogger(__name__)


class AnalysisScheduler(Doorbell):
    """Runs what is still to be analysed, in the background, whenever somebody rings."""

    def __init__(self, world: World) -> None:
        """Idle until the first ring."""
        super().__init__()
        self._world = world
        self.progress = Progress()
        self.summary = AnalysisSummary()
        self._looked: float | None = None
        self._later: asyncio.TimerHandle | None = None

    @property
    def has_looked(self) -> bool:
        """Whether this World has looked lately for assets that lack an analysis, or were read without a tool that has come since."""
        return self._looked is not None and time.monotonic() - self._looked < LOOK_SECONDS

    def note_look(self) -> None:
        """Say that it has just looked."""
        self._looked = time.monotonic()

    def take_summary(self) -> AnalysisSummary:
        """What was done since this was last asked."""
        taken, self.summary = self.summary, AnalysisSummary()
        return taken

    def look_again(self, seconds: float = 0.0) -> None:
        """Ring after a while, and look then for all that lacks an analysis: what rested after a strike, or was paused, or lacked a tool.

        Where it is to look sooner anyway, that stands.
        """
        loop = asyncio.get_running_loop()
        if self._later is not None:
            if self._later.when() <= loop.time() + seconds:
                return
            self._later.cancel()
        self._later = loop.call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        self._later = None
        self._looked = None
        self.ring()

    async def __aexit__(self, *arguments: object) -> None:
        """Stop; what was not finished is found again the next time."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        await super().__aexit__(*arguments)

    async def answer(self) -> None:
        """Analyse all that waits; what stops it (a full disk, a busy database) may be over in a while, and then it goes on."""
        try:
            async with self._world.dispatch_command(AnalyseAssetsCommand()) as executor:
                async for event in executor:
                    self.progress = event
                done = (await executor).one()
        except Exception:
            self.look_again(FAILED_SECONDS)
            raise
        self.summary.analysed += done.analysed
        self.summary.failed += done.failed
        self.summary.assets += done.assets
        self.summary.problems += done.problems
        self.summary.resting += done.resting
        self.summary.stopped = done.stopped
        if done.stopped == "paused":
            self.look_again(PAUSED_SECONDS)
        else:  # a tool may come although no file does
            self.look_again(RESTS[0].total_seconds() + 1 if done.resting else LOOK_SECONDS)


class ProcessorScheduler(Doorbell):
    """Lets media processors work on the assets that they have not had yet, in the background, whenever somebody rings."""

    def __init__(self, world: World, registry: ProcessorRegistry) -> None:
        """Idle until the first ring."""
        super().__init__()
        self._world = world
        self._registry = registry
        self._asked = False

    async def __aenter__(self) -> Self:
        """Ask the plugins of the World for their processors, once; one that has none to give stops nobody."""
        for name, plugin in self._world.plugins.items() if not self._asked else ():
            try:
                self._registry.register_hooks(plugin)
            except Exception as error:  # a broken plugin of somebody else must not stop the others
                logger.debug("The processors of plugin %s cannot be had", name, exc_info=True)
                problem = f"The media processors of plugin '{name}' cannot be had: {type(error).__name__}: {error}."
                self._world.plugin_problems[name] = problem
                logger.warning("%s", problem)
        self._asked = True
        return self

    def ring(self) -> None:
        """Say that there may be something to do; without any processor there is not."""
        if len(self._registry):
            super().ring()

    async def answer(self) -> None:
        """Let every processor work on what it has not had."""
        await self._world.dispatch_command(RunProcessorsCommand())
