"""Watching roots: what the system tells of, what polling finds, and a full look now and then for what neither has told."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dam.assets.models import Root, StorageType
from dam.core.exceptions import DamError, RootOfflineError, UsageError
from dam.core.systems import system
from dam.core.world import World
from dam.models.types import utc_now
from dam_fs.commands import IndexPathsCommand, IndexSummary, PlanWatchCommand, WatchRootsCommand
from dam_fs.events import RootWatched
from dam_fs.functions.watching import changed_since, to_look_at, why_polled
from dam_fs.resources.folder_listener import FolderListener
from dam_fs.resources.watch_state import RootWatch, WatchState
from dam_fs.settings import FsSettings
from dam_fs.systems.guard import reachable
from dam_fs.systems.index import ignore_rules
from dam_fs.systems.roots import read_roots

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
LATER_SECONDS = 0.2
AGAIN_SECONDS = 2.0
GONE_SECONDS = 10.0
"""So long at most what has only gone waits while other files turn up: in a move of many files it may be any of them."""

WHOLE = b""


@dataclass(slots=True)
class _Watched:
    """A root that is watched: when which of its paths are due, until when those that have only gone may wait, and what is looked at twice.

    That are the folders in `again`, and what has made the root suspect (`is_doubted`: for the first time).
    """

    root: Root
    state: RootWatch
    due: dict[bytes, float] = field(default_factory=dict)
    gone: dict[bytes, float] = field(default_factory=dict)
    again: set[bytes] = field(default_factory=set)
    is_doubted: bool = False
    full_at: float | None = None

    @property
    def waiting(self) -> int:
        """How many changed paths wait for a look."""
        return len(self.due) - (WHOLE in self.due)

    def take(self, now: float) -> list[bytes]:
        """The paths that are due; a look at the whole root is one at them all."""
        taken = [path for path, due in self.due.items() if due <= now]
        for path in taken:
            del self.due[path]
        return [WHOLE] if WHOLE in taken else taken


class Watching:
    """One run of watching: hears of changes, waits until files are quiet, and has them looked at."""

    def __init__(self, world: World, state: WatchState, command: WatchRootsCommand) -> None:
        """Nothing is watched before `follow`."""
        self.world, self.state, self.command = world, state, command
        self.settings = world.get_settings(FsSettings)
        self.watched: dict[int, _Watched] = {}
        self.woken = asyncio.Event()
        self.listener = FolderListener(self.ring)
        self.began = utc_now()

    def ring(self, number: int, paths: Collection[bytes], gone: bool) -> None:  # noqa: FBT001 - the shape of `Ring`
        """Something has changed: it is looked at once it has been quiet for the time of settling."""
        one = self.watched.get(number)
        if one is None:
            return
        due = time.monotonic() + self.settings.settle_seconds
        for path in paths or (WHOLE,):
            if gone:  # what turns up elsewhere is looked at first, and so has moved
                one.due[path] = due + LATER_SECONDS
                one.gone.setdefault(path, due + GONE_SECONDS)
            else:
                one.due[path] = due
                one.gone.pop(path, None)
        one.state.waiting = one.waiting
        self.woken.set()

    async def follow(self) -> AsyncIterator[RootWatched]:
        """Watch until nobody listens any more."""
        try:
            async with self.listener:
                refresh_at = 0.0
                while True:
                    if time.monotonic() >= refresh_at:
                        for news in await self.refreshed(is_first=refresh_at == 0.0):
                            yield news
                        refresh_at = time.monotonic() + REFRESH_SECONDS
                    for news in [await self.look(one, paths) for one, paths in self.take()]:
                        yield news
                    await self.wait(refresh_at)
        finally:
            for number in self.watched:
                self.state.roots.pop(number, None)

    async def wait(self, until: float) -> None:
        """Wait for the next thing to do."""
        moments = [until, *(moment for one in self.watched.values() for moment in one.due.values())]
        try:
            await asyncio.wait_for(self.woken.wait(), max(0.0, min(moments) - time.monotonic()))
        except TimeoutError:
            return
        self.woken.clear()

    async def refreshed(self, *, is_first: bool) -> list[RootWatched]:
        """`refresh`; once watching has begun, what goes wrong with it does not end it."""
        try:
            return await self.refresh(is_first=is_first)
        except DamError as error:
            if is_first:
                raise
            logger.warning("The roots could not be read: %s", error)
            return []

    async def refresh(self, *, is_first: bool) -> list[RootWatched]:
        """Watch the roots that are new, and no longer those that are not there."""
        roots = [root for root in await self.world.database.read(read_roots) if root.storage_type == StorageType.IN_PLACE]
        names = {root.name for root in roots}
        if is_first and (unknown := [name for name in self.command.roots if name not in names]):
            raise UsageError(f"There is no root '{unknown[0]}'; `dam roots` lists them.")
        wanted = {root.id: root for root in roots if not self.command.roots or root.name in self.command.roots}
        for number in [number for number, one in self.watched.items() if number not in wanted or wanted[number].path != one.root.path]:
            self.listener.remove(number)
            del self.watched[number], self.state.roots[number]
        news = []
        for number, root in wanted.items():
            if number in self.watched:
                self.watched[number].root = root
                continue
            one = self.watched[number] = _Watched(root, RootWatch(root.name, "offline"))
            self.state.roots[number] = one.state
            await self.begin(one)
            if one.state.mode != "offline" and root.scanned_at is not None and (self.command.catch_up or not is_first):
                one.due[WHOLE] = 0.0
            elif one.state.mode == "live":  # somebody looks through it now, and may have been where something has changed since
                await self.notice_changes(one, self.began if root.scanned_at is not None else root.created_at)
            one.full_at = time.monotonic()
            news.append(RootWatched(root.name, one.state.mode, one.state.message))
        self.plan()
        return news

    async def notice_changes(self, one: _Watched, since: datetime) -> None:
        """Have what has changed since then looked at: the system tells only of what happens from now on."""
        since_ns = int((since.timestamp() - AGAIN_SECONDS) * 1e9)  # the clocks of file systems go in steps
        rules, library = ignore_rules(self.settings), os.fsencode(self.world.settings.data_directory)
        try:
            changed = await asyncio.to_thread(changed_since, one.root.path, since_ns, rules, (library,))
        except (DamError, OSError) as error:
            one.state.message = str(error)
            return
        if changed:
            self.ring(one.root.id, changed, gone=False)

    def plan(self) -> None:
        """Have the roots looked through whose time has come: those that are polled or offline often, all others seldom."""
        for one in self.watched.values():
            often = one.state.mode != "live"
            pause = self.settings.poll_seconds if often else self.settings.scavenge_seconds
            if one.full_at is not None and WHOLE not in one.due:
                one.due[WHOLE] = one.full_at + pause

    async def begin(self, one: _Watched) -> None:
        """Begin to watch a root, live where that is possible."""
        state, number = one.state, one.root.id
        if not await reachable(self.world, [one.root]):
            state.mode, state.message = "offline", "it cannot be reached; it is tried again"
            return
        try:
            reason = await asyncio.to_thread(why_polled, one.root.path)
            if reason is None:
                await self.listener.add(number, one.root.path)
        except OSError as error:
            reason = f"the system does not watch it ({error})"
        state.mode, state.message = ("live", None) if reason is None else ("polled", reason)

    def take(self) -> list[tuple[_Watched, list[bytes]]]:
        """What is due, root by root; what has only gone waits until nothing that turned up does, in any root."""
        now = time.monotonic()
        due = [(one, one.take(now)) for one in self.watched.values()]
        waiting = [(one, path) for one in self.watched.values() for path in one.due if path != WHOLE]
        taken = [(one, path) for one, paths in due for path in paths]
        if any(path not in one.gone for one, path in waiting + taken):
            for one, paths in due:
                for path in [path for path in paths if one.gone.get(path, now) > now]:
                    paths.remove(path)
                    one.due[path] = now + LATER_SECONDS
        return sorted(((one, paths) for one, paths in due if paths), key=lambda pair: all(path in pair[0].gone for path in pair[1]))

    async def look(self, one: _Watched, paths: list[bytes]) -> RootWatched:
        """Look at what is due in one root."""
        root, state = one.root, one.state
        was = state.mode
        if was == "offline":
            await self.begin(one)
        wanted = to_look_at(paths)
        try:
            await self.notice_folders(one, wanted)
            command = IndexPathsCommand(tuple(Path(os.fsdecode(root.path + b"/" + path if path else root.path)) for path in wanted))
            found = await self.index(command)
            summary: IndexSummary | None = found
            one.is_doubted = bool(found.suspect) and not one.is_doubted
            if one.is_doubted:  # a move may be under way; in a moment the files may have been found elsewhere, so nobody is alarmed
                one.due[WHOLE] = time.monotonic() + AGAIN_SECONDS
            if state.mode == "live":
                state.message = found.suspect[0] if found.suspect and not one.is_doubted else None
        except RootOfflineError as error:
            state.mode, state.message, summary = "offline", str(error), None
            self.listener.remove(root.id)
        except DamError as error:
            state.message, summary = str(error), None
        except Exception as error:
            logger.exception("Looking at the root %s has failed", root.name)
            state.message, summary = f"{type(error).__name__}: {error}", None
        for path in paths:
            one.gone.pop(path, None)
        state.waiting, state.looked_at = one.waiting, time.time()
        if WHOLE in wanted or summary is None:
            one.full_at = time.monotonic()
            self.plan()
        return RootWatched(root.name, state.mode, state.message, summary)

    async def index(self, command: IndexPathsCommand) -> IndexSummary:
        """Have paths looked at."""
        summary: IndexSummary = (await self.world.dispatch_command(command)).one()
        return summary

    async def notice_folders(self, one: _Watched, wanted: tuple[bytes, ...]) -> None:
        """Look at folders twice: what came into a new one before the system watched it was not told."""
        if not await reachable(self.world, [one.root]):
            return
        root = Path(os.fsdecode(one.root.path))
        folders = await asyncio.to_thread(lambda: [part for part in wanted if part and (root / os.fsdecode(part)).is_dir()])
        for folder in folders:
            if folder in one.again:
                one.again.discard(folder)
            else:
                one.again.add(folder)
                one.due.setdefault(folder, time.monotonic() + max(AGAIN_SECONDS, self.settings.settle_seconds))


@system(on_command=WatchRootsCommand)
async def handle_watch_roots(command: WatchRootsCommand, world: World, state: WatchState) -> AsyncGenerator[Any, None]:
    """Watch until the conversation is closed."""
    async for news in Watching(world, state, command).follow():
        yield news


@system(on_command=PlanWatchCommand)
async def handle_plan_watch(_command: PlanWatchCommand, world: World) -> list[dict[str, Any]]:
    """Say how each root that can be reached would be watched."""
    roots = [root for root in await world.database.read(read_roots) if root.storage_type == StorageType.IN_PLACE]
    rows = []
    for root in await reachable(world, roots):
        reason = await asyncio.to_thread(why_polled, root.path)
        rows.append({"name": root.name, "mode": "live" if reason is None else "polled", "message": reason})
    return rows
