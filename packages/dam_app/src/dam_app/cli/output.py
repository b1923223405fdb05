"""What verbs print: a table on a terminal, JSON for programs. Data goes to stdout, all else to stderr."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from dam.core.exceptions import DamError

HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing (Unicode TR 36, section 2.5)."""


def harmless(text: str) -> str:
    """Text with hidden characters shown as their numbers, as in JSON: what a file says must not steer the terminal."""
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write(text: str) -> None:
    """Print a line to stdout; what the terminal cannot show is shown as a question mark."""
    _write(harmless(text))


def write_json(value: Any, *, line: bool = False) -> None:
    """Print a value as one JSON document, or as one line of JSON Lines."""
    text = json.dumps(value, ensure_ascii=False, indent=None if line else 2, default=str)
    _write("\n".join(map(harmless, text.split("\n"))))


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    except BrokenPipeError:
        raise  # the reader has gone away: typer ends the program quietly
    except OSError as error:
        silence()
        raise DamError(f"The output cannot be written: {error.strerror}.") from error


def silence() -> None:
    """Send the rest of stdout nowhere: it cannot be written, and Python must not try it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool, as_jsonl: bool) -> None:
    """Print rows: all of each as JSON, or these columns as a table."""
    if as_json:
        write_json(list(rows))
    elif as_jsonl:
        for row in rows:
            write_json(row, line=True)
    else:
        for text in table(rows, columns):
            write(text)


def table(rows: Iterable[dict[str, Any]], columns: Sequence[str], *, header: bool = True) -> list[str]:
    """Rows as aligned text; the last column is cut at the terminal's width."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    lines = ([[column.upper() for column in columns]] if header else []) + cells
    if not cells:
        return []
    widths = [max(width(line[index]) for line in lines) for index in range(len(columns))]
    room = shutil.get_terminal_size((100_000, 24)).columns if sys.stdout.isatty() else 100_000
    return [_cut("  ".join(_pad(cell, width_) for cell, width_ in zip(line, widths, strict=True)).rstrip(), room) for line in lines]


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _cut(text: str, room: int) -> str:
    while (excess := width(text) - room) > 0:
        text = text[: -((excess + 1) // 2)]  # a letter takes at most two columns, so never too many go at once
    return text


def _pad(text: str, wanted: int) -> str:
    return text + " " * (wanted - width(text))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return harmless(", ".join(map(str, value)))
    return harmless(str(value))


def number_text(number: int, thing: str) -> str:
    """A number of things for people: "1 file", "2 files"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def size_text(size: float | None) -> str:
    """A number of bytes for people."""
    if size is None:
        return "-"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
