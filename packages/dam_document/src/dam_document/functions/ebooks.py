"""Electronic books beside EPUB: FictionBook 2, and what a Mobipocket or Kindle book says of itself."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError
from dam_document.functions.office import TextInside
from dam_document.functions.package import Values, parse_xml
from dam_document.functions.reading import Full, Reading, Text, iso_moment, new_reading, value, values

LINES = ("p", "v", "subtitle", "text-author")
PACKED = "The text of Mobipocket and Kindle books is packed in a way that is not read here."
LARGEST_HEADER = 64 << 10
AUTHOR, PUBLISHER, DESCRIPTION, SUBJECT, PUBLISHED, LANGUAGE, TITLE = 100, 101, 103, 105, 106, 524, 503
"""Numbers of what the header of a Mobipocket book says (EXTH)."""


class _Book(TextInside):
    """The text of a FictionBook; pictures are left out."""

    def __init__(self, text: Text) -> None:
        super().__init__(text, LINES, skip=("description", "binary"), lines=LINES)


class _Told(Values):
    """What a FictionBook says of itself first: of the book, before of the file."""

    def __init__(self) -> None:
        super().__init__(("book-title", "first-name", "last-name", "genre", "lang", "date", "keywords", "program-used"))

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name that SAX asks for
        if name == "body":
            raise Full
        super().startElement(name, attrs)


def read_fictionbook(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a book in FictionBook 2."""
    reading = new_reading("fb2", settings)
    told = _Told()
    with content.open() as file:
        parse_xml(file, told)
    reading.title, reading.language = value(told.first("book-title")), value(told.first("lang"))
    reading.author = value(f"{told.first('first-name') or ''} {told.first('last-name') or ''}")
    reading.created, reading.producer = iso_moment(told.first("date")), value(told.first("program-used"))
    reading.keywords = values(told.first("keywords") or ",".join(told.found.get("genre", [])))
    with content.open() as file:
        parse_xml(file, _Book(reading.text))
    return reading


def read_mobipocket(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read what a Mobipocket or Kindle book says of itself."""
    reading = new_reading("mobi", settings)
    reading.unread = PACKED
    with content.open() as file, suppress(struct.error, LookupError):
        head = file.read(86)
        begin = struct.unpack_from(">I", head, 78)[0]  # the first record's place (the list of records of a Palm database)
        if not 78 < begin < content.size:
            raise ContentCorruptError("The book is damaged: it says that its first part lies behind its end.")
        file.seek(begin)
        record = file.read(LARGEST_HEADER)
        reading.encrypted = struct.unpack_from(">H", record, 12)[0] != 0
        encoding = "utf-8" if struct.unpack_from(">I", record, 28)[0] == 65001 else "cp1252"
        place, length = struct.unpack_from(">II", record, 84)
        reading.title = value(record[place : place + min(length, 1000)].decode(encoding, "replace"))
        _add_told(reading, _told(record), encoding)
    return reading


def _told(record: bytes) -> dict[int, bytes]:
    """The values of the header's list, by their numbers."""
    found: dict[int, bytes] = {}
    at = 16 + struct.unpack_from(">I", record, 20)[0]
    if record[at : at + 4] != b"EXTH":
        return found
    count, at = struct.unpack_from(">I", record, at + 8)[0], at + 12
    for _ in range(min(count, 1000)):
        number, length = struct.unpack_from(">II", record, at)
        if length < 8:
            break
        found.setdefault(number, record[at + 8 : at + length])
        at += length
    return found


def _add_told(reading: Reading, told: Mapping[int, bytes], encoding: str) -> None:
    texts = {number: value(data.decode(encoding, "replace")) for number, data in told.items()}
    reading.title, reading.author = texts.get(TITLE) or reading.title, texts.get(AUTHOR)
    reading.producer, reading.description = texts.get(PUBLISHER), texts.get(DESCRIPTION)
    reading.language, reading.created = texts.get(LANGUAGE), iso_moment(texts.get(PUBLISHED))
    reading.keywords = values(texts.get(SUBJECT))
