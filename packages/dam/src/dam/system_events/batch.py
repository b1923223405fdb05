"""`Batch`: many events that a listener hears at once."""

from __future__ import annotations

from typing import TypeVar

from dam.system_events.base import BaseEvent

EventT = TypeVar("EventT", bound=BaseEvent)

BATCH_LIMIT = 500
"""How many events a `Batch` holds at most, where its listener does not say otherwise."""


class Batch(tuple[EventT, ...]):
    """Many events in the order in which they were sent: a listener that takes a `Batch[FileStored]` is called once for all of them.

    @system(on_event=FileStored)
    async def count_files_system(batch: Batch[FileStored], transaction: WorldTransaction) -> None: ...

    The rules: a batch is never empty and holds at most `@system(..., limit=...)` events (500 by default). It is handed over when it is
    full, and otherwise as soon as all events that were waiting with it have been given to the listeners that take them one by one; so
    it never waits for events that are still to come, and a single event in a quiet time is a batch of one. Each event is in exactly one
    batch a listener, and events of derived classes are in it too. Each call has a transaction of its own, as for single events; a
    call that fails is recorded once, and its events are not tried again.
    """

    __slots__ = ()
