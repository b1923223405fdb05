"""JSON documents that somebody else wrote: what of them a database keeps unchanged."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from dam.core.exceptions import UsageError

LARGEST = 256 * 1024
"""Bytes of one namespace's JSON in UTF-8."""
DEEPEST = 32
_NAMESPACE = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_namespace(name: str) -> None:
    """Raise UsageError unless the name is a lower-case word with underscores, of at most 64 characters."""
    if not _NAMESPACE.fullmatch(name):
        raise UsageError(f"'{name}' is no name for a namespace; use lower-case words joined by underscores.")


def check_document(namespace: str, document: Any) -> dict[str, Any]:
    """The document as it will be kept; raises UsageError for what is no JSON object, too large, too deep, or not text everywhere.

    Numbers must be finite (RFC 8259, section 6), and text free of zero bytes and lone surrogates, which PostgreSQL's jsonb refuses.
    """
    if not isinstance(document, dict):
        raise UsageError(f"The metadata of '{namespace}' must be a JSON object, not {type(document).__name__}.")
    kept: dict[str, Any] = _checked(document, namespace, 0)
    size = len(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LARGEST:
        raise UsageError(f"The metadata of '{namespace}' is {size} bytes of JSON; at most {LARGEST} are kept.")
    return kept


def _checked(value: Any, place: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise UsageError(f"{place} is nested deeper than {DEEPEST} levels.")
    match value:
        case None | bool():
            return value
        case int() if abs(value) < 2**63:
            return value
        case float() if math.isfinite(value):
            return value
        case str() if not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in value):
            return str(value)
        case list() | tuple():
            return [_checked(one, f"{place}[{index}]", depth + 1) for index, one in enumerate(value)]
        case dict() if all(isinstance(name, str) for name in value):
            return {_checked(name, place, depth): _checked(one, f"{place}.{name}", depth + 1) for name, one in value.items()}
        case _:
            raise UsageError(f"{place} is {value!r}, which JSON cannot carry.")
