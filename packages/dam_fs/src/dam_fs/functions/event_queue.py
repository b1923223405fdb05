"""How full the system's queues of changes are: one that runs over loses changes of whatever file, and watchfiles does not tell.

Linux joins only changes that are the same as the one before, so that a few files which are opened and closed very often fill a queue, too.
"""

from __future__ import annotations

import array
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

OPEN_FILES = "/proc/self/fd"
QUEUE = "anon_inode:inotify"
LIMIT = "/proc/sys/fs/inotify/max_queued_events"
MANY = 8
"""So many bytes for each event that a queue can hold: a quarter of what events with short names take."""


STILL_SECONDS = 0.5
"""A process that stood still for so long (stopped, frozen) finds a queue that may have run over, and is emptied before it is measured."""
RUNNING_SHARE = 0.1
"""A process that had a processor for more of the time was running: its native threads took what came, though Python was busy elsewhere."""
BEFORE = 0.05
"""Seconds of a processor that it may have used before it was stopped."""


def stood_still(seconds: float, used: float) -> bool:
    """Whether a process that could not measure its queues for so long was stopped in it; `used` is the seconds that it had a processor."""
    return seconds >= STILL_SECONDS and used < BEFORE + RUNNING_SHARE * seconds


def event_queues() -> list[int]:
    """The descriptors of the queues that this process has; none where the system is not Linux."""
    try:
        return [int(name) for name in os.listdir(OPEN_FILES) if _is_queue(int(name))]  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return []


def is_filling(queue: int) -> bool:
    """Whether so much waits in a queue that it may have run over, or soon will."""
    import fcntl  # noqa: PLC0415 - Windows has neither
    import termios  # noqa: PLC0415 - as above

    waiting = array.array("i", [0])
    try:
        fcntl.ioctl(queue, termios.FIONREAD, waiting)
    except OSError:  # closed meanwhile
        return False
    return waiting[0] >= _longest() * MANY and _is_queue(queue)


def _is_queue(descriptor: int) -> bool:
    with suppress(OSError):
        return os.readlink(f"{OPEN_FILES}/{descriptor}") == QUEUE  # noqa: PTH115 - it names no file
    return False


@cache
def _longest() -> int:
    """How many events a queue holds."""
    try:
        return int(Path(LIMIT).read_text())
    except OSError:
        return 16_384
