"""Documents of the office programs of 1997 to 2003: texts of Word, slides of PowerPoint, tables of Excel."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_document.functions.message import LARGEST_ENCRYPTED, add_summary, opened_ole, stream
from dam_document.functions.reading import LOCKED, WRONG_PASSWORD, Full, Reading, new_reading

LARGEST_OLD_WORKBOOK = 64 << 20
"""Bytes; calamine holds a workbook whole."""
TEXT_CHARACTERS, TEXT_BYTES, SLIDE, MASTER = 0x0FA0, 0x0FA8, 0x03EE, 0x03F8
"""Types of PowerPoint's records: text in UTF-16 and in Latin-1, a slide, and what slides are made after (MS-PPT 2.13.24)."""
PROTECTED = 0x002F
"""The type of Excel's record FilePass, which comes before all that is encrypted (MS-XLS 2.4.117)."""
ENCRYPTED_TOKEN = 0xF3D1C4DF
"""What the stream "Current User" of an encrypted presentation says (MS-PPT 2.3.2)."""


def opened_by_password(content: Content, settings: Mapping[str, Any], reading: Reading) -> Reading:
    """Read an encrypted document by the password that is given; without one, what is known of it stays, and why there is no more."""
    password = settings.get("password")
    if password is None or content.size > LARGEST_ENCRYPTED:
        reading.encrypted, reading.problem = True, LOCKED
        return reading
    from dam_document.functions.unlocked import read_decrypted  # noqa: PLC0415 - it loads a library for this alone

    opened = read_decrypted(content, settings, password)
    if opened is None:
        reading.encrypted, reading.problem = True, WRONG_PASSWORD
    return opened or reading


def read_doc(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text of Word 97 to 2003: its piece table says where the text lies (MS-DOC 2.4.1)."""
    reading = new_reading("doc", settings)
    with opened_ole(content) as ole, suppress(Full):
        add_summary(ole, reading)
        main = stream(ole, "WordDocument")
        flags = int.from_bytes(main[0x0A:0x0C], "little")
        if flags & 0x0100:
            return opened_by_password(content, settings, reading)
        table = stream(ole, "1Table" if flags & 0x0200 else "0Table")
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


def read_ppt(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read slides of PowerPoint 97 to 2003, and their notes."""
    reading = new_reading("ppt", settings)
    with opened_ole(content) as ole, suppress(Full):
        add_summary(ole, reading)
        if int.from_bytes(stream(ole, "Current User")[12:16], "little") == ENCRYPTED_TOKEN:
            return opened_by_password(content, settings, reading)
        slides = 0
        for kind, data in _records(stream(ole, "PowerPoint Document")):
            slides += kind == SLIDE
            if kind in (TEXT_CHARACTERS, TEXT_BYTES):
                text = data.decode("utf-16-le" if kind == TEXT_CHARACTERS else "latin-1", "replace")
                reading.text.add(_plain(text) + "\n" if text.strip() != "*" else "")  # a star is where a number or a date is put
        reading.pages = slides or reading.pages
    return reading


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a presentation: containers by their type alone, for their own records follow; then those (MS-PPT 2.3.1)."""
    at = 0
    while at + 8 <= len(data):
        version, kind, length = struct.unpack_from("<HHI", data, at)
        is_container = version & 0xF == 0xF and kind != MASTER
        yield kind, b"" if is_container else data[at + 8 : at + 8 + length]
        at += 8 if is_container else 8 + length


def read_xls(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a workbook of Excel 97 to 2003."""
    import python_calamine  # noqa: PLC0415 - for these alone

    if content.size > LARGEST_OLD_WORKBOOK:
        raise ContentRefusedError("The workbook was not read: it is larger than 64 MiB.")
    reading = new_reading("xls", settings)
    with opened_ole(content) as ole:
        add_summary(ole, reading)
        book = stream(ole, "Workbook") if ole.exists("Workbook") else b""
    if _is_protected(book):
        return opened_by_password(content, settings, reading)
    data = content.read(LARGEST_OLD_WORKBOOK)
    try:
        with suppress(Full), python_calamine.load_workbook(io.BytesIO(data)) as workbook:
            reading.pages = len(workbook.sheet_names)
            for name in workbook.sheet_names:
                reading.text.add(name + "\n")
                for row in workbook.get_sheet_by_name(name).iter_rows():
                    reading.text.add("\t".join(str(cell) for cell in row if cell != "") + "\n")
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise ContentCorruptError(f"The workbook cannot be read ({reason_of(error)}): take it from a backup if there is one.") from error
    return reading


def _is_protected(book: bytes) -> bool:
    """Whether one of the first records says that those behind it are encrypted."""
    at = 0
    for _ in range(20):
        if at + 4 > len(book):
            return False
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == PROTECTED:
            return True
        at += 4 + length
    return False
