"""Read files again as a whole, and tell rot from an edit."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dam.assets.functions.beneath import open_beneath
from dam.assets.functions.file_numbers import kept_time
from dam.core.exceptions import ContentUnreadableError, PathNotFoundError
from dam_fs.functions.presence import is_gone

BUFFER_BYTES = 1 << 20


class Outcome(StrEnum):
    """What reading a file again has shown.

    `sound`: its bytes are those that are known; `rot`: nothing has touched it, but they are others; `changed`: somebody has edited it;
    `gone`: it is not there; `unreadable`: the disk or the system does not give its bytes; `unknown`: its whole folder cannot be
    reached, or reading was stopped.
    """

    SOUND = "sound"
    ROT = "rot"
    CHANGED = "changed"
    GONE = "gone"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Expected:
    """A location and how its file must look: `content` is its SHA-256, the times are nanoseconds.

    `stored` files are named by their content, so nobody edits them. `times_last` is False where the file system does not keep the
    time of the last change.
    """

    location_id: int
    entity_id: int
    root: bytes
    path: bytes
    content: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    stored: bool
    times_last: bool = True

    def looks_alike(self, found: os.stat_result) -> bool:
        """Whether a file looks as it did when its content was read."""
        same = (found.st_size, kept_time(found.st_mtime_ns)) == (self.size, self.mtime_ns)
        return same and (not self.times_last or kept_time(found.st_ctime_ns) == self.ctime_ns)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a check: `found` is the SHA-256 that was read, if it is another one; `message` why the file cannot be read."""

    expected: Expected
    outcome: Outcome
    found: bytes | None = None
    message: str | None = None


class Pace:
    """Lets threads together read at most so many bytes a second; 0 is without limit."""

    def __init__(self, rate: int) -> None:
        """Begin now."""
        self._rate = rate
        self._lock = threading.Lock()
        self._due = time.monotonic()

    def spend(self, size: int) -> None:
        """Wait until so many bytes more may have been read."""
        if not self._rate:
            return
        with self._lock:
            now = time.monotonic()
            self._due = max(self._due, now) + size / self._rate
            pause = self._due - now
        if pause > 0:
            time.sleep(pause)


_buffers = threading.local()


def hash_open_file(descriptor: int, pace: Pace, stopped: Callable[[], bool]) -> bytes | None:
    """The SHA-256 of an open file from its beginning, read into one buffer a thread; None when it was stopped. Raises OSError."""
    buffer = getattr(_buffers, "buffer", None)
    if buffer is None:
        buffer = _buffers.buffer = memoryview(bytearray(BUFFER_BYTES))
    sha256 = hashlib.sha256()
    while size := os.readv(descriptor, [buffer]):
        if stopped():
            return None
        sha256.update(buffer[:size])
        pace.spend(size)
    return sha256.digest()


def check_file(expected: Expected, pace: Pace, stopped: Callable[[], bool] = lambda: False) -> Checked:
    """Read a file again. One that looks edited is not read: indexing it again is what it needs."""
    try:
        descriptor = open_beneath(expected.root, expected.path)
    except PathNotFoundError:
        gone = is_gone(expected.root, expected.path)
        return Checked(expected, Outcome.GONE if gone else Outcome.UNKNOWN)
    except ContentUnreadableError as error:
        return Checked(expected, Outcome.UNREADABLE, message=str(error))
    try:
        if not expected.stored and not expected.looks_alike(os.fstat(descriptor)):
            return Checked(expected, Outcome.CHANGED)
        found = hash_open_file(descriptor, pace, stopped)
        after = os.fstat(descriptor)
    except OSError as error:
        return Checked(expected, Outcome.UNREADABLE, message=f"The disk does not give its bytes: {error.strerror}.")
    finally:
        os.close(descriptor)
    if found is None:
        return Checked(expected, Outcome.UNKNOWN)
    if found == expected.content:
        return Checked(expected, Outcome.SOUND)
    if not expected.stored and not expected.looks_alike(after):
        return Checked(expected, Outcome.CHANGED)
    return Checked(expected, Outcome.ROT, found)
