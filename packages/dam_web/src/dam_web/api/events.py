"""Server-sent events: what has changed, as it changes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse

from dam.assets.commands import CountAssetsCommand, ListAssetsCommand
from dam.core.world import World
from dam_web.api.answers import NOT_KEPT
from dam_web.api.conversations import open_questions
from dam_web.resources import Activity, Broadcaster, Changes, Conversations
from dam_web.settings import WebSettings

RETRY_MILLISECONDS = 2000
COST_FACTOR = 10
"""Counting may take at most this part of the time: a count that took 0.2 s is kept for 2 s."""


class LiveCounts:
    """The progress of the World, counted for all clients together."""

    def __init__(self, world: World, interval: float) -> None:
        """`interval` is how long, in seconds, a count is good at least."""
        self._world = world
        self._interval = interval
        self._lock = asyncio.Lock()
        self._good_until = float("-inf")
        self._counts: dict[str, int] = {}

    async def get(self) -> dict[str, int]:
        """How many assets are analysed (`done`), are still to be (`pending`), and there are (`total`, members of archives too)."""
        async with self._lock:
            begun = time.monotonic()
            if begun >= self._good_until:
                counts = (await self._world.dispatch_command(CountAssetsCommand())).one()
                total = counts.total + counts.members
                self._counts = {"done": total - counts.pending, "pending": counts.pending, "total": total}
                ended = time.monotonic()
                self._good_until = ended + max(self._interval, (ended - begun) * COST_FACTOR)
            return self._counts


def events_router(world: World) -> APIRouter:
    """The stream of events."""
    router = APIRouter(tags=["events"])
    settings = world.get_settings(WebSettings)
    counts = LiveCounts(world, settings.events_interval)

    @router.get(
        "/events", summary="Changes as they happen", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}}
    )
    async def events(last_event_id: Annotated[str | None, Header()] = None) -> Response:
        """Tell what changes, as server-sent events.

        `counts` {"done", "pending", "total"} comes at the beginning and with every change. `assets` {"ids", "new", "everything"} says
        which assets have changed, how many of them are new, and whether there are more than `ids` names. `question` {"items"} has all
        questions of handlers that are open, as `GET conversations` gives them, at the beginning and whenever one came or went.
        `activity` {"doing", "problems", "troubles"} says what is done beside the analyses ({"message", "done", "total", "unit"} or
        null), which files could not be read ({"path", "reason"}), and what is wrong with whole folders (sentences), at the beginning
        and as it changes.
        """
        broadcaster = world.get_resource(Broadcaster)
        if broadcaster.newest_id is None:
            newest = (await world.dispatch_command(ListAssetsCommand(sort="added", limit=1, members=True))).one().items
            broadcaster.known_up_to(newest[0]["id"] if newest else 0)
        open_now = world.get_resource(Conversations), world.get_resource(Activity)
        stream = event_stream(broadcaster, counts, settings.heartbeat, last_event_id, *open_now)
        return StreamingResponse(stream, media_type="text/event-stream", headers={**NOT_KEPT, "X-Accel-Buffering": "no"})

    return router


async def event_stream(
    broadcaster: Broadcaster,
    counts: LiveCounts,
    heartbeat: float,
    last_event_id: str | None,
    conversations: Conversations,
    activity: Activity,
) -> AsyncIterator[str]:
    """The text of the stream, until the client leaves or the World closes."""
    subscription = broadcaster.subscribe(last_event_id)
    yield f"retry: {RETRY_MILLISECONDS}\n\n" + message("counts", await counts.get())
    counted_late = False
    version = acted = -1
    while not broadcaster.closed:
        if acted != activity.version:
            acted = activity.version
            yield message("activity", activity.shown())
        while version != conversations.version:
            version = conversations.version
            yield message("question", {"items": open_questions(conversations)})
        changes = await subscription.next(1.0 if counted_late else heartbeat)
        if changes is not None:
            yield message("assets", _told(changes), changes.event_id) + message("counts", await counts.get())
            counted_late = True
        elif counted_late:
            yield message("counts", await counts.get())
            counted_late = False
        elif (version, acted) == (conversations.version, activity.version):
            yield ": still here\n\n"


def message(event: str, data: dict[str, Any], event_id: str | None = None) -> str:
    """One event as text."""
    return (f"id: {event_id}\n" if event_id else "") + f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


def _told(changes: Changes) -> dict[str, Any]:
    return {"ids": list(changes.ids), "new": changes.new, "everything": changes.everything}
