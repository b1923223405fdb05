"""The broadcaster: tells every open browser what has changed, never more often than it can bear."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass

MOST_IDS = 500
"""A message that would name more assets than this says `everything` instead."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its number, the asset, and whether the asset was not known before."""

    number: int
    entity_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What one client is told.

    `ids` are assets in the order of their first change, `new` is how many of them were not known before, `event_id` is where the client
    can go on later. `everything` says that more has changed than is told: look at the whole list again.
    """

    event_id: str
    ids: tuple[int, ...]
    new: int
    everything: bool = False


class Broadcaster:
    """The last changes of a World, and who waits for the next ones. It belongs to one event loop.

    There is no queue a client: each remembers how far it has read, so a slow one costs nothing and is told everything at once later.
    """

    def __init__(self, interval: float = 0.5, kept: int = 10_000) -> None:
        """`interval` is the shortest time in seconds between two messages to one client; `kept` is how many changes are remembered."""
        self.interval = interval
        self.newest_id: int | None = None
        self.closed = False
        self._run = secrets.token_hex(4)
        self._number = 0
        self._changes: deque[Change] = deque(maxlen=kept)
        self._bell = asyncio.Event()

    def publish(self, *entity_ids: int) -> None:
        """Note that assets have changed and wake who waits. An id higher than any before is a new asset's."""
        for entity_id in entity_ids:
            is_new = self.newest_id is not None and entity_id > self.newest_id
            self.known_up_to(entity_id)
            self._number += 1
            self._changes.append(Change(self._number, entity_id, is_new))
        self.ring()

    def known_up_to(self, entity_id: int) -> None:
        """Say up to which id assets are known already; a lower one than is known changes nothing."""
        self.newest_id = max(entity_id, self.newest_id or 0)

    def close(self) -> None:
        """End every subscription."""
        self.closed = True
        self.ring()

    def subscribe(self, last_event_id: str | None = None) -> Subscription:
        """Listen from now on, or from where a client stopped (`event_id` of the last message it got)."""
        if last_event_id is None:
            return Subscription(self, self._number)
        run, _, number = last_event_id.partition("-")
        known = run == self._run and number.isdecimal() and int(number) <= self._number
        return Subscription(self, int(number) if known else -1)

    def changes_after(self, number: int) -> Changes | None:
        """What has changed after the change of that number (-1: a number that nobody knows any more); None when nothing has."""
        if number == self._number:
            return None
        event_id = f"{self._run}-{self._number}"
        oldest = self._changes[0].number if self._changes else self._number + 1
        told = [change for change in self._changes if change.number > number]
        ids = tuple(dict.fromkeys(change.entity_id for change in told))
        new = len({change.entity_id for change in told if change.is_new})
        if number < oldest - 1 or len(ids) > MOST_IDS:
            return Changes(event_id, (), new, everything=True)
        return Changes(event_id, ids, new)

    @property
    def number(self) -> int:
        """The number of the last change."""
        return self._number

    @property
    def bell(self) -> asyncio.Event:
        """Rings at the next change; each bell rings once."""
        return self._bell

    def ring(self) -> None:
        """Wake who waits, though no asset has changed."""
        self._bell.set()
        self._bell = asyncio.Event()


class Subscription:
    """One client's place in the sequence of changes."""

    def __init__(self, broadcaster: Broadcaster, number: int) -> None:
        """Begin after the change of that number."""
        self._broadcaster = broadcaster
        self._number = number
        self._told_at = float("-inf")

    async def next(self, patience: float) -> Changes | None:
        """The changes since the last time, once there are some and the interval is over; None after `patience` seconds, or at the end."""
        broadcaster = self._broadcaster
        if self._number == broadcaster.number and not broadcaster.closed:
            try:
                await asyncio.wait_for(broadcaster.bell.wait(), patience)
            except TimeoutError:
                return None
        wait = self._told_at + broadcaster.interval - time.monotonic()
        if wait > 0 and not broadcaster.closed:
            await asyncio.sleep(wait)
        changes = broadcaster.changes_after(self._number)
        self._number, self._told_at = broadcaster.number, time.monotonic()
        return changes
