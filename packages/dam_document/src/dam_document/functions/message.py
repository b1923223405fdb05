"""Compound files (MS-CFB): messages of Outlook, what any of them says of itself, and encrypted documents of today."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import olefile

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError
from dam_document.functions.reading import LOCKED, MOST_NAMES, WRONG_PASSWORD, Full, Reading, new_reading, value, values

LARGEST_STREAM = 8 << 20
LARGEST_ENCRYPTED = 64 << 20
MOST_ENTRIES = 10_000
BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, UnicodeError, RecursionError)
"""What olefile raises for a damaged file, by the place of the damage."""
VECTOR = 0x1000
"""The mark of a property that is a list (MS-OLEPS 2.15)."""
PROPERTY = "__substg1.0_{:04X}{}"
"""The stream of a property: its number, then 001F for text in UTF-16, 001E for text in a code page, 0102 for bytes (MS-OXMSG 2.1)."""


class OleFile(olefile.OleFileIO):  # type: ignore[misc]  # it ships no types
    """A compound file whose properties are read but for vectors: none is wanted, and one may say to have billions of parts."""

    def _parse_property(self, data: bytes, offset: int, number: int, kind: int, *how: Any) -> Any:
        return None if kind & VECTOR else super()._parse_property(data, offset, number, kind, *how)


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
            body = markup_text(stream(ole, PROPERTY.format(0x1013, "0102")))
        reading.text.add(body or "")
        add_summary(ole, reading)
    return reading


def _folders(ole: OleFile, beginning: str) -> list[str]:
    return sorted({entry[0] for entry in ole.listdir() if entry[0].startswith(beginning)})[:MOST_NAMES]


def _property(ole: OleFile, number: int, folder: str = "") -> str | None:
    """A text property of the message, or of one of its parts."""
    for kind, encoding in (("001F", "utf-16-le"), ("001E", "cp1252")):
        name = [folder, PROPERTY.format(number, kind)] if folder else PROPERTY.format(number, kind)
        if ole.exists(name):
            return stream(ole, name).decode(encoding, "replace")
    return None


def stream(ole: OleFile, name: str | list[str]) -> bytes:
    """A stream whole, up to LARGEST_STREAM bytes."""
    with ole.openstream(name) as opened:
        data: bytes = opened.read(LARGEST_STREAM)
        return data


def add_summary(ole: OleFile, reading: Reading) -> None:
    """Add what a document says of itself: its summary information (MS-OLEPS 3)."""
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
        return _locked(content, LOCKED)
    from dam_document.functions.unlocked import read_decrypted  # noqa: PLC0415 - it loads a library for this alone

    reading = read_decrypted(content, settings, password)
    return _listed(content, reading) if reading is not None else _locked(content, WRONG_PASSWORD)


def _locked(content: Content, problem: str) -> Reading:
    """What can be told of an encrypted document: its parts, as they are listed, and why there is no more."""
    return _listed(content, Reading("encrypted", encrypted=True, problem=problem))


def _listed(content: Content, reading: Reading) -> Reading:
    """A reading with the parts of the file as it lies there, whether it could be opened or not."""
    with opened_ole(content) as ole:
        reading.members, reading.packing = entries(ole), "ole"
    return reading


def entries(ole: OleFile) -> list[dict[str, Any]]:
    """The streams and storages of a compound file, in the form of `ArchiveMetadataComponent`, a control character as its number."""
    listed = []
    for path in ole.listdir(streams=True, storages=True)[:MOST_ENTRIES]:
        name = "/".join(re.sub(r"[\x00-\x1f]", lambda found: f"[{ord(found[0])}]", part) for part in path)
        size = ole.get_size(path) if ole.get_type(path) == olefile.STGTY_STREAM else 0
        listed.append({"name": name, "size": size, "encrypted": False})
    return listed
