"""How systems run: what surrounds them, what their parameters get, and those that have nothing to tell."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import AccessError, DatabaseUnreachableError
from dam.core.results import CommandResult
from dam.core.systems import SystemInfo
from dam.core.transaction import WorldTransaction
from dam.core.unit import CALLERS, CURRENT, Unit, enter

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

Command = BaseCommand[Any, Any]

PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to do again what a lost connection has undone; each is made a little longer or shorter by chance."""


class Frame:
    """The transaction around one command: found when it begins, ended when its handlers have returned.

    `unit` is the transaction, None for access "none"; `owned` is False for one that was joined. `around` is a transaction of the
    caller that was not joined: it must not take the writer while the command runs, or both would wait for each other. `callers` are
    all such transactions, those of the caller's callers too.
    """

    __slots__ = ("access", "around", "callers", "name", "owned", "unit", "world", "writes")

    def __init__(self, world: World, access: Access, name: str) -> None:
        """For one run of one command, called `name` in messages."""
        self.world = world
        self.access = access
        self.name = name
        self.unit: Unit | None = None
        self.around: Unit | None = None
        self.callers: tuple[Unit, ...] = ()
        self.owned = False
        self.writes = 0

    async def open(self) -> None:
        """Start the World if need be, and join or begin a transaction."""
        if not self.world.is_open:
            await self.world.open()
        caller = CURRENT.get()
        if caller is None and self.access == "none":
            return
        self.unit, self.owned = unit, _ = await enter(self.world, self.access, self.name)
        if unit is not None:
            self.writes = unit.writes
        if caller is not None and caller.unit is not unit and caller.world is self.world:
            self.around = caller.unit
            self.callers = (*CALLERS.get(), caller.unit)
            if unit is not None:
                unit.callers = self.callers

    async def close(self, error: BaseException | None) -> None:
        """Commit or roll back what this command owns; a failure dooms what it joined."""
        unit = self.unit
        if unit is None:
            return
        if self.owned:
            await (unit.commit() if error is None else unit.rollback())
            return
        unit.joined.remove(self.name)
        if error is None and self.access == "read" and unit.access == "write" and unit.has_unflushed:
            error = AccessError(f"{self.name} may only read, but it changed objects in the transaction of {unit.owner}.")
            unit.failed_by = unit.failed_by or self.name
            raise error
        left_in_the_middle = isinstance(error, GeneratorExit) and unit.writes == self.writes
        if error is not None and not left_in_the_middle:
            unit.failed_by = unit.failed_by or self.name

    @property
    def may_repeat(self) -> bool:
        """Whether a lost connection undoes all that was done: it was in one transaction of our own, and not yet at its commit."""
        return self.owned and self.unit is not None and not self.unit.committing

    def check(self) -> None:
        """Raise AccessError when the caller has taken the writer since this command began."""
        if self.around is not None and self.around.holds_writer and not self.around.closed and self.access != "read":
            raise AccessError(f"{self.name} cannot go on: {self.around.owner}, which dispatched it, has begun to write meanwhile.")

    def view(self, handler: SystemInfo) -> WorldTransaction | None:
        """The transaction that a handler runs in: the command's, or one of its own that nobody joins."""
        if self.unit is not None:
            return WorldTransaction(self.unit, self.access, self.name)
        if handler.transaction:
            unit = Unit(self.world, "write", self.name, joinable=False)
            unit.callers = self.callers or unit.callers
            return WorldTransaction(unit, "write", self.name)
        return None

    async def call(self, handler: SystemInfo, command: Command) -> Any:
        """Run one handler that is a plain coroutine."""
        view = self.view(handler)
        before = CURRENT.get()
        CURRENT.set(view)
        outside = CALLERS.get() if self.callers else ()
        if self.callers:
            CALLERS.set(self.callers)
        try:
            value = await handler.function(**inject(self.world, handler, command, view))
        except BaseException:
            CURRENT.set(before)
            if self.callers:
                CALLERS.set(outside)
            if view is not None and view.unit is not self.unit:
                await view.unit.rollback()
            raise
        CURRENT.set(before)
        if self.callers:
            CALLERS.set(outside)
        if view is not None and view.unit is not self.unit:
            await view.unit.commit()
        return value


def inject(world: World, handler: SystemInfo, message: Any, view: WorldTransaction | None) -> dict[str, Any]:
    """What a system's parameters get, by the plan that was made at its registration."""
    arguments: dict[str, Any] = {name: message for name in handler.message}  # noqa: C420 - dict.fromkeys is slower for one
    for name in handler.world:
        arguments[name] = world
    for name in handler.transaction:
        arguments[name] = view
    for name, wanted in handler.resources:
        arguments[name] = world.get_resource(wanted)
    return arguments


async def run_alone(world: World, handler: SystemInfo, message: Any) -> None:
    """Run a listener, or a system of a stage, in a transaction of its own kind; with access "none" only if it takes one."""
    view: WorldTransaction | None = None
    if handler.access != "none" or handler.transaction:
        access: Access = "write" if handler.access == "none" else handler.access
        view = WorldTransaction(Unit(world, access, handler.name, joinable=handler.access != "none"), access, handler.name)
    before = CURRENT.get()
    CURRENT.set(view)
    try:
        await handler.function(**inject(world, handler, message, view))
    except BaseException:
        CURRENT.set(before)
        if view is not None:
            await view.unit.rollback()
        raise
    CURRENT.set(before)
    if view is not None:
        await view.unit.commit()


async def run_in_turn(world: World, command: Command, handlers: tuple[SystemInfo, ...], result: CommandResult[Any]) -> None:
    """Run handlers that are plain coroutines, one after the other: the fast path of `await`.

    When the connection to the database server is lost before the commit, the server has undone everything and nobody was told anything,
    so the whole is done again. A commit whose answer was lost is not: only who dispatched the command knows what a repeat means.
    """
    attempts = iter(PAUSES)
    while True:
        frame = Frame(world, command.access, type(command).__name__)
        try:
            return await _run_once(frame, command, handlers, result)
        except DatabaseUnreachableError:
            pause = next(attempts, None)
            if pause is None or not frame.may_repeat:
                raise
        logger.warning("%s lost the database server; it is done again", frame.name)
        result.results.clear()
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that many do not come back at once


async def _run_once(frame: Frame, command: Command, handlers: tuple[SystemInfo, ...], result: CommandResult[Any]) -> None:
    await frame.open()
    try:
        for handler in handlers:
            result.add(await frame.call(handler, command))
    except BaseException as error:
        await frame.close(error)
        raise
    await frame.close(None)
