"""A doorbell: work in the background that anybody may ask for at any time."""

from __future__ import annotations

import asyncio
import contextvars
from abc import ABC, abstractmethod
from typing import Self


class Doorbell(ABC):
    """Does what there is to do, in the background, whenever somebody rings; one run at a time.

    What is to do is a question to the database, not a list here: a ring that is lost costs nothing but time.
    """

    def __init__(self) -> None:
        """Idle until the first ring."""
        self._rung = False
        self._task: asyncio.Task[None] | None = None

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
            await self.answer()
