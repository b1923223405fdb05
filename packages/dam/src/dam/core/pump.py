"""`Pump`: delivers events to their listeners, one after the other, each listener for itself."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dam.core.exceptions import ConversationError
from dam.core.run import run_alone
from dam.core.systems import SystemInfo
from dam.system_events.base import BaseEvent
from dam.system_events.batch import Batch

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

KEPT_FAILURES = 100

_LISTENING: ContextVar[bool] = ContextVar("dam_listening", default=False)
"""Whether we are inside a listener, or in a task that one began."""


@dataclass(frozen=True, slots=True)
class ListenerFailure:
    """A listener that raised: which one, on which event (or batch of them), and the error."""

    listener: str
    event: BaseEvent | Batch[Any]
    error: Exception


class Pump:
    """One task a World that hands events to their listeners in the order in which they were sent."""

    def __init__(self, world: World) -> None:
        """Nothing runs before the first event."""
        self._world = world
        self._events: deque[BaseEvent] = deque()
        self._gathered: dict[SystemInfo, list[BaseEvent]] = {}
        self._task: asyncio.Task[None] | None = None
        self.listening = ""
        self.failures: deque[ListenerFailure] = deque(maxlen=KEPT_FAILURES)

    @property
    def waiting(self) -> int:
        """How many events are not delivered yet."""
        return len(self._events) + sum(map(len, self._gathered.values()))

    @property
    def is_running(self) -> bool:
        """Whether events are being delivered."""
        return self._task is not None and not self._task.done()

    @property
    def runs_here(self) -> bool:
        """Whether the caller is a listener."""
        return self._task is not None and self._task is asyncio.current_task()

    def put(self, event: BaseEvent) -> None:
        """Deliver an event as soon as the loop gets to it; an event without listeners costs nothing."""
        if not self._world.is_heard(type(event)):
            return
        self._events.append(event)
        if not self.is_running:
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def settled(self) -> None:
        """Wait until every event has been heard, those too that listeners send meanwhile."""
        if _LISTENING.get():
            raise ConversationError("A listener cannot wait for all listeners to be done: it is one of them.")
        await self.drained()

    async def drained(self) -> None:
        """The same, whoever asks."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Stop delivering; what was not delivered is found again by what it would have led to."""
        if self._task is not None and not self._task.done():
            logger.error(
                "%s still ran when its World closed, and is cancelled; %d more events are not delivered.", self.listening, self.waiting
            )
            self.forget()
            self._task.cancel()
            await asyncio.wait([self._task])
        self.forget()

    def forget(self) -> None:
        """Drop what is not delivered yet."""
        self._events.clear()
        self._gathered.clear()

    async def _run(self) -> None:
        _LISTENING.set(True)
        while self._events:
            await self._deliver(len(self._events))

    async def _deliver(self, count: int) -> None:
        """Deliver so many events, and what is gathered of them into batches at the end: no batch waits for what is sent meanwhile."""
        while count and self._events:
            count -= 1
            event = self._events.popleft()
            for listener in self._listeners(event):
                if not listener.batch:
                    await self._call(listener, event)
                    continue
                gathered = self._gathered.setdefault(listener, [])
                gathered.append(event)
                if len(gathered) >= listener.batch:
                    await self._call(listener, Batch(self._gathered.pop(listener)))
        while self._gathered:
            listener = next(iter(self._gathered))
            await self._call(listener, Batch(self._gathered.pop(listener)))

    def _listeners(self, event: BaseEvent) -> tuple[SystemInfo, ...]:
        """Who hears an event; none where the module of one cannot be loaded, which is told as a failure of them all."""
        try:
            return self._world.listeners_of(type(event))
        except Exception as error:
            name = f"the listeners of {type(event).__name__}"
            logger.exception("Cannot load %s", name)
            self.failures.append(ListenerFailure(name, event, error))
            return ()

    async def _call(self, listener: SystemInfo, heard: BaseEvent | Batch[Any]) -> None:
        self.listening = listener.name
        try:
            await self._world.open()
            await run_alone(self._world, listener, heard)
        except Exception as error:
            what = f"{len(heard)} events" if isinstance(heard, Batch) else type(heard).__name__
            logger.exception("Listener %s failed on %s", listener.name, what)
            self.failures.append(ListenerFailure(listener.name, heard, error))
