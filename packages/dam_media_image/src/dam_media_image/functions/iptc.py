"""The IPTC-IIM of a picture under ExifTool's tag names.

Pillow finds and splits the datasets (JPEG and TIFF). Source: IPTC-NAA Information Interchange Model 4.2; names as in
https://exiftool.org/TagNames/IPTC.html. A further dataset is one line in the table.
"""

from __future__ import annotations

import re
from typing import Any

from PIL import ImageFile, IptcImagePlugin

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
_DATES = frozenset({30, 37, 47, 55, 62})
_TIMES = frozenset({35, 38, 60, 63})
_UTF_8 = b"\x1b%G"


def read_iptc(picture: ImageFile.ImageFile) -> dict[str, Any]:
    """Read the IPTC-IIM of an opened JPEG or TIFF: text, and lists of text for what can be there several times.

    Raises what Pillow raises on broken datasets; the caller keeps the reason.
    """
    datasets = IptcImagePlugin.getiptcinfo(picture) or {}
    encoding = "utf-8" if _UTF_8 in _many(datasets.get((1, 90))) else None
    fields: dict[str, Any] = {}
    for (record, number), raw in datasets.items():
        name = _NAMES.get(number) if record == 2 else None
        if name is None:
            continue
        values = [value for value in (_value(number, item, encoding) for item in _many(raw)) if value]
        if values:
            fields[name.rstrip("*")] = values if name.endswith("*") else values[-1]
    return fields


def _many(raw: bytes | list[bytes] | None) -> list[bytes]:
    return [item for item in (raw if isinstance(raw, list) else [raw]) if item]


def _value(number: int, raw: bytes, encoding: str | None) -> str | None:
    text = clean_text(raw, encoding)
    if text and number in _DATES:
        return re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1:\2:\3", text)
    if text and number in _TIMES:
        return re.sub(
            r"^(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?$", lambda m: f"{m[1]}:{m[2]}:{m[3]}" + (f"{m[4]}:{m[5]}" if m[4] else ""), text
        )
    return text
