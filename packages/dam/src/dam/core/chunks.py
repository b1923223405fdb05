"""Many things, a few at a time: a statement takes only so many values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

CHUNK = 500
"""Values in one statement: far fewer than any database takes, and enough that there are few statements."""


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in their order, so many at a time; the last ones may be fewer."""
    waiting = iter(items)
    while some := list(islice(waiting, size)):
        yield some
