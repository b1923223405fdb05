"""`Pump`: delivers events to their listeners, one after the other, each listener for itself."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dam.core.exceptions import ConversationError
from dam.core.run import run_alone
from dam.system_events.base import BaseEvent

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

KEPT_FAILURES = 100

_LISTENING: ContextVar[bool] = ContextVar("dam_listening", default=False)
"""Whether we are inside a listener, or in a task that one began."""


@dataclass(frozen=True, slots=True)
class ListenerFailure:
    """A listener that raised: which one, on which event, and the error."""

    listener: str
    event: BaseEvent
    error: Exception


class Pump:
    """One task a World that hands events to their listeners in the order in which they were sent."""

    def __init__(self, world: World) -> None:
        """Nothing runs before the first event."""
        self._world = world
        self._events: deque[BaseEvent] = deque()
        self._task: asyncio.Task[None] | None = None
        self.failures: deque[ListenerFailure] = deque(maxlen=KEPT_FAILURES)

    @property
    def waiting(self) -> int:
        """How many events are not delivered yet."""
        return len(self._events)

    def put(self, event: BaseEvent) -> None:
        """Deliver an event as soon as the loop gets to it; an event without listeners costs nothing."""
        if not self._world.listeners_of(type(event)):
            return
        self._events.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def settled(self) -> None:
        """Wait until every event has been heard, those too that listeners send meanwhile."""
        if _LISTENING.get():
            raise ConversationError("A listener cannot wait for all listeners to be done: it is one of them.")
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Stop delivering; what was not delivered is found again by what it would have led to."""
        self._events.clear()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        _LISTENING.set(True)
        while self._events:
            event = self._events.popleft()
            for listener in self._world.listeners_of(type(event)):
                try:
                    if not self._world.is_open:
                        await self._world.open()
                    await run_alone(self._world, listener, event)
                except Exception as error:
                    logger.exception("Listener %s failed on %s", listener.name, type(event).__name__)
                    self.failures.append(ListenerFailure(listener.name, event, error))
