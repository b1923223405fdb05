"""`Life`: how a World opens, once for all who want it, and how it closes, losing nothing that is under way."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

from dam.core.exceptions import ConversationBusyError, RegistrationError
from dam.core.migrate import ensure_schema

if TYPE_CHECKING:
    from dam.core.pump import Pump
    from dam.core.world import World

logger = logging.getLogger(__name__)

_OPENING: ContextVar[object | None] = ContextVar("dam_opening", default=None)
"""Which opening we are a part of: a resource that begins may use the World, all others wait until it is open."""


class Life:
    """The opening and closing of one World."""

    def __init__(self, world: World, pump: Pump) -> None:
        """Nothing is opened yet."""
        self._world = world
        self._pump = pump
        self._lock: asyncio.Lock | None = None
        self._opening: object | None = None

    @property
    def is_opening_here(self) -> bool:
        """Whether the caller is a part of the opening: a resource that begins."""
        return self._opening is not None and _OPENING.get() is self._opening

    async def open(self) -> None:
        """Check the schema and begin the life of the resources; who comes meanwhile waits for it."""
        if self._world.is_open or self.is_opening_here:
            return
        async with self._turn():
            if self._world.is_open:
                return
            self._check_resources()
            before = _OPENING.get()
            self._opening = object()
            _OPENING.set(self._opening)
            try:
                await ensure_schema(self._world)
                await self._world.resources.open()
                self._world.is_open = True
            except BaseException:
                self._pump.forget()  # or what a resource announces at its beginning would have the World opened again and again
                await self._end()
                raise
            finally:
                self._opening = None
                _OPENING.set(before)

    async def close(self) -> None:
        """Wait for listeners and commands that are under way, for a while; then end what is left, the resources and the database."""
        self._refuse_inside()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._world.settings.closing_seconds):
                    await self._nothing_runs()
            running = {executor.name for executor in self._world.executors if executor.is_running}
            if running:
                logger.error("%s still ran when the World '%s' closed, and is cancelled.", ", ".join(sorted(running)), self._world.name)
        finally:
            await self._end()

    async def _nothing_runs(self) -> None:
        """Wait until every event has been heard and nobody steps a command."""
        while True:
            await self._pump.drained()
            running = [executor for executor in self._world.executors if executor.is_running]
            if not running and not self._pump.is_running:
                return
            for executor in running:
                await executor.paused()

    async def _end(self) -> None:
        async with AsyncExitStack() as stack:  # whatever fails, the rest is closed too
            stack.callback(setattr, self._world, "is_open", False)  # noqa: FBT003 - it is an attribute's value
            stack.push_async_callback(self._world.database.close)
            stack.push_async_callback(self._roll_back)
            if self._opening is None:
                stack.push_async_callback(self._pump.close)  # what the resources have announced at their end
            stack.push_async_callback(self._world.resources.close)
            if self._opening is None:
                stack.push_async_callback(self._close_executors)
                stack.push_async_callback(self._pump.close)

    async def _close_executors(self) -> None:
        async with AsyncExitStack() as stack:
            for executor in list(self._world.executors):
                stack.push_async_callback(executor.aclose)

    async def _roll_back(self) -> None:
        async with AsyncExitStack() as stack:
            for unit in list(self._world.units):
                stack.push_async_callback(unit.rollback)

    def _turn(self) -> asyncio.Lock:
        self._lock = self._lock or asyncio.Lock()
        return self._lock

    def _check_resources(self) -> None:
        for info in self._world.loaded_systems():
            for parameter, wanted in info.resources:
                if wanted not in self._world.resources:
                    raise RegistrationError(
                        f"System {info.name}: nothing offers the resource {wanted.__name__} for its parameter '{parameter}'."
                    )

    def _refuse_inside(self) -> None:
        inside = next((executor.name for executor in self._world.executors if executor.is_stepped_here), None)
        inside = inside or (self._pump.listening if self._pump.runs_here else None)
        if inside is not None:
            raise ConversationBusyError(
                f"{inside} runs in the World '{self._world.name}', so it cannot close it: it would wait for itself."
            )
