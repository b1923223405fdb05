"""Where a film was made, as cameras and telephones write it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ISO_6709 = re.compile(r"([+-]\d{2,6}(?:\.\d+)?)([+-]\d{3,7}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?")
TAGS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")


def place(tags: Mapping[str, str]) -> dict[str, float | None] | None:
    """The place as {"latitude", "longitude", "altitude"} in degrees and metres, or None. Source: ISO 6709:2022, annex H."""
    for name in TAGS:
        found = _ISO_6709.match(tags.get(name, ""))
        if found:
            latitude, longitude = _degrees(found[1], 2), _degrees(found[2], 3)
            if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0.0, 0.0):
                return {"latitude": latitude, "longitude": longitude, "altitude": float(found[3]) if found[3] else None}
    return None


def _degrees(text: str, digits: int) -> float:
    """Degrees, or degrees with minutes, or with minutes and seconds, by the number of digits before the point."""
    sign = -1.0 if text.startswith("-") else 1.0
    whole, _, fraction = text[1:].partition(".")
    rest = float(f"{whole[digits:] or '0'}.{fraction or '0'}")
    minutes = {
        0: float(f"0.{fraction or '0'}") * 60,
        2: rest,
        4: float(whole[digits : digits + 2] or 0) + _seconds(whole, digits, fraction) / 60,
    }
    return round(sign * (float(whole[:digits]) + minutes.get(len(whole) - digits, 0.0) / 60), 7)


def _seconds(whole: str, digits: int, fraction: str) -> float:
    return float(f"{whole[digits + 2 :] or '0'}.{fraction or '0'}")
