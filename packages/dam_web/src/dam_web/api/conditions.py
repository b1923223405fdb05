"""Conditional requests: what entity tags in `If-Match` and `If-None-Match` ask for (RFC 9110, sections 8.8.3 and 13.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

ANY = "*"
_TAG = re.compile(r'(W/)?"([^"]*)"')


def has_already(if_none_match: Sequence[str] | None, etag: str) -> bool:
    """Whether the caller has the state of this entity tag already; weak tags count as strong ones."""
    if not if_none_match:
        return False
    return ANY in map(str.strip, if_none_match) or etag.strip('"') in [tag for tag, _ in _tags(if_none_match)]


def wanted_tags(if_match: Sequence[str] | None) -> list[str] | None:
    """What stands in the entity tags of which a change is meant for one; None when it is meant for whatever there is.

    A weak tag does not say which state exactly was seen, so it allows nothing.
    """
    if not if_match or ANY in map(str.strip, if_match):
        return None
    return [tag for tag, weak in _tags(if_match) if not weak]


def _tags(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The tags of a header, which may stand on several lines, and whether each is weak."""
    return ((found[2], bool(found[1])) for line in lines for found in _TAG.finditer(line))
