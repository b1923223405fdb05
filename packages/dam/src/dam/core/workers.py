"""`Workers`: run analyses on files in child processes, so that a file that kills its reader kills nothing else.

`WorkerPool` does it; `InlineWorkers` is its twin for tests, without processes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, Self

from dam.core.analysis import Analysis
from dam.core.exceptions import DamError
from dam.core.worker_child import perform
from dam.core.worker_messages import WorkerAnswer, closed_error, decode, read_answer, run_message, timeout_error, worker_answer
from dam.core.worker_pool import WorkerPool
from dam.core.worker_scratch import ScratchFolder

__all__ = ["InlineWorkers", "WorkerAnswer", "WorkerPool", "Workers"]


class Workers(Protocol):
    """Whoever runs analyses."""

    @property
    def size(self) -> int:
        """How many run at the same time."""

    def run(
        self, analysis: Analysis, path: str, *, mime_type: str, size: int, settings: Mapping[str, Any], urgent: bool = False
    ) -> AbstractAsyncContextManager[WorkerAnswer]:
        """Run an analysis on the file at `path`: `async with workers.run(…) as answer`. What is `urgent` goes before all that is not.

        Raises the `ContentError` that its function raised; WorkerTimeoutError; WorkerCrashedError when the process died, memory ran
        out, or the function raised anything else; WorkerError when no process can be started. The message is one printable line.
        """


class InlineWorkers:
    """Runs analyses in threads of this process, for tests: the same answers and errors, but no limits, and a crash is a crash.

    A function that takes too long is not stopped, only not waited for.
    """

    def __init__(self, *, scratch: Path, size: int = 2) -> None:
        """At most `size` runs at the same time; what they leave is in a folder in `scratch`."""
        self._size = size
        self._places = asyncio.Semaphore(size)
        self._scratch = ScratchFolder(scratch)
        self._numbers = itertools.count(1)
        self._closed = False

    @property
    def size(self) -> int:
        """How many run at the same time."""
        return self._size

    async def __aenter__(self) -> Self:
        """Nothing to start."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Remove all scratch."""
        self._closed = True
        self._scratch.remove()

    @asynccontextmanager
    async def run(
        self, analysis: Analysis, path: str, *, mime_type: str, size: int, settings: Mapping[str, Any], urgent: bool = False
    ) -> AsyncIterator[WorkerAnswer]:
        """Run an analysis on the file at `path`; see `Workers.run`. Threads take turns as they come, the urgent ones too."""
        del urgent
        if self._closed:
            raise closed_error()
        number = next(self._numbers)
        scratch = self._scratch.make() / str(number)
        message = run_message(number, analysis, path, mime_type=mime_type, size=size, settings=settings, scratch=scratch)
        try:
            yield await self._perform(json.loads(json.dumps(message)), analysis, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    async def _perform(self, request: dict[str, Any], analysis: Analysis, scratch: Path) -> WorkerAnswer:
        try:
            async with self._places:
                encoded, _ = await asyncio.wait_for(asyncio.to_thread(perform, request), analysis.timeout)
        except TimeoutError:
            raise timeout_error(analysis) from None
        answer = read_answer(decode(encoded), analysis.name)
        if isinstance(answer.outcome, DamError):
            raise answer.outcome
        return worker_answer(answer, answer.outcome, scratch)
