"""How much an archive may make of itself: a limit for everything that a hostile one can blow up (zip bombs, lying sizes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dam.core.exceptions import ContentRefusedError

FLOOR = 1 << 20
"""What is no larger than this, in bytes, is never too much, whatever the ratio."""


class BudgetSpentError(ContentRefusedError):
    """The archive as a whole has reached a limit; no further member is read. `reason` is the limit's name."""

    def __init__(self, reason: str, message: str) -> None:
        """With the limit's name and a sentence."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one archive: members, bytes of all members, bytes unpacked for each packed one, and archives within archives."""

    entries: int = 50_000
    bytes: int = 64 << 30
    ratio: int = 200
    depth: int = 3

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Limits:
        """The limits in the settings of an analysis (`limits`), the default for each that is not there."""
        return cls(**settings.get("limits", {}))

    def too_many(self, count: int) -> None:
        """Raise BudgetSpentError when an archive has more members than are read."""
        if count > self.entries:
            message = f"The archive has more than {self.entries} members; raise `entries` of dam_archive to read it."
            raise BudgetSpentError("count", message)

    def too_deep(self, depth: int) -> None:
        """Raise BudgetSpentError for an archive within so many others that it is not opened any more."""
        if depth >= self.depth:
            message = f"The archive lies within {depth} others; raise `depth` of dam_archive to have it opened."
            raise BudgetSpentError("depth", message)

    def is_blown_up(self, unpacked: int, packed: int) -> bool:
        """Whether so many bytes are more than so many packed ones may become."""
        return unpacked > FLOOR and unpacked > self.ratio * max(1, packed)


class Meter:
    """Counts what an archive of `packed` bytes has become so far."""

    def __init__(self, limits: Limits, packed: int) -> None:
        """Nothing yet."""
        self.limits = limits
        self.unpacked = 0
        self._packed = packed

    def count(self, size: int) -> None:
        """Add bytes; raises BudgetSpentError when they are too many."""
        self.unpacked += size
        if self.unpacked > self.limits.bytes:
            message = f"The members together have more than {self.limits.bytes} bytes; raise `bytes` of dam_archive to read them."
            raise BudgetSpentError("size", message)
        if self.limits.is_blown_up(self.unpacked, self._packed):
            message = f"The archive unpacks to more than {self.limits.ratio} times its size, as a bomb does; it is not read any further."
            raise BudgetSpentError("ratio", message)
