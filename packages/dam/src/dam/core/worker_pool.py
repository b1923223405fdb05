"""`WorkerPool`: the child processes, who does what in which of them, and what happens when one of them ends."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import shutil
import sys
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from dam.core.analysis import Analysis
from dam.core.exceptions import DamError, WorkerError
from dam.core.faults import fault
from dam.core.worker_messages import Answer, WorkerAnswer, closed_error, crash_error, read_answer, run_message, timeout_error, worker_answer
from dam.core.worker_process import WorkerProcess
from dam.core.worker_scratch import ScratchFolder
from dam.core.worker_watch import overuse

logger = logging.getLogger(__name__)

START_TIMEOUT = 60.0  # seconds for a child to begin, on a machine that is busy
LOOK_SECONDS = 0.25
QUEUED, QUEUED_SHORT = 2, 8  # runs that a child knows of: what it does, and what it can begin without waiting for the parent
SHORT = 0.02  # seconds of a run that is over before its parent has taken much notice: after one of these, a child may know of more


@dataclass(slots=True, eq=False)
class _Task:
    """A call of `run` that waits for its answer."""

    analysis: Analysis
    path: str
    mime_type: str
    size: int
    settings: Mapping[str, Any]
    urgent: bool = False
    answer: asyncio.Future[WorkerAnswer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def message(self, number: int, scratch: Path) -> dict[str, Any]:
        """What makes a child do it."""
        return run_message(
            number, self.analysis, self.path, mime_type=self.mime_type, size=self.size, settings=self.settings, scratch=scratch
        )


@dataclass(slots=True, eq=False)
class _Run:
    """A task as it was sent to one child; `task` is None once nobody wants its answer from there."""

    number: int
    scratch: Path
    analysis: Analysis
    task: _Task | None
    looks: int = 0
    """How often it was looked at while it ran."""


class _Child:
    """A child process and the runs that it was sent, in order; it is doing the first."""

    def __init__(self, *, spare: bool) -> None:
        """Without a process yet; a `spare` one is for what is urgent only."""
        self.process: WorkerProcess
        self.spare = spare
        self.runs: deque[_Run] = deque()
        self.ready = False
        self.room = QUEUED
        self.since = asyncio.get_running_loop().time()
        """When it was started, or when it began what it is doing."""

    @property
    def load(self) -> tuple[int, int]:
        """How many of its runs are wanted, and how many it has."""
        return sum(run.task is not None for run in self.runs), len(self.runs)

    @property
    def is_late(self) -> bool:
        """Whether it takes longer to start, or for what it is doing, than it may."""
        taken = asyncio.get_running_loop().time() - self.since
        return taken > (self.runs[0].analysis.timeout if self.ready else START_TIMEOUT)


class WorkerPool:
    """Runs analyses in child processes; a crash costs one file.

    Children are started when there is work for them, and stay. Calls of `run` are served in their order, urgent ones before all
    others; while all children are busy, a spare one does what is urgent.
    """

    def __init__(
        self,
        *,
        scratch: Path,
        size: int | None = None,
        runs_per_child: int = 5000,
        memory_growth: int = 300 << 20,
        import_paths: Sequence[str] = (),
        python: str = sys.executable,
    ) -> None:
        """At most `size` children (default: one a core), and the spare one.

        Each is renewed after `runs_per_child` runs or `memory_growth` bytes of growth. Files that analyses leave are in a folder in
        `scratch`, which is made if need be. `import_paths` are further folders that children import functions from, `python` is the
        interpreter that they run.
        """
        self._size = size or os.cpu_count() or 1
        self._options = {"runs": runs_per_child, "growth": memory_growth}
        self._start = partial(WorkerProcess, python=python, import_paths=tuple(import_paths))
        self._scratch = ScratchFolder(scratch)
        self._numbers = itertools.count(1)
        self._waiting: deque[_Task] = deque()
        self._children: list[_Child] = []
        self._chores: set[asyncio.Task[None]] = set()
        self._growth = memory_growth
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def size(self) -> int:
        """How many children there are at most."""
        return self._size

    async def __aenter__(self) -> Self:
        """Clear up after processes that have died; nothing is started yet."""
        if self._scratch.parent_exists:
            await asyncio.to_thread(self._scratch.remove_abandoned)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """End all children, whatever they do, and remove all scratch; who still waits gets a WorkerError."""
        self._closed = True
        for task in [*self._waiting, *(run.task for child in self._children for run in child.runs)]:
            if task is not None and not task.answer.done():
                task.answer.set_exception(closed_error())
        self._waiting.clear()
        for child in list(self._children):
            self._lose(child)
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        while self._chores:
            await asyncio.wait(self._chores)
        await asyncio.to_thread(self._scratch.remove)

    @asynccontextmanager
    async def run(
        self, analysis: Analysis, path: str, *, mime_type: str, size: int, settings: Mapping[str, Any], urgent: bool = False
    ) -> AsyncIterator[WorkerAnswer]:
        """Run an analysis on the file at `path`; see `Workers.run`."""
        if self._closed:
            raise closed_error()
        fault("worker.before_run")
        task = _Task(analysis, path, mime_type, size, settings, urgent)
        self._enqueue(task)
        self._dispatch()
        try:
            answer = await task.answer
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        try:
            fault("worker.after_answer")
            yield answer
        finally:
            if answer.has_files:
                await asyncio.to_thread(shutil.rmtree, answer.scratch, ignore_errors=True)

    # Giving out work

    def _enqueue(self, task: _Task) -> None:
        """Let it wait: behind the others, or, if it is urgent, behind the other urgent ones."""
        place = sum(other.urgent for other in self._waiting) if task.urgent else len(self._waiting)
        self._waiting.insert(place, task)

    def _dispatch(self) -> None:
        """Hand waiting tasks to children as long as there is one to take them."""
        while self._waiting and not self._closed:
            task = self._waiting[0]
            if task.answer.done():
                self._waiting.popleft()
                continue
            try:
                child = self._choose(task)
            except OSError as error:
                self._waiting.popleft().answer.set_exception(WorkerError(f"No process can be started to read files: {error}."))
                continue
            if child is None:
                return
            self._waiting.popleft()
            self._assign(child, task)
        self._rebalance()

    def _choose(self, task: _Task) -> _Child | None:
        """The least busy child that has room, a new one if all are busy, None if that would be too many; raises OSError.

        What is urgent stands behind nothing else: where no child is idle, it gets the spare one.
        """
        children = [child for child in self._children if not child.spare]
        child = min((child for child in children if len(child.runs) < child.room), key=lambda child: child.load, default=None)
        if child is not None and not child.load[0]:
            return child
        if len(children) < self._size:
            return self._start_child()
        if not task.urgent:
            return child
        spare = next((child for child in self._children if child.spare), None) or self._start_child(spare=True)
        return spare if len(spare.runs) < QUEUED else None

    def _start_child(self, *, spare: bool = False) -> _Child:
        if not self._scratch.exists:
            self._scratch.make()
            self._chore(asyncio.to_thread(self._scratch.remove_abandoned))
        child = _Child(spare=spare)
        folder = self._scratch.path / f"child-{next(self._numbers)}"
        child.process = self._start(folder, self._options, on_message=partial(self._hear, child), on_end=partial(self._crashed, child))
        self._children.append(child)
        return child

    def _assign(self, child: _Child, task: _Task) -> None:
        number = next(self._numbers)
        run = _Run(number, self._scratch.path / str(number), task.analysis, task)
        child.runs.append(run)
        child.process.send(task.message(run.number, run.scratch))
        if len(child.runs) == 1 and child.ready:
            child.since = asyncio.get_running_loop().time()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._look_after())

    def _rebalance(self) -> None:
        """When nothing waits, an idle child takes over what another one has not begun."""
        ordinary = [child for child in self._children if not child.spare]
        for idle in [child for child in ordinary if not child.runs]:
            for busy in ordinary:
                run = next((run for run in reversed(busy.runs) if run.task is not None), None)
                if run is not None and run.task is not None and run is not busy.runs[0]:
                    task = run.task
                    self._drop(busy, run)
                    self._assign(idle, task)
                    break

    def _drop(self, child: _Child, run: _Run) -> None:
        """Nobody wants this run any more; the child answers it still, be it only to say that it was dropped."""
        run.task = None
        child.process.send({"drop": run.number})

    def _abandon(self, task: _Task) -> None:
        """The caller of `run` was cancelled."""
        if not task.answer.cancelled():
            if task.answer.exception() is None:
                self._chore(self._remove([task.answer.result().scratch]))
            return
        for child in list(self._children):
            for run in child.runs:
                if run.task is task and run is child.runs[0]:
                    self._lose(child)
                    break
                if run.task is task:
                    self._drop(child, run)
        self._dispatch()

    # What children say

    def _hear(self, child: _Child, message: dict[str, Any]) -> None:
        """A message has come in. Raises ValueError for one that makes no sense."""
        if "ready" in message:
            child.ready = True
            child.since = asyncio.get_running_loop().time()
            return
        if "retire" in message:
            self._lose(child)
            self._dispatch()
            return
        if not child.runs or message.get("run") != child.runs[0].number:
            raise ValueError("This is no answer to what was asked.")
        run = child.runs[0]
        answer = Answer({}) if "dropped" in message and run.task is None else read_answer(message, run.analysis.name)
        child.runs.popleft()
        child.since = asyncio.get_running_loop().time()
        child.room = QUEUED_SHORT if 0 < answer.seconds < SHORT else QUEUED
        self._settle(run, answer)
        self._dispatch()

    def _settle(self, run: _Run, answer: Answer) -> None:
        """Hand the answer to the one who waits for it."""
        if run.task is None or run.task.answer.done():
            if answer.files:
                self._chore(self._remove([run.scratch]))
        elif isinstance(answer.outcome, DamError):
            if answer.traceback:
                logger.warning("%s: %s\n%s", run.task.path, answer.outcome, answer.traceback)
            run.task.answer.set_exception(answer.outcome)
        else:
            run.task.answer.set_result(worker_answer(answer, answer.outcome, run.scratch))

    async def _look_after(self) -> None:
        """Look at busy children from time to time, and end one that takes longer, or more, than it may."""
        while any(child.runs for child in self._children):
            await asyncio.sleep(LOOK_SECONDS)
            for child in list(self._children):
                if child not in self._children or not child.runs:
                    continue  # looking at the others took a while
                run = child.runs[0]
                if child.is_late:
                    self._lose(child, timeout_error(run.analysis) if child.ready else None, crashed=not child.ready)
                    self._dispatch()
                    continue
                if not child.ready:
                    continue
                run.looks += 1
                folders = [run.scratch, child.process.folder] if run.looks > 1 else []  # most have ended before
                failure = await asyncio.to_thread(overuse, run.analysis, child.process.process_id, folders, self._growth)
                if failure is not None and child in self._children and child.runs and child.runs[0] is run:
                    self._lose(child, failure)
                    self._dispatch()

    # The end of children

    def _crashed(self, child: _Child) -> None:
        self._lose(child, crashed=True)
        self._dispatch()

    def _lose(self, child: _Child, failure: DamError | None = None, *, crashed: bool = False) -> None:
        """End a child. What it has not begun goes elsewhere; what it was doing fails if it `crashed` or with the given failure."""
        self._children.remove(child)
        child.process.kill()
        victim = child.runs[0].task if child.runs and (crashed or failure) else None
        again = [run.task for run in child.runs if run.task is not None and run.task is not victim]
        self._waiting.extendleft(reversed([task for task in again if not task.answer.done()]))
        self._chore(self._bury(child, victim, failure))

    async def _bury(self, child: _Child, victim: _Task | None, failure: DamError | None) -> None:
        """Wait for the end of a killed child, say what became of its file, and clear up after it."""
        status = await child.process.wait()
        last_words = child.process.last_words()
        if victim is not None and not victim.answer.done():
            if failure is None:
                failure = crash_error(victim.analysis.name, status, last_words, started=child.ready)
                logger.warning("%s: %s\n%s", victim.path, failure, last_words)
            victim.answer.set_exception(failure)
        await self._remove([child.process.folder, *(run.scratch for run in child.runs)])

    async def _remove(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _chore(self, chore: Coroutine[Any, Any, None]) -> None:
        """Do something beside; closing waits for it."""
        task = asyncio.get_running_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
