"""`FolderListener`: hears from the system, in a thread of its own, that something has changed beneath folders."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dam_fs.functions.event_queue import event_queues, is_filling, stood_still

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

logger = logging.getLogger(__name__)

DEBOUNCE_MS = 50
STEP_MS = 1
PAUSE = 0.025
FLOOD = 1000
"""So many changes at once have come so fast that the system's queue (16,384 events) may have lost some; that, watchfiles does not tell."""
_DELETED = 3

Ring = Callable[[int, Collection[bytes], bool], None]
"""Told of each change: number of the folder, paths beneath it (none: something was missed, look at all), whether they only went."""


class FolderListener:
    """Watches folders by watchfiles, whose native threads take the events while Python is busy.

    What it says is a hint: that something may have changed at a path. One thread listens for all folders.
    """

    def __init__(self, ring: Ring) -> None:
        """`ring` is called in the event loop."""
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[bytes, RustNotify]] = {}
        self._queues: list[int] = []
        self._ended: list[RustNotify] = []  # the thread closes them: one that is being listened to cannot be closed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="dam-watch", daemon=True)

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Listen no more."""
        for number in list(self._watched):
            self.remove(number)
        self._stopped.set()
        await asyncio.shield(asyncio.to_thread(self._thread.join))

    async def add(self, number: int, folder: bytes) -> None:
        """Watch a folder and all below it. Raises OSError when the system refuses, mostly for its limit of watches."""
        self.remove(number)
        notify = await asyncio.to_thread(_watch, folder)
        with self._lock:
            self._watched[number] = folder, notify
        self._queues = event_queues()

    def remove(self, number: int) -> None:
        """Watch a folder no more."""
        with self._lock:
            _, notify = self._watched.pop(number, (b"", None))
            if notify is not None:
                self._ended.append(notify)

    def _listen(self) -> None:
        measured = time.monotonic(), time.process_time()
        while not self._stopped.wait(PAUSE):
            with self._lock:
                watched = list(self._watched.items())
            for number, (folder, notify) in watched:
                reason, measured = self._why_missed(*measured), (time.monotonic(), time.process_time())
                if reason is not None:
                    logger.warning("Changes of files may have been missed, for %s: all that is watched is looked at.", reason)
                    for one, _ in watched:
                        self._call(one, (), gone=False)
                try:
                    changes = notify.watch(DEBOUNCE_MS, STEP_MS, 1, None)
                except RuntimeError:  # it has met an error, or a name that is no text: all is looked at
                    self._call(number, (), gone=False)
                    self._renew(number, folder, notify)
                    continue
                if isinstance(changes, set):
                    self._tell(number, folder, changes)
                    if len(changes) >= FLOOD:
                        self._call(number, (), gone=False)
            self._close_ended()
        self._close_ended()

    def _why_missed(self, measured: float, used: float) -> str | None:
        """Why the system may have told less than has happened since the queues were measured; None where nothing speaks for it."""
        still = time.monotonic() - measured
        if stood_still(still, time.process_time() - used):
            return f"the process stood still for {still:.1f} seconds"
        return "the system's queue of them is full" if any(map(is_filling, self._queues)) else None

    def _close_ended(self) -> None:
        with self._lock:
            ended, self._ended = self._ended, []
        for notify in ended:
            notify.close()
        if ended:
            self._queues = event_queues()

    def _tell(self, number: int, folder: bytes, changes: set[tuple[int, str]]) -> None:
        there: set[bytes] = set()
        gone: set[bytes] = set()
        for kind, name in changes:
            path = os.fsencode(name)
            if path == folder or path.startswith(folder + b"/"):
                (gone if kind == _DELETED else there).add(path[len(folder) + 1 :])
        for paths, only_gone in ((there, False), (gone - there, True)):
            if paths:
                self._call(number, paths, gone=only_gone)

    def _call(self, number: int, paths: Collection[bytes], *, gone: bool) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._ring, number, paths, gone)

    def _renew(self, number: int, folder: bytes, before: RustNotify) -> None:
        """Begin anew: one that has met an error does not go on."""
        try:
            notify = _watch(folder)
        except OSError:
            return  # the look at all that was asked for finds out why
        with self._lock:
            is_watched = self._watched.get(number, (b"", None))[1] is before
            if is_watched:
                self._watched[number] = folder, notify
            self._ended.append(before if is_watched else notify)


def _watch(folder: bytes) -> RustNotify:
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError  # noqa: PLC0415 - only who watches loads it

    try:
        return RustNotify([os.fsdecode(folder)], False, False, 0, True, True)  # noqa: FBT003 - it takes them by position alone
    except WatchfilesRustInternalError as error:
        raise OSError(str(error)) from error
