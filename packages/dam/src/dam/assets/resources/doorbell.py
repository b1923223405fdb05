"""A doorbell: work in the background that anybody may ask for at any time."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from abc import ABC, abstractmethod
from typing import Self

from dam.core.exceptions import DamError

logger = logging.getLogger(__name__)

TOLD_SECONDS = 1.0
"""What has stopped a run is told after so long: a program that ends meanwhile has said itself why (a full disk stops it, too)."""
STOPPED = "Work in the background has stopped: %s"


class Doorbell(ABC):
    """Does what there is to do, in the background, whenever somebody rings; one run at a time.

    What is to do is a question to the database, not a list here: a ring that is lost costs nothing but time.
    """

    def __init__(self) -> None:
        """Idle until the first ring."""
        self._rung = False
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0
        self._telling: asyncio.TimerHandle | None = None

    @abstractmethod
    async def answer(self) -> None:
        """Do all that there is to do now."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return self._task is None or self._task.done()

    def ring(self) -> None:
        """Say that there may be something to do."""
        self._rung = True
        if self.is_idle:
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())
            self._task.add_done_callback(self._tell)

    async def settled(self) -> None:
        """Wait until nothing runs; raises what stopped the last run."""
        self._waiting += 1
        try:
            while self._task is not None and not self._task.done():
                await asyncio.wait([self._task])
        finally:
            self._waiting -= 1
        if self._task is not None and not self._task.cancelled():
            if self._telling is not None:
                self._telling.cancel()
            self._task.result()

    async def __aenter__(self) -> Self:
        """Begin idle."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what was not finished is found again the next time."""
        if self._telling is not None:
            self._telling.cancel()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._rung:
            self._rung = False
            await self.answer()

    def _tell(self, task: asyncio.Task[None]) -> None:
        """Say what stopped a run that nobody waits for: who serves or watches would not hear of it otherwise."""
        error = None if task.cancelled() else task.exception()
        if error is None or self._waiting:
            return
        if isinstance(error, DamError):
            self._telling = task.get_loop().call_later(TOLD_SECONDS, logger.error, STOPPED, error)
        else:
            logger.error(STOPPED, error, exc_info=error)
