"""From the raw values of EXIF tags to what `exiftool -n` gives: numbers, text, dates; None for what means nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

_TEXT_PREFIXES = {b"ASCII\x00\x00\x00": None, b"UNICODE\x00": "utf-16", b"JIS\x00\x00\x00\x00\x00": "iso2022_jp", b"\x00" * 8: None}


def plain_value(raw: Any) -> Any:
    """Turn a value as Pillow gives it into a number or text: several numbers become one text with spaces between.

    None for a value that is empty, binary, infinite or not a number.
    """
    if isinstance(raw, str):
        return clean_text(raw.encode("latin-1", "replace"))
    if isinstance(raw, bytes):
        return raw[0] if len(raw) == 1 else None
    if isinstance(raw, tuple):
        return _joined(raw)
    return plain_number(raw)


def plain_number(raw: Any) -> int | float | None:
    """Turn a number or a rational into an int where it is whole, else a float of 10 digits; None if it is not finite."""
    if isinstance(raw, int):
        return raw
    try:
        number = float(raw)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) and abs(number) < 1 << 53 else float(f"{number:.10g}")


def clean_text(raw: bytes, encoding: str | None = None) -> str | None:
    """Decode text (UTF-8, else Latin-1) without the NULs and blanks at its end; None if nothing is left."""
    raw = raw.split(b"\x00")[0] if encoding is None else raw
    try:
        text = raw.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        text = raw.decode(encoding, "replace") if encoding else raw.decode("latin-1")
    return text.replace("\x00", "").rstrip() or None


def _joined(values: Iterable[Any]) -> str | None:
    numbers = [plain_number(value) for value in values]
    if not numbers or all(number is None for number in numbers):
        return None
    return " ".join("undef" if number is None else str(number) for number in numbers)


def plain_bytes_text(raw: Any) -> Any:
    """Read text that is stored as bytes, such as the version "0230"."""
    return clean_text(raw) if isinstance(raw, bytes) else plain_value(raw)


def byte_list(raw: Any) -> Any:
    """Read bytes as numbers with spaces between: "2 3 0 0"."""
    return " ".join(map(str, raw[:16])) or None if isinstance(raw, bytes) else plain_value(raw)


def first_byte(raw: Any) -> Any:
    """Read a code that is stored as one byte."""
    if isinstance(raw, bytes):
        return raw[0] if raw else None
    return plain_value(raw)


def prefixed_text(raw: Any) -> Any:
    """Read text after the eight bytes that name its character set (UserComment and its like)."""
    if not isinstance(raw, bytes):
        return plain_value(raw)
    if raw[:8] not in _TEXT_PREFIXES:
        return clean_text(raw)
    encoding = _TEXT_PREFIXES[raw[:8]]
    text = raw[8:]
    if encoding == "utf-16":
        return _wide_text(text)
    return clean_text(text, encoding)


def utf16_text(raw: Any) -> Any:
    """Read the UTF-16 little-endian text of Windows' own tags (XPTitle and its like)."""
    return clean_text(raw[: len(raw) // 2 * 2], "utf-16-le") if isinstance(raw, bytes) else plain_value(raw)


def _wide_text(raw: bytes) -> str | None:
    """UTF-16 of unknown byte order: a byte order mark decides, else the side on which the zero bytes of plain letters lie."""
    raw = raw[: len(raw) // 2 * 2]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return clean_text(raw, "utf-16")
    return clean_text(raw, "utf-16-be" if raw[::2].count(0) > raw[1::2].count(0) else "utf-16-le")


def apex_shutter(raw: Any) -> float | int | None:
    """Turn an APEX time value into seconds: 2 ** -x."""
    value = plain_number(raw)
    return None if value is None or abs(value) > 100 else plain_number(2.0 ** -float(value))


def apex_aperture(raw: Any) -> float | int | None:
    """Turn an APEX aperture value into an f-number: 2 ** (x / 2)."""
    value = plain_number(raw)
    return None if value is None or abs(value) > 100 else plain_number(2.0 ** (float(value) / 2))


def degrees(raw: Any) -> float | None:
    """Turn degrees, minutes and seconds into decimal degrees without a sign; None if one of them is missing or absurd."""
    parts = [plain_number(part) for part in (raw if isinstance(raw, tuple) else (raw,))]
    while len(parts) > 1 and parts[-1] is None:  # seconds of 0/0: the minutes hold the fraction
        parts.pop()
    if not 1 <= len(parts) <= 3 or any(part is None or part < 0 for part in parts):
        return None
    total = sum(float(part) / 60**power for power, part in enumerate(parts) if part is not None)
    return round(total, 10) if total <= 180 else None


def clock(raw: Any) -> str | None:
    """Turn hours, minutes and seconds into "HH:MM:SS", with the fraction where there is one."""
    parts = [plain_number(part) for part in raw] if isinstance(raw, tuple) else []
    if len(parts) != 3 or any(part is None or part < 0 for part in parts):
        return None
    hours, minutes, seconds = (float(part) for part in parts if part is not None)
    whole = f"{int(hours):02d}:{int(minutes):02d}:{int(seconds):02d}"
    fraction = f"{seconds % 1:.6f}".rstrip("0")[1:].rstrip(".")
    return whole + fraction
