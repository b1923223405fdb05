"""Look at a root from a process of its own: a disk that hangs takes that with it, and nobody else.

This file is run as a program (`resources.prober`) for every look through a folder, so it imports only what Python has loaded anyway.
Questions and answers are sent as `marshal` writes them, with their length before them in four bytes: a question is the root and the
samples, an answer what it saw, as the fields of `functions.guard.Sight`.
"""

from __future__ import annotations

import errno
import marshal
import os
import stat
import sys

TOLERANCE_NS = 2_000_000_000
"""Not every disk keeps times more exactly than to two seconds."""
LENGTH_BYTES = 4


FAILING = {
    getattr(errno, name, None)
    for name in ("EIO", "ENODEV", "ENXIO", "ENOMEDIUM", "ESTALE", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENOTCONN", "EREMOTEIO")
}
"""Errors that say that a disk, or the way to it, has failed."""


def look(root: bytes, samples: list[tuple[bytes, int, int]]) -> dict[str, object]:
    """Looks at a root: whether it can be listed, which folder of which file system it is, and how many of the samples are there."""
    try:
        found = os.stat(root)  # noqa: PTH116 - the path is bytes
        if not stat.S_ISDIR(found.st_mode):
            return {"problem": "it is no folder"}
        with os.scandir(root) as entries:
            empty = next(entries, None) is None
        number = os.statvfs(root).f_fsid
        matching = sum(is_there(root + b"/" + path, size, mtime_ns) for path, size, mtime_ns in samples)
    except OSError as error:
        return {"problem": error.strerror or str(error)}
    return {"empty": empty, "numbers": [number, found.st_dev, found.st_ino], "matching": matching}


def is_there(path: bytes, size: int, mtime_ns: int) -> bool:
    """Whether a regular file of that size and time is there; raises OSError when the disk, not the path, is the reason that it is not."""
    try:
        found = os.lstat(path)
    except OSError as error:
        if error.errno in FAILING:
            raise
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size and abs(found.st_mtime_ns - mtime_ns) < TOLERANCE_NS


def main() -> None:
    """Answer until the input ends."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while length := questions.read(LENGTH_BYTES):
        answer = marshal.dumps(look(*marshal.loads(questions.read(int.from_bytes(length)))))  # noqa: S302 - it is our own program that asks
        answers.write(len(answer).to_bytes(LENGTH_BYTES) + answer)
        answers.flush()


if __name__ == "__main__":
    main()
