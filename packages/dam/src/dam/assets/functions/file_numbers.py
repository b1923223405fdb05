"""Numbers that a file system or an archive tells of a file, as a database keeps them: in 64 bits with a sign."""

from __future__ import annotations

LAST_TIME = (1 << 63) - 1
"""Nanoseconds since 1970 up to April 2262; disks keep later times too."""


def signed(number: int) -> int:
    """An inode or a device, which has no sign. Doing it twice changes nothing."""
    return number - (1 << 64) if number >= 1 << 63 else number


def kept_time(nanoseconds: int) -> int:
    """A time in nanoseconds since 1970; one that no database can hold is the last, or first, that it can."""
    return max(-LAST_TIME, min(nanoseconds, LAST_TIME))
