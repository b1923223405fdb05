"""What a change of some rows was: pure functions over the rows before and after, and values as JSON keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Table

from dam.core.chunks import chunks
from dam.models.types import UTCDateTime

Ident = tuple[int, str]
"""A row: the number of what it is about, and the rest of its key as JSON."""


class Change(NamedTuple):
    """The same change of some rows: the rest of their key, what they said, what they say, and what they are about."""

    key: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    subjects: list[int]


def changes_between(before: Mapping[Ident, str], after: Mapping[Ident, str]) -> Iterator[Change]:
    """What has changed from one look at some rows to the next; rows that changed alike come together."""
    alike: dict[tuple[str, str | None, str | None], list[int]] = {}
    for ident in sorted(before.keys() | after.keys()):
        was, now = before.get(ident), after.get(ident)
        if was != now:
            alike.setdefault((ident[1], was, now), []).append(ident[0])
    for (key, was, now), subjects in alike.items():
        for some in chunks(subjects):
            yield Change(json.loads(key), json.loads(was) if was else None, json.loads(now) if now else None, some)


def as_text(values: Mapping[str, Any]) -> str:
    """Values of a row as one text, the same for the same values."""
    return json.dumps({name: _plain(value) for name, value in values.items()}, sort_keys=True)


def as_values(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The opposite, as the database takes the values of these columns."""
    return {name: _value(table.c[name], value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(column: Column[Any], value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(column.type, UTCDateTime) and isinstance(value, str) else value
