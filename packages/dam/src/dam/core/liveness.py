"""Who a process is, so that another process on the same machine can tell whether it still lives."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """The running system and the numbering of processes in it; a text that is nobody else's where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116 - it is no path of a file
    except OSError:
        return f"unknown/{os.urandom(8).hex()}"


def identity() -> str:
    """This process: its machine, its number, and when it began, since numbers come again."""
    return f"{machine()}/{os.getpid()}/{_begun(os.getpid())}"


def has_ended(other: str) -> bool:
    """Whether the process of that identity is certainly gone; False when it lives or nobody here can know."""
    place, _, rest = other.rpartition("/")
    where, _, number = place.rpartition("/")
    if where != machine() or not number.isdecimal():
        return False
    return _begun(int(number)) != rest


def _begun(process_id: int) -> str:
    """When a process began, in ticks since the system did; "" when there is none, or it is dead and not buried. See proc_pid_stat(5)."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
