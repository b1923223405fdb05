"""What the parent of a worker's child sees of it from outside: its own children, the memory that they hold, what they have written.

Limits that a process puts on itself end at the process: what it starts begins anew, and memory that several share is nobody's. This is the
second line. Where there is no `/proc`, nothing is seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from dam.core.analysis import Analysis
from dam.core.exceptions import WorkerCrashedError
from dam.core.worker_messages import memory_error

MAXIMUM_PROCESSES = 64
MAXIMUM_SCRATCH = 4 << 30  # bytes that one run may write, all files together
ALLOWANCE = 128 << 20  # bytes: libraries that were loaded before the run
COUNTED = ("RssAnon:", "RssShmem:")


def overuse(analysis: Analysis, process_id: int, folders: Iterable[Path], growth: int) -> WorkerCrashedError | None:
    """What a run takes that it may not, or None. `growth` is how many bytes its process may have kept of earlier runs."""
    processes = [process_id, *descendants(process_id)]
    if len(processes) > MAXIMUM_PROCESSES:
        return WorkerCrashedError(f"{analysis.name} started too many processes for this file.")
    if held_bytes(processes) > analysis.memory + growth + ALLOWANCE:
        return memory_error(analysis.name)
    if written_bytes(folders) > MAXIMUM_SCRATCH:
        return WorkerCrashedError(f"{analysis.name} wrote more for this file than it may.")
    return None


def descendants(process_id: int) -> list[int]:
    """The processes that a process has started, and those have started; at most a few more than `MAXIMUM_PROCESSES`."""
    found: list[int] = []
    waiting = [process_id]
    while waiting and len(found) <= MAXIMUM_PROCESSES:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def _children(process_id: int) -> list[int]:
    """See proc_pid_task(5): each thread lists the processes that it has started."""
    found: list[int] = []
    try:
        with os.scandir(f"/proc/{process_id}/task") as threads:
            for thread in threads:
                found += map(int, Path(thread.path, "children").read_bytes().split())
    except OSError:
        pass  # it has ended
    return found


def held_bytes(process_ids: Iterable[int]) -> int:
    """The memory that processes hold and that no file backs; see proc_pid_status(5)."""
    return sum(map(_held, process_ids))


def _held(process_id: int) -> int:
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(COUNTED))
    except (OSError, ValueError):
        return 0  # it has ended


def written_bytes(folders: Iterable[Path]) -> int:
    """What lies in folders, as far as it takes room on the disk; stops counting at `MAXIMUM_SCRATCH`."""
    total = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                try:
                    total += os.lstat(os.path.join(place, name)).st_blocks << 9  # noqa: PTH118 - there may be very many
                except OSError:
                    continue  # it was removed meanwhile
            if total > MAXIMUM_SCRATCH:
                return total
    return total
