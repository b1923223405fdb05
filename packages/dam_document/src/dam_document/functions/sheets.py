"""Tables: today's workbooks (ECMA-376 part 1, 18), read as streams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_document.functions.office import add_core
from dam_document.functions.package import Package, local, parse_xml, read_values
from dam_document.functions.reading import Full, Reading, Text, new_reading, value

MOST_STRINGS = 2_000_000
MOST_STRING_CHARACTERS = 32 << 20

_DATES = re.compile(r"(?:\[[^\]]*\]|\"[^\"]*\"|[^ymdh\[\"])*[ymdh]", re.IGNORECASE)
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of formats that show a date or a time (ECMA-376 part 1, 18.8.30)."""


class _Strings(ContentHandler):
    """The shared strings: one an `si`, of which phonetic readings (`rPh`) are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._in_text = self._in_reading = False
        self._size = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: ARG002, N802 - as SAX asks for it
        name = local(name)
        if name == "si":
            self._pieces = []
        self._in_reading = self._in_reading or name == "rPh"
        self._in_text = name == "t" and not self._in_reading

    def characters(self, content: str) -> None:
        if self._in_text:
            self._pieces.append(content)
            self._size += len(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        name = local(name)
        self._in_text = False
        if name == "rPh":
            self._in_reading = False
        elif name == "si":
            self.strings.append("".join(self._pieces))
            if len(self.strings) > MOST_STRINGS or self._size > MOST_STRING_CHARACTERS:
                raise Full


class _Formats(ContentHandler):
    """Which cell formats show dates: the indexes into `cellXfs`."""

    def __init__(self) -> None:
        super().__init__()
        self.dates: set[int] = set()
        self._codes = set(_BUILT_IN_DATES)
        self._in_cells, self._index = False, 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        name = local(name)
        number = attrs.get("numFmtId", "")
        if name == "numFmt" and number.isdigit() and _DATES.match(attrs.get("formatCode", "")[:200]):
            self._codes.add(int(number))
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            if number.isdigit() and int(number) in self._codes:
                self.dates.add(self._index)
            self._index += 1

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        self._in_cells = self._in_cells and local(name) != "cellXfs"


class _Cells(ContentHandler):
    """The cells of a sheet as lines of text, parted by tabs."""

    def __init__(self, text: Text, strings: list[str], dates: set[int], *, since_1904: bool) -> None:
        super().__init__()
        self._text, self._strings, self._dates = text, strings, dates
        self._day_one = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no zone
        self._kind, self._style, self._open, self._cell = "", "", False, ""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        name = local(name)
        if name == "c":
            self._kind, self._style, self._cell = attrs.get("t", "n"), attrs.get("s", ""), ""
        self._open = name in ("v", "t")

    def characters(self, content: str) -> None:
        if self._open and len(self._cell) < 32_768:
            self._cell += content

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        name = local(name)
        self._open = False
        if name == "c" and self._cell:
            self._text.add(self._shown() + "\t")
        elif name == "row":
            self._text.add("\n")

    def _shown(self) -> str:
        if self._kind == "s" and self._cell.isdigit() and int(self._cell) < len(self._strings):
            return self._strings[int(self._cell)]
        if self._kind == "n" and self._style.isdigit() and int(self._style) in self._dates:
            with suppress(ValueError, OverflowError):
                moment = self._day_one + timedelta(days=float(self._cell))
                return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat(" ", "seconds")
        return self._cell


def read_xlsx(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a workbook: the names of its sheets and the values of its cells, dates as dates."""
    reading = new_reading("xlsx", settings)
    with Package(content) as package, suppress(Full):
        reading.members = package.entries()
        add_core(reading, package)
        reading.producer = value(read_values(package, "docProps/app.xml", ("Application",)).first("Application"))
        reading.has_scripts = bool(package.names(r"xl/vbaProject\.bin"))
        workbook = _Sheets()
        _parse(package, "xl/workbook.xml", workbook)
        strings, formats = _Strings(), _Formats()
        _parse(package, "xl/sharedStrings.xml", strings)
        _parse(package, "xl/styles.xml", formats)
        sheets = package.names(r"xl/worksheets/sheet\d*\.xml")
        reading.pages = len(workbook.names) or len(sheets) or None
        if not sheets:
            raise ContentCorruptError("The workbook holds no sheet: take it from a backup if there is one.")
        for number, name in enumerate(sheets):
            reading.text.add("".join(workbook.names[number : number + 1]) + "\n")
            try:
                _parse(package, name, _Cells(reading.text, strings.strings, formats.dates, since_1904=workbook.since_1904))
            except (ContentCorruptError, ContentRefusedError) as error:
                if number == 0:
                    raise
                reading.problem = str(error)
            if reading.text.truncated:
                break
            reading.text.add("\n")
    return reading


class _Sheets(ContentHandler):
    """The names of the sheets, and from when dates count."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.since_1904 = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        if local(name) == "sheet" and len(self.names) < 10_000:
            self.names.append(attrs.get("name", "")[:200])
        elif local(name) == "workbookPr":
            self.since_1904 = attrs.get("date1904", "") in ("1", "true", "on")


def _parse(package: Package, name: str, handler: ContentHandler) -> None:
    if name in package:
        with package.open(name) as member:
            parse_xml(member, handler)
