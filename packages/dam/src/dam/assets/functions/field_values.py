"""The values of query fields that are compared: what a person typed, as comparisons.

cues:12  cues:>100  cues:>=100  cues:<5  cues:10..20     numbers
size:>10MB  size:1.5GiB                                  with a unit of bytes, too
made:2024  made:2024-05  made:>2024-05-01  made:2020..2023   dates: a year, a month or a day is all of it
spoken:fr  spoken:pt*                                    text: upper and lower case are the same, * stands for anything
forced:yes  forced:no                                    yes or no
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dam.core.exceptions import UsageError

Kind = Literal["text", "number", "date", "bool"]
Operator = Literal["=", "like", "<", "<=", ">", ">="]

EXAMPLES: dict[Kind, str] = {
    "text": "word or wo*",
    "number": "12, >12, 10..20 or >10MB",
    "date": "2024, >2024-05-01 or 2020..2023",
    "bool": "yes or no",
}
YES, NO = ("yes", "true", "1"), ("no", "false", "0")

_COMPARED = re.compile(r"(?P<operator><=|>=|<|>|=)?(?P<value>.+)", re.DOTALL)
_UNIT = re.compile(r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>[kmgt])(?P<binary>i)?b?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_LARGEST = 2**63
"""Beyond it no database column holds a whole number."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that the column must fulfil."""

    operator: Operator
    value: Any


def comparisons(field: str, kind: Kind, text: str) -> list[Comparison]:
    """What a person typed after `field:`, as comparisons that must all hold; raises UsageError, with an example, for what is none."""
    try:
        if kind == "text":
            return [Comparison("like", text)]
        if kind == "bool":
            return [Comparison("=", _truth(text))]
        first, dots, last = text.partition("..")
        if dots:
            return [*_compared(kind, ">=", first), *_compared(kind, "<=", last)]
        found = _COMPARED.fullmatch(text)
        return _compared(kind, found["operator"] or "=", found["value"]) if found else []
    except (ValueError, OverflowError):
        raise UsageError(f"'{field}:{text}' is not understood; '{field}' is a {kind}, for example {field}:{EXAMPLES[kind]}.") from None


def _truth(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError(text)
    return text.lower() in YES


def _compared(kind: Kind, operator: str, text: str) -> list[Comparison]:
    if kind == "number":
        return [Comparison(operator, _number(text))]  # type: ignore[arg-type]  # the pattern finds operators alone
    begin, end = _span(text)
    return {
        "<": [Comparison("<", begin)],
        "<=": [Comparison("<", end)],
        ">": [Comparison(">=", end)],
        ">=": [Comparison(">=", begin)],
        "=": [Comparison(">=", begin), Comparison("<", end)],
    }[operator]


def _number(text: str) -> float:
    found = _UNIT.fullmatch(text)
    if found is not None:
        power = 1 + "kmgt".index(found["unit"].lower())
        value = float(found["value"]) * float((1024 if found["binary"] else 1000) ** power)
    else:
        value = int(text) if re.fullmatch(r"\s*[+-]?\d{1,19}\s*", text) else float(text)
    if not math.isfinite(value) or abs(value) >= _LARGEST:
        raise ValueError(text)
    return value


def _span(text: str) -> tuple[datetime, datetime]:
    """The moments at which a year, month or day begins and the next one does, in UTC."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    begin = datetime(year, month, day, tzinfo=UTC)
    if found[3]:
        return begin, begin + timedelta(days=1)
    if found[2]:
        return begin, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return begin, datetime(year + 1, 1, 1, tzinfo=UTC)
