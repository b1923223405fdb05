"""What a test may leave behind in its process: threads, child processes, open files, temporary files; looking takes microseconds.

What fixtures of a wider scope have made (a browser, a database server) is not the test's: `shared` knows it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 5.0  # seconds that a thread or a child may take to end; nothing waits when all has ended

_temporary: list[str] = []


@dataclass(slots=True)
class Leftovers:
    """Threads, ids of child processes, and temporary files (by path) that there are."""

    threads: set[threading.Thread] = field(default_factory=set)
    children: set[int] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


shared = Leftovers()
"""What fixtures of a wider scope than one test have made."""


@functools.cache
def listen() -> None:
    """Know of every temporary file and folder that the module `tempfile` makes from now on."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("tempfile.mkstemp", "tempfile.mkdtemp"):
        _temporary.append(os.fsdecode(str(arguments[0])))


def look() -> Leftovers:
    """What there is now."""
    return Leftovers(set(threading.enumerate()), _children(), set(_temporary))


@contextlib.contextmanager
def sharing() -> Iterator[None]:
    """What is made inside belongs to nobody's test."""
    before = look()
    try:
        yield
    finally:
        after = look()
        shared.threads |= after.threads - before.threads
        shared.children |= after.children - before.children
        shared.files |= after.files - before.files


def problems(before: Leftovers, own_folder: Path | None) -> Iterator[str]:
    """What a test has left: each as a sentence. `own_folder` is the test's, where no file may stay open."""
    for thread in set(threading.enumerate()) - before.threads - shared.threads:
        if not thread.daemon and not thread.name.startswith("asyncio_"):  # those belong to the event loop, which ends after the test
            thread.join(GRACE)
            if thread.is_alive():
                yield f"the thread {thread.name!r} still runs"
    children = _children() - before.children - shared.children
    if children:
        yield from (f"the process {child} ({_command(child)}) still runs" for child in children if _goes_on(child))
    if own_folder is not None:
        if _open_files(str(own_folder)):
            gc.collect()  # a traceback may have held it
        yield from (f"{path} is still open (descriptor {number})" for number, path in _open_files(str(own_folder)))
    base = str(own_folder.parent) if own_folder is not None else None
    for path in set(_temporary) - before.files - shared.files:
        if not (base and path.startswith(base)) and "/pytest-of-" not in path and os.path.lexists(path):
            yield f"the temporary file {path} is still there"
    if len(_temporary) > 1000:
        _temporary[:] = [path for path in _temporary if os.path.lexists(path)]


def _children() -> set[int]:
    """The ids of this process's children, those that have ended and were not waited for among them; none where /proc has no list."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/self/task"):  # noqa: PTH208 - a list of names, many times a second
            with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/children", "rb") as listed:  # noqa: PTH123 - as above
                found.update(map(int, listed.read().split()))
    return found


def _goes_on(child: int) -> bool:
    """Whether a child still runs, after some time to end."""
    limit = time.monotonic() + GRACE
    while time.monotonic() < limit:
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False  # it has ended
        time.sleep(0.02)
    return True


def _command(child: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:100].strip()
    return "unknown"


def _open_files(folder: str) -> list[tuple[int, str]]:
    """The descriptors of open files in a folder."""
    found = []
    with contextlib.suppress(OSError):
        for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - as above
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115 - as above
                if target.startswith(folder + "/"):
                    found.append((int(number), target))
    return found
