"""The notes of Apple's cameras in EXIF, as far as they tell which files belong together.

Source: ExifTool, lib/Image/ExifTool/Apple.pm (`MakerNoteApple` in MakerNotes.pm for where the directory begins).
"""

from __future__ import annotations

import struct
from typing import Any

from dam_media_image.functions.exif_values import clean_text

NAMES = {0x0B: "BurstUUID", 0x11: "ContentIdentifier"}
"""Tags of the notes under ExifTool's names: the burst that a picture is of, and the live photo."""

_MARK, _START, _TEXT = b"Apple iOS\0", 14, 2
_MOST_ENTRIES, _MOST_BYTES = 512, 256


def read_apple_notes(note: Any) -> dict[str, Any]:
    """What the notes tell; nothing for the notes of other makers. Raises struct.error for damaged ones."""
    if not isinstance(note, bytes) or not note.startswith(_MARK):
        return {}
    order = "<" if note[12:14] == b"II" else ">"
    (count,) = struct.unpack_from(f"{order}H", note, _START)
    found: dict[str, Any] = {}
    for place in range(_START + 2, _START + 2 + 12 * min(count, _MOST_ENTRIES), 12):
        tag, kind, size = struct.unpack_from(f"{order}HHI", note, place)
        if tag in NAMES and kind == _TEXT and 4 < size <= _MOST_BYTES:
            (start,) = struct.unpack_from(f"{order}I", note, place + 8)
            found[NAMES[tag]] = clean_text(note[start : start + size])
    return {name: value for name, value in found.items() if value}
