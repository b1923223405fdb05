"""What a picture's metadata means: when, where, what it is called, how it was rated.

Where EXIF, IPTC and XMP disagree, EXIF goes first; XMP goes before IPTC, unless the IPTC was edited by a program that knows no XMP,
which the digest beside it gives away. Source: Metadata Working Group, Guidelines for Handling Image Metadata 2.0, chapter 5.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from dam_media_image.functions.facts import GeoPosition
from dam_media_image.functions.metadata import Metadata

_WHEN = re.compile(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?")
_CAMERA_TEXT = re.compile(  # what cameras and telephones write when nobody has said anything
    r"(?:OLYMPUS|KONICA MINOLTA|MINOLTA|SAMSUNG|JENOPTIK|SANYO|KODAK)? ?(?:DIGITAL CAMERA|CAMERA PICTURES)|SONY DSC|MVC-\d+|"
    r"Exif_JPEG_\w+|DCIM\W.*|hdr|sdr|default|cof|oznor\w*|mde|rhdr",
    re.IGNORECASE,
)
_IPTC_SHORTEST = 32  # the shortest limit of a text in IPTC-IIM
_OFFSET = re.compile(r"[+-]\d\d:\d\d|Z")


def orientation(found: Metadata) -> int:
    """The EXIF orientation, 1 to 8; 1 where it is missing or invalid."""
    value = found.exif.get("Orientation")
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def captured_at(found: Metadata) -> str | None:
    """When the picture was taken, as ISO 8601: EXIF's original date, else XMP's or IPTC's, else when it was digitised."""
    exif, xmp, iptc = found.exif, found.xmp, found.iptc
    created = f"{iptc['DateCreated']} {iptc.get('TimeCreated', '')}".strip() if "DateCreated" in iptc else None
    return (
        _moment(exif.get("DateTimeOriginal"), exif.get("SubSecTimeOriginal"), exif.get("OffsetTimeOriginal"))
        or _moment(xmp.get("DateTimeOriginal"))
        or _moment(_agreed(found, xmp.get("DateCreated"), created))
        or _moment(xmp.get("CreateDate"))
        or _moment(exif.get("CreateDate"), exif.get("SubSecTimeDigitized"), exif.get("OffsetTimeDigitized"))
    )


def _moment(value: Any, fraction: Any = None, offset: Any = None) -> str | None:
    match = _WHEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second, own_fraction, own_offset = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001  # the zone follows
    except ValueError:  # such as 0000:00:00 00:00:00, which cameras write before their clock is set
        return None
    digits = own_fraction or (str(fraction).strip() if fraction is not None else "")
    zone = own_offset or (offset.strip() if isinstance(offset, str) and _OFFSET.fullmatch(offset.strip()) else "")
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    return moment.isoformat() + (f".{digits[:6]}" if digits.isascii() and digits.isdigit() else "") + zone.replace("Z", "+00:00")


def title(found: Metadata) -> str | None:
    """The picture's title: XMP's or IPTC's, else Windows' own tag, else a PNG's text."""
    agreed = _agreed(found, found.xmp.get("Title"), found.iptc.get("ObjectName"))
    return _first(agreed, found.exif.get("XPTitle"), found.texts.get("Title"))


def description(found: Metadata) -> str | None:
    """What the picture shows, in words: EXIF's, unless a camera filled it in; else XMP's or IPTC's, else a PNG's text."""
    own = found.exif.get("ImageDescription")
    if isinstance(own, str) and _CAMERA_TEXT.fullmatch(own.strip()):
        own = None
    agreed = _agreed(found, found.xmp.get("Description"), found.iptc.get("Caption-Abstract"))
    return _first(own, agreed, found.texts.get("Description"))


def _agreed(found: Metadata, xmp: Any, iptc: Any) -> Any:
    """Of the same property in XMP and in IPTC the one that counts."""
    if not iptc or (xmp and found.iptc_is_current is not False):
        return xmp
    if isinstance(iptc, str) and isinstance(xmp, str) and len(iptc) >= _IPTC_SHORTEST and xmp.startswith(iptc):
        return xmp  # the same text, cut off at the length that IPTC allows
    return iptc


def _first(*values: Any) -> str | None:
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), None)


def keywords(found: Metadata) -> list[str]:
    """The keywords, each once: XMP's or IPTC's, else Windows' own tag.

    Those in levels ("animal|cat" in Lightroom's list) become "animal/cat", and their levels are not repeated as words.
    """
    flat = _words(_agreed(found, found.xmp.get("Subject"), found.iptc.get("Keywords")))
    if not flat:
        flat = _words(str(found.exif.get("XPKeywords") or "").split(";"))
    levels = [word.replace("/", "-").replace("|", "/") for word in _words(found.xmp.get("HierarchicalSubject"))]
    levels += _words(found.xmp.get("TagsList"))
    levels = [word for word in levels if "/" in word]
    covered = {part for word in levels for part in word.split("/")}
    kept = [word for word in levels if not any(other.startswith(f"{word}/") for other in levels)]
    return list(dict.fromkeys([*(word for word in flat if word not in covered), *kept]))


def _words(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    texts = (str(word).strip() for word in listed if isinstance(word, (str, int, float)))
    return list(dict.fromkeys(word for word in texts if word))


def rating(found: Metadata) -> int | None:
    """Stars, 0 to 5, or -1 for rejected; None where nobody has rated it."""
    for value in (found.xmp.get("Rating"), found.exif.get("Rating")):
        if isinstance(value, (int, float)) and -1 <= value <= 5:
            return round(value)
    return None


def geo(found: Metadata) -> GeoPosition | None:
    """Where the picture was taken, from EXIF, else from XMP; None where that is no place on earth."""
    return _exif_position(found.exif) or _xmp_position(found.xmp)


def _exif_position(exif: dict[str, Any]) -> GeoPosition | None:
    latitude = _signed(exif.get("GPSLatitude"), exif.get("GPSLatitudeRef"), "NS")
    longitude = _signed(exif.get("GPSLongitude"), exif.get("GPSLongitudeRef"), "EW")
    return _position(latitude, longitude, exif.get("GPSAltitude"), exif.get("GPSAltitudeRef"))


def _xmp_position(xmp: dict[str, Any]) -> GeoPosition | None:
    return _position(xmp.get("GPSLatitude"), xmp.get("GPSLongitude"), xmp.get("GPSAltitude"), xmp.get("GPSAltitudeRef"))


def _signed(value: Any, side: Any, sides: str) -> float | None:
    side = side.strip()[:1].upper() if isinstance(side, str) else ""
    if not isinstance(value, (int, float)) or side not in sides or not side:
        return None
    return -float(value) if side == sides[1] else float(value)


def _position(latitude: Any, longitude: Any, altitude: Any, below: Any) -> GeoPosition | None:
    if not _within(latitude, 90) or not _within(longitude, 180):
        return None
    height = float(altitude) if _within(altitude, 1e6) else None
    if height is not None and below in (1, 3):  # 1 sea level, 3 ellipsoid: below it
        height = -abs(height)
    return {"latitude": float(latitude), "longitude": float(longitude), "altitude": height}


def _within(value: Any, limit: float) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= limit
