"""What can still be told of a picture that cannot be opened: the size that its header claims, and its EXIF.

Sources: https://www.w3.org/TR/png-3/#11IHDR, GIF89a section 18, BITMAPINFOHEADER, and the ICO directory entry.
"""

from __future__ import annotations

import os
import re
import struct
from typing import IO

from dam.core.exceptions import ContentError
from dam_media_image.functions.exif import is_tiff
from dam_media_image.functions.metadata import Metadata, read_metadata
from dam_media_image.functions.opened import OpenedPicture

# Format, its beginning, and how width and height stand where the group begins.
_CLAIMS: tuple[tuple[str, re.Pattern[bytes], str], ...] = (
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR(.{8})", re.DOTALL), ">II"),
    ("GIF", re.compile(rb"GIF8[79]a(.{4})", re.DOTALL), "<HH"),
    ("BMP", re.compile(rb"BM.{12}[\x28-\x7c]\x00\x00\x00(.{8})", re.DOTALL), "<ii"),
    ("ICO", re.compile(rb"\x00\x00\x01\x00..(.{2})", re.DOTALL), "BB"),
)


def salvage(file: IO[bytes]) -> tuple[OpenedPicture, Metadata] | None:
    """Look for what a damaged or refused picture still says of itself; None where that is nothing."""
    claimed = _claimed(file)
    if claimed is not None:
        return claimed, Metadata()
    if not is_tiff(file):
        return None
    opened = OpenedPicture("TIFF", "RGB", 0, 0, info={"tiff": True})
    try:
        found = read_metadata(opened, file)
    except ContentError:
        return None
    sizes = (found.exif.get("ImageWidth"), found.exif.get("ImageHeight"))
    if all(isinstance(size, int) and 0 < size < 1 << 31 for size in sizes):
        opened.width, opened.height = (int(size or 0) for size in sizes)
    return (opened, found) if found.exif else None


def _claimed(file: IO[bytes]) -> OpenedPicture | None:
    head = os.pread(file.fileno(), 64, 0)
    for name, signature, layout in _CLAIMS:
        match = signature.match(head)
        if match is not None:
            width, height = struct.unpack(layout, match[1])
            height = abs(height)  # of a bitmap that is stored from top to bottom it is negative
            return OpenedPicture(name, "RGB", width, height) if 0 < width < 1 << 31 and 0 < height < 1 << 31 else None
    return None
