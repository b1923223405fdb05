"""The IPTC-IIM of a picture under ExifTool's tag names.

Source: IPTC-NAA Information Interchange Model 4.2; names as in
https://exiftool.org/TagNames/IPTC.html. A further dataset is one line in the table.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

from dam_media_image.functions.exif_values import clean_text

# Dataset of record 2 -> ExifTool's name. A name that ends in "*" can be there several times and is always a list.
_NAMES: dict[int, str] = {
    3: "ObjectTypeReference",
    4: "ObjectAttributeReference*",
    5: "ObjectName",
    7: "EditStatus",
    8: "EditorialUpdate",
    10: "Urgency",
    12: "SubjectReference*",
    15: "Category",
    20: "SupplementalCategories*",
    22: "FixtureIdentifier",
    25: "Keywords*",
    26: "ContentLocationCode*",
    27: "ContentLocationName*",
    30: "ReleaseDate",
    35: "ReleaseTime",
    37: "ExpirationDate",
    38: "ExpirationTime",
    40: "SpecialInstructions",
    42: "ActionAdvised",
    45: "ReferenceService*",
    47: "ReferenceDate*",
    50: "ReferenceNumber*",
    55: "DateCreated",
    60: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    75: "ObjectCycle",
    80: "By-line*",
    85: "By-lineTitle*",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact*",
    120: "Caption-Abstract",
    121: "LocalCaption",
    122: "Writer-Editor*",
    130: "ImageType",
    131: "ImageOrientation",
    135: "LanguageIdentifier",
}
_VERSIONS = {(1, 0): "EnvelopeRecordVersion", (2, 0): "ApplicationRecordVersion"}
_DATES = frozenset({30, 37, 47, 55, 62})
_TIMES = frozenset({35, 38, 60, 63})
_UTF_8 = b"\x1b%G"
_RECORDS = frozenset({*range(1, 10), 240})


def read_iptc(block: bytes) -> dict[str, Any]:
    """Read a block of IPTC-IIM: text, numbers of versions, and lists of text for what can be there several times.

    Raises ValueError for a block that is not made of datasets.
    """
    datasets = list(_datasets(block))
    encoding = "utf-8" if any(raw == _UTF_8 for record, number, raw in datasets if (record, number) == (1, 90)) else None
    fields: dict[str, Any] = {}
    for record, number, raw in datasets:
        if (record, number) in _VERSIONS:
            if len(raw) == 2:
                fields[_VERSIONS[record, number]] = int.from_bytes(raw)
        elif record == 1 and number == 90:
            fields["CodedCharacterSet"] = "UTF8" if raw == _UTF_8 else raw.decode("latin-1")
        elif record == 2 and number in _NAMES:
            _add(fields, _NAMES[number], _value(number, raw, encoding))
    return fields


def _datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The datasets of a block: record, number, bytes (IIM 4.2, 1.5). Raises ValueError."""
    place = 0
    while place + 5 <= len(block) and block[place : place + 5].strip(b"\x00"):
        mark, record, number, length = struct.unpack_from(">BBBH", block, place)
        if mark != 0x1C or record not in _RECORDS:
            raise ValueError("it is not made of datasets")
        place += 5
        if length & 0x8000:  # an extended dataset: so many bytes hold its length
            count = length & 0x7FFF
            if count > 4:
                raise ValueError("a dataset is too long")
            length = int.from_bytes(block[place : place + count])
            place += count
        if length:
            yield record, number, block[place : place + length]
        place += length


def _add(fields: dict[str, Any], name: str, value: str | None) -> None:
    if not value:
        return
    if name.endswith("*"):
        fields.setdefault(name[:-1], []).append(value)
    else:
        fields[name] = value


def _value(number: int, raw: bytes, encoding: str | None) -> str | None:
    text = clean_text(raw, encoding)
    if text and number in _DATES:
        return re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1:\2:\3", text)
    if text and number in _TIMES:
        return re.sub(
            r"^(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?$", lambda m: f"{m[1]}:{m[2]}:{m[3]}" + (f"{m[4]}:{m[5]}" if m[4] else ""), text
        )
    return text
