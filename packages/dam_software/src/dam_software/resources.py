"""`Installer`: runs what was agreed to, one after the other, whoever still listens."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import deque
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update

from dam.assets.resources.clock import WorkClock
from dam.assets.resources.doorbell import Doorbell
from dam.core.world import World

if TYPE_CHECKING:
    from dam_software.models import InstallationComponent

MOST_OUTPUT = 64 << 10
"""So many bytes of the end of what an installer says are kept."""
GRACE_SECONDS = 5.0
"""So long an installer has to end by itself when it is told to."""
CHUNK = 1 << 16
STOPPED = "It was stopped before it ended.\n"


class Agreed(NamedTuple):
    """An installation that somebody has agreed to: its record, the words to run, and what tells that it has ended."""

    record: int
    line: list[str]
    ended: asyncio.Future[None]


class Installer(Doorbell):
    """Runs installations in the background, one at a time.

    Unlike other work it is a list of this process and no question to the database: nothing is run that was not agreed to here.
    """

    def __init__(self, world: World, clock: WorkClock, timeout: float) -> None:
        """`timeout` is how long one may take, in seconds."""
        super().__init__()
        self._world, self._clock, self._timeout = world, clock, timeout
        self._agreed: deque[Agreed] = deque()

    def begin(self, record: int, line: list[str]) -> asyncio.Future[None]:
        """Install as soon as those before it have ended; gives what tells that it has, whatever came of it."""
        agreed = Agreed(record, line, asyncio.get_running_loop().create_future())
        self._agreed.append(agreed)
        self.ring()
        return agreed.ended

    async def answer(self) -> None:
        """Install all that was agreed to; what is not begun when the World closes has failed."""
        try:
            while self._agreed:
                await self._install(self._agreed.popleft())
        finally:
            async with AsyncExitStack() as each:  # the next one's turn comes also where a record cannot be written
                while self._agreed:
                    each.push_async_callback(self._note, self._agreed.pop(), "failed", None, STOPPED)

    async def _install(self, agreed: Agreed) -> None:
        outcome, code, said = "failed", None, STOPPED
        try:
            if await self._is_cancelled(agreed):
                outcome, said = "cancelled", "It was cancelled before it began.\n"
            else:
                await self._note(agreed, "running", None, "")
                outcome, code, said = await self._carry_out(agreed)
        finally:
            await self._note(agreed, outcome, code, said)

    async def _carry_out(self, agreed: Agreed) -> tuple[str, int | None, str]:
        """Run the installer to its end; gives the outcome, its exit code, and the last of what it said."""
        try:
            process = await asyncio.create_subprocess_exec(
                *agreed.line,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # so that all it has begun can be ended with it
            )
        except OSError as error:
            return "failed", None, f"{agreed.line[0]} cannot be run: {error.strerror}.\n"
        said = bytearray()
        hearing = asyncio.create_task(_hear(process, said))
        try:
            why = await self._wait(agreed, process, said)
            with suppress(TimeoutError):  # something that it has left running may keep its output open
                await asyncio.wait_for(hearing, 1.0)
        finally:
            hearing.cancel()
            if process.returncode is None:
                await _end(process)
        text = _text(said)
        if why is not None:
            outcome, words = why
            return outcome, process.returncode, f"{text}{words}\n"
        if process.returncode is not None and process.returncode < 0:
            text += f"It was ended by {signal.Signals(-process.returncode).name}.\n"
        return "done" if process.returncode == 0 else "failed", process.returncode, text

    async def _wait(self, agreed: Agreed, process: asyncio.subprocess.Process, said: bytearray) -> tuple[str, str] | None:
        """Wait until the installer has ended, and write meanwhile what it says; gives the outcome and the reason where it was ended."""
        end = time.monotonic() + self._timeout
        told = 0
        while True:
            left = end - time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), max(0.0, min(left, self._clock.poll_seconds)))
                return None
            if left <= 0:
                await _end(process)
                return "failed", f"It took longer than {self._timeout:g} seconds and was ended."
            if await self._is_cancelled(agreed):
                await _end(process)
                return "cancelled", "It was cancelled."
            if len(said) != told:
                told = len(said)
                await self._note(agreed, "running", None, _text(said))

    async def _is_cancelled(self, agreed: Agreed) -> bool:
        one = _record()
        statement = select(one.cancelled).where(one.id == agreed.record)
        return bool(await self._world.database.read(lambda connection: connection.execute(statement).scalar_one_or_none()))

    async def _note(self, agreed: Agreed, outcome: str, code: int | None, output: str) -> None:
        """Write how it stands; the asset may have been forgotten meanwhile, and its record with it. Who waits for the end hears of it."""
        one = _record()
        try:
            async with self._world.transaction() as transaction:
                chosen = update(one).where(one.id == agreed.record)
                await transaction.execute(chosen.values(outcome=outcome, exit_code=code, output=output))
        finally:
            if outcome != "running" and not agreed.ended.done():
                agreed.ended.set_result(None)


def _record() -> type[InstallationComponent]:
    """The table of installations; every start makes an installer, and few install anything."""
    from dam_software.models import InstallationComponent  # noqa: PLC0415 - as said

    return InstallationComponent


async def _hear(process: asyncio.subprocess.Process, said: bytearray) -> None:
    """Keep the last of what a program says."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    while data := await process.stdout.read(CHUNK):
        said += data
        del said[:-MOST_OUTPUT]


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program and all that it has begun; what does not go is killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
            return


def _text(said: bytearray) -> str:
    return bytes(said).decode("utf-8", "replace").replace("\x00", "")
