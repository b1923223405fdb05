"""Calendars (RFC 5545) and cards of people (RFC 6350): lines of names and values, as people would read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from dam.core.analysis import Content
from dam_document.functions.plain import LARGEST_TEXT, decoded
from dam_document.functions.reading import Full, Reading, iso_moment, new_reading, value

SHOWN = {
    "SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "DTEND", "DUE", "ORGANIZER", "ATTENDEE", "CATEGORIES", "COMMENT", "CONTACT", "URL",
    "X-WR-CALNAME", "FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "EMAIL", "TEL", "ADR", "BDAY", "NOTE",
}  # fmt: skip
"""What is text for people; pictures, keys and time zones are not."""
COUNTED = ("VEVENT", "VTODO", "VJOURNAL", "VCARD")
_ESCAPED = re.compile(r"\\([nN,;:\\])")


def read_calendar(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a calendar or cards: `pages` counts the entries, the title is that of the calendar or of the first entry."""
    data = content.read(LARGEST_TEXT)
    reading = new_reading("vcard" if content.mime_type == "text/vcard" else "ics", settings)
    reading.text.truncated, reading.pages = content.size > len(data), 0
    first: str | None = None
    with suppress(Full):
        for name, told in _lines(decoded(data)):
            if name == "BEGIN" and told.upper() in COUNTED:
                reading.pages += 1
                reading.text.add("\n")
            elif name == "PRODID":
                reading.producer = reading.producer or value(told)
            elif name in SHOWN:
                reading.title = reading.title or (value(told) if name == "X-WR-CALNAME" else None)
                first = first or (value(told) if name in ("SUMMARY", "FN") else None)
                if name == "DTSTART" and reading.created is None and reading.pages:
                    reading.created = iso_moment(told.replace("T", ""))
                reading.text.add(f"{_ESCAPED.sub(_plain, told)}\n")
    reading.title = reading.title or (value(_ESCAPED.sub(_plain, first)) if first else None)
    return reading


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Names and values; a line that begins with a blank continues the one before (RFC 5545, 3.1)."""
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name, colon, told = line.partition(":")
        if colon:
            yield name.partition(";")[0].rpartition(".")[2].upper(), told


def _plain(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]
