"""Documents that are ZIP files inside, read within limits: members and bytes are counted, whatever the file claims."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Self
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it ships none
from defusedxml import sax as safe_sax

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_document.functions.reading import Full, tidy

MOST_MEMBERS = 20_000
MOST_BYTES = 128 << 20
"""Bytes of all members that are unpacked for one document."""

BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError, KeyError)
"""What `zipfile` raises for a damaged file, by the place of the damage."""


class Package:
    """The members of a ZIP file."""

    def __init__(self, content: Content, budget: int = MOST_BYTES) -> None:
        """Open it; raises ContentCorruptError, and ContentRefusedError for one with too many members."""
        self._file = io.BufferedReader(content.open())  # type: ignore[type-var]  # an unbuffered file is raw
        self.left = budget
        try:
            self._zip = zipfile.ZipFile(self._file)
        except BROKEN as error:
            self._file.close()
            raise ContentCorruptError(
                f"The document's packing is damaged ({reason_of(error)}): take it from a backup if there is one."
            ) from error
        if len(self._zip.infolist()) > MOST_MEMBERS:
            self.close()
            raise ContentRefusedError(f"The document was not opened: it holds more than {MOST_MEMBERS:,} parts.")

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def __enter__(self) -> Self:
        """Be open."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        self.close()

    def __contains__(self, name: str) -> bool:
        """Whether there is a member of that name."""
        return name in self._zip.NameToInfo

    def names(self, pattern: str) -> list[str]:
        """The members whose whole name fits a regular expression, those with numbers in the order of these, then of their names."""
        found = [name for name in self._zip.namelist() if re.fullmatch(pattern, name)]
        return sorted(set(found), key=lambda name: ([int(digits) for digits in re.findall(r"\d{1,9}", name)], name))

    def entries(self) -> list[dict[str, Any]]:
        """The members as they are listed, in the form of `ArchiveMetadataComponent`; folders are none."""
        listed = (info for info in self._zip.infolist() if not info.is_dir())
        return [{"name": tidy(info.filename), "size": info.file_size, "encrypted": bool(info.flag_bits & 1)} for info in listed]

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Read a member as a stream; raises ContentCorruptError, and ContentRefusedError when the document unpacks to too much."""
        try:
            with self._zip.open(name) as member:
                yield _Counted(member, self)  # type: ignore[misc]  # it can read, and nothing else is asked of it
        except BROKEN as error:
            raise ContentCorruptError(f"A part of the document is damaged ({name[:80]}: {reason_of(error)}).") from error

    def read(self, name: str, most: int = 16 << 20) -> bytes:
        """A small member whole: at most so many bytes of it."""
        with self.open(name) as member:
            return member.read(most)


class _Counted:
    """A member that says when the document has unpacked to more than it may."""

    def __init__(self, member: IO[bytes], package: Package) -> None:
        self._member, self._package = member, package

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._member.read(min(size, self._package.left + 1) if size >= 0 else self._package.left + 1)
        self._package.left -= len(data)
        if self._package.left < 0:
            raise ContentRefusedError("The document was not read: it unpacks to more than 128 MiB.")
        return data

    def close(self) -> None:
        """Nothing to do: the package closes its members."""


def parse_xml(source: IO[bytes], handler: ContentHandler) -> None:
    """Feed XML to a handler; `Full` from the handler ends it.

    Entities and external references are refused. Raises ContentCorruptError and ContentRefusedError.
    """
    try:
        safe_sax.parse(source, handler, forbid_entities=True, forbid_external=True)
    except Full:
        return
    except DefusedXmlException as error:
        raise ContentRefusedError("The document was not read: its XML declares entities, which documents have no use for.") from error
    except SAXException as error:
        raise ContentCorruptError(f"The XML in the document is damaged ({reason_of(error)}).") from error


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2]


class Values(ContentHandler):
    """Gathers the text of elements by their local names: {"title": ["..."]}."""

    def __init__(self, wanted: Sequence[str]) -> None:
        """Look for elements of these local names."""
        super().__init__()
        self._wanted = frozenset(wanted)
        self._open: str | None = None
        self.found: dict[str, list[str]] = {}
        self.attributes: dict[str, dict[str, str]] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name that SAX asks for
        """Begin an element."""
        if local(name) in self._wanted:
            self._open = local(name)
            if len(self.found.setdefault(self._open, [])) < 100:
                self.found[self._open].append("")
            self.attributes.setdefault(self._open, {local(key): text for key, text in attrs.items()})

    def characters(self, content: str) -> None:
        """Take text."""
        if self._open is not None and len(self.found[self._open][-1]) < 10_000:
            self.found[self._open][-1] += content

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        """End an element."""
        if local(name) == self._open:
            self._open = None

    def first(self, name: str) -> str | None:
        """The text of the first element of that name."""
        return next(iter(self.found.get(name, [])), None)


def read_values(package: Package, name: str, wanted: Sequence[str]) -> Values:
    """The text of elements in a member that need not be there."""
    handler = Values(wanted)
    if name in package:
        with package.open(name) as member:
            parse_xml(member, handler)
    return handler
