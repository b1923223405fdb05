"""Plain texts of every kind (Markdown, CSV, source code, calendars ...) and RTF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_document.functions.reading import Full, Reading, iso_moment, new_reading, value, values

LARGEST_TEXT = 8 << 20
"""Bytes of a text that are looked at."""
GUESSED_BY = 64 << 10
"""Bytes by which an unknown encoding is guessed."""

FORMATS = {
    "text/csv": "csv", "application/json": "json", "application/x-ndjson": "jsonl", "text/xml": "xml", "application/xml": "xml",
    "text/x-c": "c", "text/x-c++": "c++", "text/x-script.python": "python", "text/x-java": "java", "text/x-shellscript": "shell",
    "text/x-tex": "tex", "text/x-ruby": "ruby", "text/x-perl": "perl", "text/x-php": "php", "text/x-makefile": "make",
    "text/x-diff": "diff", "text/vtt": "vtt", "text/troff": "troff", "text/x-lisp": "lisp", "text/x-msdos-batch": "batch",
    "application/x-subrip": "srt", "text/x-ssa": "ass",
}  # fmt: skip
"""MIME type of a text → its format; any other is a text."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"""<(?:meta[^>]{0,200}charset|\?xml[^>]{0,200}encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
FRONT_MATTER = 16 << 10
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_SETTING = re.compile(r"^(\w+):[ \t]+(\S.*?)\s*$", re.MULTILINE)
_BESIDE = re.compile(r"\\(?:header|footer)[lrf]?(?![a-z])|\\footnote(?![a-z])")
"""Headers, footers and notes in RTF."""
_HEADING = re.compile(r"^#\s+(.+?)\s*#*$|^(\S.*)\n={3,}\s*$", re.MULTILINE)


def read_plain(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text, in whatever encoding it is; a first heading of Markdown is its title."""
    reading = new_reading(FORMATS.get(content.mime_type, "text"), settings)
    data = content.read(LARGEST_TEXT)
    text = decoded(data)
    if text.startswith("\0") or text.count("\0") > len(text) // 10:
        raise ContentUnsupportedError("The bytes are no text.")
    reading.text.truncated = content.size > len(data)
    heading = _HEADING.search(text[:4096]) if content.mime_type in ("text/plain", "text/markdown") else None
    if heading is not None and not text.startswith("#!"):
        reading.format, reading.title = "markdown", value(heading[1] or heading[2])
    _add_front_matter(reading, text)
    with suppress(Full):
        reading.text.add(text)
    return reading


def _add_front_matter(reading: Reading, text: str) -> None:
    """Add what a text says of itself between two lines of dashes at its beginning, as Markdown programs write it."""
    found = _FRONT_MATTER.match(text[:FRONT_MATTER])
    if found is None:
        return
    told = {name.lower(): said.strip("\"'[] ") for name, said in _SETTING.findall(found[1])}
    reading.title, reading.author = value(told.get("title")) or reading.title, value(told.get("author"))
    reading.created, reading.language = iso_moment(told.get("date")), value(told.get("lang"))
    reading.description, reading.format = value(told.get("description")), "markdown" if told.get("title") else reading.format
    listed = re.findall(r"^[ \t]+- (.+)$", found[1].partition("tags:")[2].split("\n\n")[0], re.MULTILINE)
    reading.keywords = values((told.get("tags") or told.get("keywords") or ",".join(listed)).replace('"', ""))


def read_rtf(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text in RTF; pictures in it are passed over."""
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415 - for RTF alone

    reading = new_reading("rtf", settings)
    data = content.read(LARGEST_TEXT)
    reading.text.truncated = content.size > len(data)
    for name, word in (("title", b"title"), ("author", b"author"), ("subject", b"subject")):
        found = re.search(rb"\{\\" + word + rb" ([^{}\\]{1,1000})\}", data[: 1 << 16])
        setattr(reading, name, value(found[1].decode("cp1252", "replace")) if found else None)
    reading.created, reading.modified = _rtf_moment(data, b"creatim"), _rtf_moment(data, b"revtim")
    source = re.sub(rb"[0-9a-fA-F\s]{4000,}", b" ", data).decode("latin-1")  # pictures, as hexadecimal digits
    source = _BESIDE.sub(r"\\par", source)  # the library leaves these out, and people search for them
    try:
        text = str(rtf_to_text(source, encoding="cp1252", errors="replace"))  # type: ignore[no-untyped-call]  # it has no types
    except Exception as error:  # whatever a library without a list of its errors raises
        raise ContentCorruptError(f"The RTF cannot be read ({reason_of(error)}).") from error
    with suppress(Full):
        reading.text.add(text)
    return reading


def _rtf_moment(data: bytes, word: bytes) -> str | None:
    found = re.search(rb"\{\\" + word + rb"((?:\\[a-z]{2,3}\d{1,4}){3,6})", data[: 1 << 16])
    told = dict(re.findall(rb"\\([a-z]+)(\d+)", found[1])) if found else {}
    parts = [int(told.get(name, b"0")) for name in (b"yr", b"mo", b"dy", b"hr", b"min", b"sec")]
    return iso_moment("{:04}{:02}{:02}{:02}{:02}{:02}".format(*parts)) if parts[0] else None


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
