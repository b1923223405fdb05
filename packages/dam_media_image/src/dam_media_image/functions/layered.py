"""Pictures in layers, of which their programs keep a flat copy in the file: OpenRaster, Krita, and Photoshop's large documents (PSB).

The layers themselves are not put together here. Sources: https://www.openraster.org/baseline/file-layout-spec.html; Adobe Photoshop File
Formats Specification, "File Header Section" and "Thumbnail Resource Format".
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from dam.core.analysis import understood
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_media_image.functions import vips
from dam_media_image.functions.opened import OpenedPicture
from dam_media_image.functions.photoshop import EXIF, XMP

if TYPE_CHECKING:
    import pyvips

FLAT = ("mergedimage.png", "preview.png", "Thumbnails/thumbnail.png")
"""The flat copy in a packed picture, the largest first."""
SIZES = {"stack.xml": re.compile(rb"<image\s[^<>]*>"), "maindoc.xml": re.compile(rb"<IMAGE\s[^<>]*>")}
"""The list of layers in a packed picture, and the element in it that tells the size."""
_SIDE = re.compile(rb"\s(w|h|width|height)=\"(\d{1,6})\"")
MOST_BYTES, MOST_LIST_BYTES = 256 << 20, 1 << 16
MOST_RESOURCES_BYTES = 64 << 20
MODES = {0: "L", 1: "L", 2: "P", 3: "RGB", 4: "CMYK", 7: "L", 8: "L", 9: "LAB"}
THUMBNAIL = 0x040C
JPEG_BEGINS = 28
"""Where, in the resource, the thumbnail's JPEG begins."""


def open_packed(file: IO[bytes]) -> OpenedPicture:
    """Read how large the flat copy in an OpenRaster or Krita picture is. Raises ContentError."""
    file.seek(0)
    with understood("The packed picture"), zipfile.ZipFile(file) as package:
        name = next((one for one in FLAT if one in package.namelist()), None)
        if name is None:
            raise ContentUnsupportedError("The picture has no flat copy of its layers, which are not put together here.")
        if package.getinfo(name).file_size > MOST_BYTES:
            raise ContentRefusedError("The flat copy in the picture is larger than 256 MiB; it is not read.")
        data = package.read(name)
        told = _told_size(package)
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 26:
        raise ContentCorruptError("The flat copy in the picture is no PNG: take the file from a backup if there is one.")
    width, height = told or struct.unpack_from(">II", data, 16)
    is_alpha = data[25] in (4, 6)
    mode = "RGBA" if is_alpha else "RGB"
    return OpenedPicture("ORA", mode, width, height, has_alpha=is_alpha, render=lambda size: vips.shrink_bytes(data, size))


def _told_size(package: zipfile.ZipFile) -> tuple[int, int] | None:
    """Width and height, as the list of layers tells them: the flat copy may be a small one."""
    for name, pattern in SIZES.items():
        if name in package.namelist():
            with package.open(name) as member:
                found = pattern.search(member.read(MOST_LIST_BYTES))
            if found is not None:
                told = {key[:1]: int(value) for key, value in _SIDE.findall(found[0])}
                return (told[b"w"], told[b"h"]) if told.keys() == {b"w", b"h"} and all(told.values()) else None
    return None


def open_large_photoshop(file: IO[bytes]) -> OpenedPicture:
    """Read the header of a large Photoshop document, and its thumbnail. Raises ContentError."""
    head = os.pread(file.fileno(), 30, 0)
    if len(head) < 30:
        raise ContentCorruptError("The header of the PSB picture is cut off: take the file from a backup if there is one.")
    height, width = struct.unpack_from(">II", head, 14)
    mode, colors = struct.unpack_from(">HI", head, 24)
    resources = dict(_resources(file, 30 + colors))
    info: dict[Any, Any] = {"photoshop": resources}
    info |= {name: resources[number] for name, number in (("exif", EXIF), ("xmp", XMP)) if number in resources}
    thumbnail = resources.get(THUMBNAIL, b"")[JPEG_BEGINS:]

    def render(size: int) -> pyvips.Image:
        if not thumbnail:
            raise ContentUnsupportedError("The PSB picture has no thumbnail, and its layers are not put together here.")
        return vips.shrink_bytes(thumbnail, size)

    return OpenedPicture("PSB", MODES.get(mode, "RGB"), width, height, info=info, render=render)


def _resources(file: IO[bytes], place: int) -> Iterator[tuple[int, bytes]]:
    """The image resources by their number."""
    told = os.pread(file.fileno(), 4, place)
    (size,) = struct.unpack(">I", told) if len(told) == 4 else (0,)
    data = os.pread(file.fileno(), min(size, MOST_RESOURCES_BYTES), place + 4)
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 12 <= len(data):
        (number,) = struct.unpack_from(">H", data, at + 4)
        at += 6 + (data[at + 6] + 2) // 2 * 2
        if at + 4 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
