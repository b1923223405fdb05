"""What is seen of a file when its kind is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Glimpse(NamedTuple):
    """What is seen of a file: its first bytes, its size and its last bytes."""

    head: bytes
    size: int
    tail: bytes

    def at(self, offset: int, length: int) -> bytes:
        """The bytes at a place of the file; fewer where it ends, none where nothing was seen."""
        if offset >= 0 and offset + length <= len(self.head):
            return self.head[offset : offset + length]
        start = offset - (self.size - len(self.tail))
        return self.tail[start : start + length] if start >= 0 else self.head[max(offset, 0) : offset + length]


Rule = Callable[[Glimpse], str | None]
"""Answers with a MIME type, or None when it cannot tell. It reads only what is in the glimpse and survives any bytes."""
