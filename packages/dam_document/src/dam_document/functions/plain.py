"""Plain texts of every kind (Markdown, CSV, source code, calendars ...) and RTF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_document.functions.reading import Full, Reading, new_reading, value

LARGEST_TEXT = 8 << 20
"""Bytes of a text that are looked at."""
GUESSED_BY = 64 << 10
"""Bytes by which an unknown encoding is guessed."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"""<(?:meta[^>]{0,200}charset|\?xml[^>]{0,200}encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_HEADING = re.compile(r"^#\s+(.+?)\s*#*$|^(\S.*)\n={3,}\s*$", re.MULTILINE)


def read_plain(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text, in whatever encoding it is; a first heading of Markdown is its title."""
    reading = new_reading("csv" if content.mime_type == "text/csv" else "text", settings)
    with content.open() as file:
        data = file.read(LARGEST_TEXT)
    text = decoded(data)
    if text.startswith("\0") or text.count("\0") > len(text) // 10:
        raise ContentUnsupportedError("The bytes are no text.")
    reading.text.truncated = content.size > len(data)
    heading = _HEADING.search(text[:4096]) if content.mime_type in ("text/plain", "text/markdown") else None
    if heading is not None and not text.startswith("#!"):
        reading.format, reading.title = "markdown", value(heading[1] or heading[2])
    with suppress(Full):
        reading.text.add(text)
    return reading


def read_rtf(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text in RTF; pictures in it are passed over."""
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415 - for RTF alone

    reading = new_reading("rtf", settings)
    with content.open() as file:
        data = file.read(LARGEST_TEXT)
    reading.text.truncated = content.size > len(data)
    for name, word in (("title", b"title"), ("author", b"author"), ("subject", b"subject")):
        found = re.search(rb"\{\\" + word + rb" ([^{}\\]{1,1000})\}", data[: 1 << 16])
        setattr(reading, name, value(found[1].decode("cp1252", "replace")) if found else None)
    source = re.sub(rb"[0-9a-fA-F\s]{4000,}", b" ", data).decode("latin-1")  # pictures, as hexadecimal digits
    try:
        text = str(rtf_to_text(source, encoding="cp1252", errors="replace"))  # type: ignore[no-untyped-call]  # it has no types
    except Exception as error:  # whatever a library without a list of its errors raises
        raise ContentCorruptError(f"The RTF cannot be read ({reason_of(error)}).") from error
    with suppress(Full):
        reading.text.add(text)
    return reading


def decoded(data: bytes) -> str:
    """Bytes as text: by their mark, as what they declare, as UTF-8, else as what fits best."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    found = _DECLARED.search(data[:2048])
    if found is not None:
        with suppress(LookupError, UnicodeError):
            return data.decode(found[1].decode("ascii"), "strict")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 4:  # cut off within a character
            return data.decode("utf-8", "replace")
    return data.decode(_guessed(data[:GUESSED_BY]), "replace")


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - it is slow to load, and few texts need it

    if all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in data[:4096]) and sum(byte >= 0x80 for byte in data[:4096]) * 20 < len(
        data[:4096]
    ):
        return "cp1252"  # a few accents among plain letters
    best = from_bytes(data).best()
    return best.encoding if best is not None else "cp1252"
