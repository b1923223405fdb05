"""Texts, slides and tables of today's office programs: Office Open XML (ECMA-376) and OpenDocument (OASIS 1.3), read as streams."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_document.functions.package import Package, Values, local, parse_xml, read_values
from dam_document.functions.reading import LOCKED, WRONG_PASSWORD, Full, Reading, Text, iso_moment, new_reading, value, values
from dam_document.functions.sealed import SealedPackage, read_seals

CORE = ("title", "creator", "subject", "description", "keywords", "language", "created", "modified")
"""Dublin Core in `docProps/core.xml` (ECMA-376 part 2, 11)."""
ODF_META = ("title", "initial-creator", "creator", "subject", "description", "keyword", "language", "creation-date", "date", "generator")
"""OpenDocument 1.3 part 3, 4.3."""


ODF_KINDS = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}


class TextInside(ContentHandler):
    """Gathers what stands in some elements; others end a line, a cell, or are passed over."""

    def __init__(self, text: Text, inside: Collection[str], *, skip: Collection[str] = (), lines: Collection[str] = ("p", "h")) -> None:
        """Gather what is in elements of these local names; those in `lines` end one, and cells of a table are parted by tabs."""
        super().__init__()
        self._text, self._inside, self._skip, self._lines = text, frozenset(inside), frozenset(skip), frozenset(lines)
        self._depth = self._skipped = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: ARG002, N802 - as SAX asks for it
        """Begin an element."""
        name = local(name)
        self._skipped += name in self._skip
        self._depth += name in self._inside
        if name in ("tab", "s") and not self._skipped:
            self._text.add("\t" if name == "tab" else " ")
        elif name in ("br", "cr", "line-break") and not self._skipped:
            self._text.add("\n")

    def characters(self, content: str) -> None:
        """Take text."""
        if self._depth and not self._skipped:
            self._text.add(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        """End an element."""
        name = local(name)
        self._skipped -= name in self._skip
        self._depth -= name in self._inside
        if name in self._lines:
            self._text.add("\n")
        elif name in ("tc", "table-cell"):
            self._text.add("\t")


def read_docx(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text of Word: the document, then headers, footers, notes and comments."""
    reading = new_reading("docx", settings)
    with Package(content) as package:
        reading.members = package.entries()
        add_core(reading, package)
        told = read_values(package, "docProps/app.xml", ("Pages", "Application"))
        reading.pages = _number(told.first("Pages"))
        reading.producer = value(told.first("Application"))
        parts = package.names(r"word/document\d*\.xml") + package.names(r"word/(?:header|footer|footnotes|endnotes|comments)\d*\.xml")
        _gather(package, parts, reading, lambda: TextInside(reading.text, ("t",), skip=("Fallback",), lines=("p",)))
        reading.has_scripts = bool(package.names(r"word/vbaProject\.bin"))
    return reading


