"""Pages that are made for a printer: XPS (ECMA-388), and what PostScript says of itself (DSC 3.0)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from dam.core.analysis import Content
from dam_document.functions.office import add_core
from dam_document.functions.package import Package, local, parse_xml
from dam_document.functions.plain import decoded
from dam_document.functions.reading import Full, Reading, Text, iso_moment, new_reading, value

PROLOGUE = 64 << 10
PROGRAM = "PostScript is a program, which is never run here: its pages are not drawn and its text is not read."
_COMMENT = re.compile(r"^%%(Title|Creator|For|Pages|CreationDate): *(.+?)\s*$", re.MULTILINE)


class _Glyphs(ContentHandler):
    """The text of a fixed page: each run of glyphs says in Unicode what it shows (ECMA-388, 12.1)."""

    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text
        self._line = ""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name that SAX asks for
        if local(name) != "Glyphs":
            return
        line = attrs.get("OriginY", "")
        self._text.add(" " if line == self._line else "\n")
        self._line = line
        self._text.add(attrs.get("UnicodeString", "").removeprefix("{}"))


def read_xps(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read an XPS document."""
    reading = new_reading("xps", settings)
    with Package(content) as package, suppress(Full):
        reading.members = package.entries()
        add_core(reading, package)
        pages = package.names(r"(?i).+\.fpage")
        reading.pages = len(pages)
        for name in pages:
            with package.open(name) as member:
                parse_xml(member, _Glyphs(reading.text))
            reading.text.add("\n\n")
            if reading.text.truncated:
                break
    return reading


def read_postscript(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read what a PostScript file says of itself in its comments."""
    reading = new_reading("postscript", settings)
    with content.open() as file:
        head = decoded(file.read(PROLOGUE))
        file.seek(max(0, content.size - PROLOGUE))
        tail = decoded(file.read(PROLOGUE))
    told: dict[str, str] = {}
    for name, text in _COMMENT.findall(head + "\n" + tail):
        if text != "(atend)":
            told.setdefault(name, text.strip("()"))
    reading.title, reading.author, reading.producer = value(told.get("Title")), value(told.get("For")), value(told.get("Creator"))
    reading.created = iso_moment(told.get("CreationDate"))
    pages = told.get("Pages", "").split(" ")[0]
    reading.pages = int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 7 and int(pages) else None
    reading.unread = PROGRAM
    return reading
