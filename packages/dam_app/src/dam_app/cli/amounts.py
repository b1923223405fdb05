"""Amounts as people write them: a share (`5%`), a time (`90s`, `20m`, `2h`)."""

from __future__ import annotations

import re
from pathlib import Path

from dam.core.exceptions import UsageError

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_share(text: str) -> float:
    """A part of the whole, more than 0 and at most 1: `5%`, or `0.05`. Raises UsageError."""
    try:
        share = float(text.rstrip("% ")) / (100 if text.rstrip().endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise UsageError(f"'{text}' is no share; give one like 5% (more than 0, at most 100%).")
    return share


def parse_seconds(text: str) -> float:
    """A time in seconds: `90`, `90s`, `20m`, `2h` or `1d`. Raises UsageError."""
    found = _TIME.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"'{text}' is no time; give one like 90s, 20m or 2h.")
    return float(found[1]) * _SECONDS[found[2]]


def paths_and_query(words: list[str]) -> tuple[tuple[Path, ...], str]:
    """What of the words is a path (there is such a file, or it begins like one), and the rest as a search."""
    if "" in words:
        raise UsageError("A path or a search is empty; say which files are meant, or nothing for all.")
    paths = [word for word in words if word.startswith(("/", "./", "../", "~")) or Path(word).exists()]
    return tuple(map(Path, paths)), " ".join(word for word in words if word not in paths)
