"""Cursors: where a page of a list ended, as a word that a client hands back unread.

A cursor holds the sort key of the last row (keyset paging), so the next page costs what the first one costs, and rows that arrive
meanwhile cause neither gaps nor repeats. The text is URL-safe base64 (RFC 4648, section 5, unpadded) of a JSON array.
"""

from __future__ import annotations

import base64
import json
import re

from dam.core.exceptions import UsageError

CursorValue = None | int | float | str | bytes

LONGEST_CURSOR = 16_384
"""Characters; more than any sort key needs, little enough to be refused cheaply."""

_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+")
_BYTES = "bytes"


def encode_cursor(values: tuple[CursorValue, ...]) -> str:
    """The values as one URL-safe word that `decode_cursor` reads back unchanged."""
    plain = [{_BYTES: base64.b64encode(value).decode()} if isinstance(value, bytes) else value for value in values]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[CursorValue, ...]:
    """The values of a cursor; raises UsageError when it is not one that `encode_cursor` made."""
    try:
        return tuple(_value(item) for item in _items(text))
    except (ValueError, RecursionError) as error:
        raise UsageError("The cursor is not one that this list gave out; start again without a cursor.") from error


def _items(text: str) -> list[object]:
    if len(text) > LONGEST_CURSOR or not _URL_SAFE.fullmatch(text):
        raise ValueError("not URL-safe base64")
    match json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "surrogatepass")):
        case [*items]:
            return items
        case _:
            raise ValueError("not an array")


def _value(item: object) -> CursorValue:
    match item:
        case bool():
            raise ValueError("a truth value is no sort key")
        case None | int() | float() | str():
            return item
        case {"bytes": str(encoded), **rest} if not rest:
            return base64.b64decode(encoded, validate=True)
        case _:
            raise ValueError("a nested value is no sort key")