def read_pptx(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read slides of PowerPoint, and their notes."""
    reading = new_reading("pptx", settings)
    with Package(content) as package:
        reading.members = package.entries()
        add_core(reading, package)
        reading.producer = value(read_values(package, "docProps/app.xml", ("Application",)).first("Application"))
        slides = package.names(r"ppt/slides/slide\d+\.xml")
        reading.pages = len(slides)
        _gather(
            package, slides + package.names(r"ppt/notesSlides/notesSlide\d+\.xml"), reading,
            lambda: TextInside(reading.text, ("t",), skip=("Fallback",), lines=("p",)),
        )  # fmt: skip
        reading.has_scripts = bool(package.names(r"ppt/vbaProject\.bin"))
    return reading


def read_odf(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text, a table or slides in OpenDocument; an encrypted one, when its password is given."""
    reading = new_reading(next((short for word, short in ODF_KINDS.items() if word in content.mime_type), "odf"), settings)
    with Package(content) as package:
        reading.members = package.entries()
        seals = read_seals(package)
        if not seals:
            _add_odf(reading, package)
            return reading
    reading.encrypted, password = True, settings.get("password")
    if password is None:
        reading.problem = LOCKED
        return reading
    with SealedPackage(content, password, seals) as sealed:
        if sealed.is_opened("content.xml"):
            _add_odf(reading, sealed)
        else:
            reading.problem = WRONG_PASSWORD
    return reading


def _add_odf(reading: Reading, package: Package) -> None:
    _add_odf_facts(reading, read_values(package, "meta.xml", (*ODF_META, "document-statistic")))
    if "content.xml" not in package:
        raise ContentCorruptError("The document has no text part (content.xml): take it from a backup if there is one.")
    counter = (OdfSheets if reading.format == "ods" else OdfText)(reading.text)
    parts = ["content.xml"] + ["styles.xml"] * (reading.format == "odt" and "styles.xml" in package)  # it has headers and footers
    _gather(package, parts, reading, lambda: counter)
    if reading.format != "odt" and not reading.text.truncated:
        reading.pages = counter.pages or None
    reading.has_scripts = bool(package.names(r"Basic/.+\.xml"))


def read_flat_odf(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read OpenDocument that is one XML file (OpenDocument 1.3 part 3, 3.1.1)."""
    reading = new_reading("odf", settings)
    told = Values((*ODF_META, "document-statistic", "document"))
    with content.open() as file:
        parse_xml(file, told)
    kind = told.attributes.get("document", {}).get("mimetype", "")
    reading.format = "f" + next((short for word, short in ODF_KINDS.items() if word in kind), "odf")
    _add_odf_facts(reading, told)
    counter = (OdfSheets if reading.format == "fods" else OdfText)(reading.text)
    with content.open() as file:
        parse_xml(file, counter)
    if reading.format != "fodt" and not reading.text.truncated:
        reading.pages = counter.pages or None
    return reading


class OdfText(TextInside):
    """The text of OpenDocument: its pages are counted as it goes, and a note stands on a line of its own."""

    page = "draw:page"

    def __init__(self, text: Text, lines: Collection[str] = ("p", "h")) -> None:
        """Gather into `text`."""
        super().__init__(text, ("p", "h"), skip=("tracked-changes", "note-citation", "page-number", "page-count"), lines=lines)
        self.pages = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        """Begin an element."""
        self.pages += name == self.page
        if name == "text:note-body" and not self._skipped:
            self._text.add("\n")
        super().startElement(name, attrs)


class OdfSheets(OdfText):
    """The tables of OpenDocument: the name of each sheet, and a line for each of its rows."""

    page = "table:table"

    def __init__(self, text: Text) -> None:
        """Gather into `text`."""
        super().__init__(text, lines=("table-row",))

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        """Begin an element."""
        if name == "table:table":
            self._text.add(attrs.get("table:name", "")[:200] + "\n")
        elif name == "text:p":
            self._text.add(" ")
        super().startElement(name, attrs)


def _gather(package: Package, parts: list[str], reading: Reading, handler: Callable[[], ContentHandler]) -> None:
    """Read the parts one after the other until there is enough text; one that is damaged ends it with the problem, and keeps the rest."""
    if not parts:
        raise ContentCorruptError("The document's text is not in it: take it from a backup if there is one.")
    with suppress(Full):
        for name in parts:
            if reading.text.truncated:
                return
            try:
                with package.open(name) as member:
                    parse_xml(member, handler())
            except (ContentCorruptError, ContentRefusedError) as error:
                if name == parts[0] and not str(reading.text):
                    raise
                reading.problem = str(error)
                return
            reading.text.add("\n")


def add_core(reading: Reading, package: Package) -> None:
    """Add what an Open Packaging document says of itself (ECMA-376 part 2, 11)."""
    told = read_values(package, "docProps/core.xml", CORE)
    reading.title, reading.author, reading.subject = (value(told.first(name)) for name in ("title", "creator", "subject"))
    reading.description, reading.language = value(told.first("description")), value(told.first("language"))
    reading.keywords = values(told.first("keywords"))
    reading.created, reading.modified = iso_moment(told.first("created")), iso_moment(told.first("modified"))


def _add_odf_facts(reading: Reading, told: Values) -> None:
    reading.title, reading.subject, reading.language = (value(told.first(name)) for name in ("title", "subject", "language"))
    reading.author = value(told.first("initial-creator") or told.first("creator"))
    reading.description, reading.producer = value(told.first("description")), value(told.first("generator"))
    reading.keywords = values(",".join(told.found.get("keyword", [])))
    reading.created, reading.modified = iso_moment(told.first("creation-date")), iso_moment(told.first("date"))
    reading.pages = _number(told.attributes.get("document-statistic", {}).get("page-count"))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isascii() and text.strip().isdigit() and len(text) < 9 else None
