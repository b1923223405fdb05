"""The broadcaster: every client hears of every change, in as few messages as it can bear."""

from __future__ import annotations

import asyncio
import time

from dam.system_events.progress import Progress
from dam_web.resources import Activity, Broadcaster


async def test_changes_are_gathered_into_one_message() -> None:
    broadcaster = Broadcaster(interval=0.05)
    broadcaster.newest_id = 1
    subscription = broadcaster.subscribe()
    for entity_id in (1, 2, 2, 3):
        broadcaster.publish(entity_id)
    changes = await subscription.next(1.0)
    assert changes is not None
    assert (changes.ids, changes.new, changes.everything) == ((1, 2, 3), 2, False)
    assert await subscription.next(0.01) is None


async def test_a_client_is_told_at_most_once_an_interval() -> None:
    broadcaster = Broadcaster(interval=0.2)
    subscription = broadcaster.subscribe()
    broadcaster.publish(1)
    await subscription.next(1.0)
    began = time.monotonic()
    broadcaster.publish(2)
    changes = await subscription.next(1.0)
    assert time.monotonic() - began >= 0.15
    assert changes is not None
    assert changes.ids == (2,)


async def test_waiting_ends_with_the_change() -> None:
    broadcaster = Broadcaster(interval=0.0)
    waiting = asyncio.create_task(broadcaster.subscribe().next(5.0))
    await asyncio.sleep(0)
    broadcaster.publish(7)
    changes = await asyncio.wait_for(waiting, 1.0)
    assert changes is not None
    assert changes.ids == (7,)


async def test_a_client_goes_on_where_it_stopped() -> None:
    broadcaster = Broadcaster(interval=0.0)
    subscription = broadcaster.subscribe()
    broadcaster.publish(1)
    stopped = await subscription.next(1.0)
    assert stopped is not None
    broadcaster.publish(2)
    again = await broadcaster.subscribe(stopped.event_id).next(1.0)
    assert again is not None
    assert again.ids == (2,)
    assert not again.everything


async def test_what_is_forgotten_or_foreign_means_everything() -> None:
    broadcaster = Broadcaster(interval=0.0, kept=3)
    first = broadcaster.subscribe()
    broadcaster.publish(1)
    stopped = await first.next(1.0)
    assert stopped is not None
    for entity_id in range(10):
        broadcaster.publish(entity_id)
    for event_id in (stopped.event_id, "other-1", "nonsense", "", "-"):
        told = await broadcaster.subscribe(event_id).next(1.0)
        assert told is not None
        assert told.everything
        assert told.ids == ()


async def test_closing_ends_who_waits() -> None:
    broadcaster = Broadcaster()
    waiting = asyncio.create_task(broadcaster.subscribe().next(30.0))
    await asyncio.sleep(0)
    broadcaster.close()
    assert await asyncio.wait_for(waiting, 1.0) is None


def test_memory_is_bounded() -> None:
    broadcaster = Broadcaster(kept=100)
    for entity_id in range(10_000):
        broadcaster.publish(entity_id)
    told = broadcaster.changes_after(0)
    assert told is not None
    assert told.everything


def test_what_is_done_and_what_could_not_be_read() -> None:
    rung: list[int] = []
    activity = Activity(lambda: rung.append(1))
    activity.tell(Progress(3, 10, "Reading"))
    activity.add_problems([{"path": "/a", "reason": "once"}, {"path": "/b", "reason": "x"}])
    activity.add_problems([{"path": "/a", "reason": "again"}])
    assert activity.shown() == {
        "doing": {"message": "Reading", "done": 3, "total": 10, "unit": "files"},
        "problems": [{"path": "/a", "reason": "again"}, {"path": "/b", "reason": "x"}],
        "troubles": [],
    }
    activity.set_trouble("films", "The disk is away.")
    activity.set_trouble("films", "The disk is away.")
    assert activity.shown()["troubles"] == ["The disk is away."]
    activity.set_trouble("films", None)
    assert activity.shown()["troubles"] == []
    activity.tell(None)
    assert activity.shown()["doing"] is None
    assert activity.version == len(rung) == 6
