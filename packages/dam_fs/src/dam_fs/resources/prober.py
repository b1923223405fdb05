"""`Prober`: looks at roots from child processes, with a time limit."""

from __future__ import annotations

import asyncio
import marshal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dam_fs.functions import probe
from dam_fs.functions.guard import Sight
from dam_fs.functions.mark import Sample, samples_of

PROGRAM = (sys.executable, "-I", "-S", str(Path(probe.__file__)))
GRACE = 2.0

Question = tuple[bytes, list[Sample]]
"""A root, and the samples to look for in it."""


class Prober:
    """Looks at roots. A disk that hangs blocks a child, which is given up; everything else goes on.

    A child is started when it is needed, and one waits for the next question.
    """

    def __init__(self, seconds: float = 10.0, program: Sequence[str] = PROGRAM) -> None:
        """`seconds` is how long a look may take; `program` is what a child runs."""
        self.seconds = seconds
        self.program = program
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._closed = False
        self._lock = threading.Lock()

    async def __aenter__(self) -> Self:
        """Begin; the first question starts the first child."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the children, also one that looks at something still: nobody waits for its answer."""
        with self._lock:
            self._closed = True
            children = list(self._all)
            self._all.clear()
        for child in children:
            await asyncio.to_thread(child.end)

    async def look(self, root: bytes, mark: dict[str, Any]) -> Sight:
        """Look at a root's path; what takes too long, or fails, is told as the problem."""
        return await asyncio.to_thread(self._ask, (root, samples_of(mark)))

    def _ask(self, question: Question) -> Sight:
        child: _Child | None = None
        try:
            child = self._child()
            answer = child.ask(question, self.seconds)
        except OSError as error:
            if child is not None:
                with self._lock:
                    self._all.discard(child)
                child.end()
            if isinstance(error, TimeoutError):
                return Sight(f"it does not answer within {self.seconds:g} s", late=True)
            return Sight(f"looking at it failed: {error}")
        self._keep(child)
        return Sight(**answer)

    def _keep(self, child: _Child) -> None:
        """Let the oldest child wait for the next question, and end the others."""
        with self._lock:
            self._idle.append(child)
            self._idle.sort(key=lambda one: one.born)
            left = self._idle[1:]
            del self._idle[1:]
            self._all.difference_update(left)
        for one in left:
            one.end()

    def _child(self) -> _Child:
        """One that waits for a question, else a new one."""
        with self._lock:
            if self._closed:
                raise OSError("the program ends")
            if self._idle:
                return self._idle.pop()
            child = _Child(self.program)
            self._all.add(child)
            return child


class _Child:
    """A child process that answers one question at a time."""

    def __init__(self, program: Sequence[str]) -> None:
        self.born = time.monotonic()
        self._line, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    program, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL, start_new_session=True
                )
            except OSError:
                self._line.close()
                raise

    def ask(self, question: Question, seconds: float) -> dict[str, Any]:
        """Ask, and wait so long for the answer; raises TimeoutError, and OSError if the child dies."""
        self._line.settimeout(seconds)
        asked = marshal.dumps(question)
        self._line.sendall(len(asked).to_bytes(probe.LENGTH_BYTES) + asked)
        length = int.from_bytes(self._read(probe.LENGTH_BYTES))
        told: dict[str, Any] = marshal.loads(self._read(length))  # noqa: S302 - it is our own program that answers
        return told

    def _read(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            block = self._line.recv(length - len(found))
            if not block:
                raise ConnectionError("its process has ended")
            found += block
        return bytes(found)

    def end(self) -> None:
        """End it; one that the system holds on to is left to that."""
        self._process.kill()  # who waits for its answer hears of that
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self._line.close()
