"""JPEG XL: its header is read here, its pixels by the optional package pillow-jxl-plugin (`dam-media-image[jxl]`).

The size is looked at before the library is, which decodes a picture as it opens it. Orientation stands in the header of the
codestream; the one in EXIF is to be ignored. Source: ISO/IEC 18181-1, D.2 and D.3; ISO/IEC 18181-2.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from dam.core.analysis import note_missing_tool
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_media_image.functions import vips
from dam_media_image.functions.boxes import Box, metadata_blocks, read_boxes
from dam_media_image.functions.exif import BROKEN
from dam_media_image.functions.heif import whole_file
from dam_media_image.functions.opened import OpenedPicture
from dam_media_image.functions.tools import JPEG_XL, NO_JPEG_XL

if TYPE_CHECKING:
    import pyvips

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_HEADER_LENGTH = 32


def open_jxl(file: IO[bytes]) -> OpenedPicture:
    """Read the header of a JPEG XL picture. Raises ContentCorruptError."""
    width, height, orientation = _measures(_codestream(file))
    turned = (height, width) if orientation >= 5 else (width, height)
    info: dict[Any, Any] = dict(metadata_blocks(file))
    return OpenedPicture("JXL", "RGB", *turned, info=info, render=lambda size: _decoded(file, size, orientation), is_upright=True)


def _codestream(file: IO[bytes]) -> bytes:
    """The first bytes of the codestream: of the file, or of the box that holds it or its first part."""
    head = os.pread(file.fileno(), _HEADER_LENGTH, 0)
    if head.startswith(b"\xff\x0a"):
        return head
    for box in read_boxes(file):
        if box.kind in (b"jxlc", b"jxlp"):
            return _first_bytes(file, box)
    raise ContentCorruptError("The JPEG XL file holds no picture: take it from a backup if there is one.")


def _first_bytes(file: IO[bytes], box: Box) -> bytes:
    start = box.start + (4 if box.kind == b"jxlp" else 0)
    return os.pread(file.fileno(), min(_HEADER_LENGTH, box.end - start), start) if box.end > start else b""


def _measures(head: bytes) -> tuple[int, int, int]:
    """Width and height as stored, and the orientation (1 to 8) of a codestream."""
    if not head.startswith(b"\xff\x0a") or len(head) < 12:
        raise ContentCorruptError("The header of the JPEG XL picture cannot be read: take the file from a backup if there is one.")
    bits = _Bits(int.from_bytes(head[2:], "little"))
    small = bits.take(1)
    height = (bits.take(5) + 1) * 8 if small else bits.size()
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio]
        width = height * across // down
    else:
        width = (bits.take(5) + 1) * 8 if small else bits.size()
    all_default = bits.take(1)
    has_more = 0 if all_default else bits.take(1)
    return width, height, bits.take(3) + 1 if has_more else 1


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, rest: int) -> None:
        self._rest = rest

    def take(self, count: int) -> int:
        """The number that the next bits are."""
        value = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return value

    def size(self) -> int:
        """A width or height: two bits say how many follow."""
        return self.take((9, 13, 18, 30)[self.take(2)]) + 1


def _decoded(file: IO[bytes], size: int, orientation: int) -> pyvips.Image:
    try:
        import pillow_jxl  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        note_missing_tool(JPEG_XL)
        raise ContentUnsupportedError(NO_JPEG_XL) from error
    try:
        is_jpeg, info, data, profile, _boxes = pillow_jxl.Decoder(num_threads=0)(whole_file(file, "JPEG XL"))
    except BROKEN as error:
        raise ContentCorruptError(
            "The pixels of the JPEG XL picture cannot be decoded (it is cut off or damaged): take the file from a backup if there is one."
        ) from error
    if is_jpeg:  # the JPEG that it was made from, which is not turned
        return vips.upright(vips.shrink_bytes(data, size), orientation)
    return vips.from_samples(data, info.width, info.height, info.mode, profile or None)
