"""Compound files (MS-CFB): messages of Outlook, what older office documents say of themselves, and encrypted documents."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import olefile

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_document.functions.reading import LOCKED, MOST_NAMES, WRONG_PASSWORD, Full, Reading, new_reading, value, values

LARGEST_STREAM = 8 << 20
LARGEST_ENCRYPTED = 64 << 20
BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, UnicodeError, RecursionError)
"""What olefile raises for a damaged file, by the place of the damage."""
PROPERTY = "__substg1.0_{:04X}{}"
"""The stream of a property: its number, then 001F for text in UTF-16, 001E for text in a code page, 0102 for bytes (MS-OXMSG 2.1)."""


class OleFile(olefile.OleFileIO):  # type: ignore[misc]  # it ships no types
    """A compound file whose properties are read but for vectors: none is wanted, and one may say to have billions of parts."""

    def _parse_property(self, data: bytes, offset: int, number: int, kind: int, *how: Any) -> Any:
        return None if kind & olefile.VT_VECTOR else super()._parse_property(data, offset, number, kind, *how)


@contextmanager
def opened_ole(content: Content) -> Iterator[OleFile]:
    """Open a compound file; raises ContentCorruptError, inside too."""
    with content.open() as file, io.BufferedReader(file) as buffered:  # type: ignore[type-var]  # an unbuffered file is raw
        try:
            with OleFile(buffered) as ole:
                yield ole
        except BROKEN as error:
            raise ContentCorruptError(f"The document is damaged ({reason_of(error)}): take it from a backup if there is one.") from error


def read_msg(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a message that Outlook has saved."""
    from dam_document.functions.web import markup_text  # noqa: PLC0415 - only messages in HTML need it

    reading = new_reading("msg", settings)
    with opened_ole(content) as ole, suppress(Full):
        reading.title, sender = value(_property(ole, 0x0037)), value(_property(ole, 0x0C1A))
        reading.author = sender
        receivers = [value(_property(ole, number)) for number in (0x0E04, 0x0E03)]
        reading.attachments = [
            name
            for folder in _folders(ole, "__attach")
            if (name := value(_property(ole, 0x3707, folder) or _property(ole, 0x3704, folder)))
        ]
        for part in (reading.title, sender, *receivers):
            reading.text.add(f"{part}\n" if part else "")
        body = _property(ole, 0x1000)
        if not body and ole.exists(PROPERTY.format(0x1013, "0102")):
            body = markup_text(_stream(ole, PROPERTY.format(0x1013, "0102")))
        reading.text.add(body or "")
        _add_summary(ole, reading)
    return reading


def _folders(ole: OleFile, beginning: str) -> list[str]:
    return sorted({entry[0] for entry in ole.listdir() if entry[0].startswith(beginning)})[:MOST_NAMES]


def _property(ole: OleFile, number: int, folder: str = "") -> str | None:
    """A text property of the message, or of one of its parts."""
    for kind, encoding in (("001F", "utf-16-le"), ("001E", "cp1252")):
        name = [folder, PROPERTY.format(number, kind)] if folder else PROPERTY.format(number, kind)
        if ole.exists(name):
            return _stream(ole, name).decode(encoding, "replace")
    return None


def _stream(ole: OleFile, name: str | list[str]) -> bytes:
    with ole.openstream(name) as stream:
        data: bytes = stream.read(LARGEST_STREAM)
        return data


def office_facts(content: Content, reading: Reading) -> None:
    """Add what an older office document says of itself: its summary information (MS-OLEPS 3)."""
    with opened_ole(content) as ole:
        _add_summary(ole, reading)


def _add_summary(ole: OleFile, reading: Reading) -> None:
    with suppress(*BROKEN):
        told = ole.get_metadata()
        reading.title = reading.title or value(_decoded(told.title))
        reading.author = reading.author or value(_decoded(told.author))
        reading.subject = value(_decoded(told.subject))
        reading.producer = value(_decoded(told.creating_application))
        reading.keywords = values(_decoded(told.keywords))
        if isinstance(told.num_pages, int) and 0 < told.num_pages < 1_000_000:
            reading.pages = told.num_pages
        for name, moment in (("created", told.create_time), ("modified", told.last_saved_time)):
            if isinstance(moment, datetime) and moment.year > 1980:
                setattr(reading, name, moment.isoformat())


def _decoded(text: Any) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text or "")


def read_encrypted(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read an encrypted document of today's office programs, when its password is given (MS-OFFCRYPTO 2.3.4)."""
    password = settings.get("password")
    if password is None or content.size > LARGEST_ENCRYPTED:
        return Reading("encrypted", encrypted=True, problem=LOCKED)
    from dam_document.functions.unlocked import read_decrypted  # noqa: PLC0415 - it loads a library for this alone

    reading = read_decrypted(content, settings, password)
    return reading or Reading("encrypted", encrypted=True, problem=WRONG_PASSWORD)


def read_doc(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text of Word 97 to 2003: its piece table says where the text lies (MS-DOC 2.4.1)."""
    reading = new_reading("doc", settings)
    with opened_ole(content) as ole, suppress(Full):
        _add_summary(ole, reading)
        main = _stream(ole, "WordDocument")
        flags = int.from_bytes(main[0x0A:0x0C], "little")
        if flags & 0x0100:
            reading.encrypted, reading.problem = True, "The document needs a password; the old encryption of Word is not read here."
            return reading
        table = _stream(ole, "1Table" if flags & 0x0200 else "0Table")
        place, size = (int.from_bytes(main[at : at + 4], "little") for at in (0x01A2, 0x01A6))
        for piece in _pieces(main, table[place : place + size]):
            reading.text.add(_plain(piece))
    return reading


def _pieces(main: bytes, clx: bytes) -> Iterator[str]:
    """The pieces of text that the piece table names: in UTF-16, or a byte a character."""
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:  # formats of pieces come first
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    if clx[at : at + 1] != b"\2":
        raise ContentUnsupportedError("The text is of a Word before 97, which is not read here; only the file itself is known.")
    places = clx[at + 5 : at + 5 + int.from_bytes(clx[at + 1 : at + 5], "little")]
    count = (len(places) - 4) // 12
    for number in range(count):
        begin, end = (int.from_bytes(places[4 * one : 4 * one + 4], "little") for one in (number, number + 1))
        entry = 4 * (count + 1) + 8 * number
        where = int.from_bytes(places[entry + 2 : entry + 6], "little")
        length = max(0, end - begin)
        if where & 0x40000000:
            where = (where & 0x3FFFFFFF) // 2
            yield main[where : where + length].decode("cp1252", "replace")
        else:
            yield main[where : where + 2 * length].decode("utf-16-le", "replace")


def _plain(text: str) -> str:
    """Text of Word without its signs: paragraphs and cells end lines, and instructions of fields are left out."""
    kept: list[str] = []
    depth = 0
    for one in text:
        if one == "\x13":
            depth += 1
        elif one in "\x14\x15":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append({"\r": "\n", "\x07": "\t", "\x0b": "\n", "\x0c": "\n\n"}.get(one, one))
    return "".join(kept)
