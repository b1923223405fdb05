"""HEIC and its kin (HEIF with HEVC inside), read by libheif.

libheif applies the turns and mirrors of the file's own boxes, so the pixels are upright already: the EXIF orientation, which repeats
them, must not be applied again. Source: ISO/IEC 23008-12, 6.5.10 (irot) and 6.5.12 (imir), and A.2 on Exif.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from dam.core.analysis import reason_of
from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_media_image.functions import vips
from dam_media_image.functions.opened import OpenedPicture

if TYPE_CHECKING:
    import pyvips

MAX_FILE = 64 << 20
"""Bytes of a file that is held in memory while it is decoded; a photo of 100 megapixels has half of that."""

_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def open_heif(file: IO[bytes]) -> OpenedPicture:
    """Read the header of a HEIF picture. Raises ContentCorruptError and ContentRefusedError."""
    import pi_heif  # noqa: PLC0415 - takes 30 ms, and most pictures are no HEIC

    data = whole_file(file, "HEIF")
    try:
        container = pi_heif.open_heif(data, convert_hdr_to_8bit=True, bgr_mode=False)
        picture = container[container.primary_index]
    except (ValueError, RuntimeError, EOFError, SyntaxError, LookupError, OSError) as error:
        raise ContentCorruptError(
            f"The header of the HEIF picture cannot be read ({reason_of(error)}): take the file from a backup."
        ) from error
    info: dict[str, Any] = {name: picture.info.get(name) for name in ("exif", "xmp", "icc_profile")}
    for item in picture.info.get("metadata") or ():
        if item.get("type") == "iptc":
            info["iptc"] = item.get("data")
    width, height = picture.size
    return OpenedPicture(
        "HEIF",
        picture.mode,
        width,
        height,
        frames=len(container),
        has_alpha=picture.mode.endswith("A"),
        info={name: value for name, value in info.items() if value},
        render=lambda _size: _decoded(picture),
        is_upright=True,
    )


def whole_file(file: IO[bytes], kind: str) -> bytes:
    """Read a file for a library that needs all of it in memory; raises ContentRefusedError above `MAX_FILE` bytes."""
    size = file.seek(0, os.SEEK_END)
    if size > MAX_FILE:
        raise ContentRefusedError(f"The {kind} picture was not opened: it has {size:,} bytes, more than the allowed {MAX_FILE:,}.")
    file.seek(0)
    return b"".join(iter(lambda: file.read(1 << 20), b""))


def _decoded(picture: Any) -> pyvips.Image:
    try:
        data, stride = picture.data, int(picture.stride)
    except (ValueError, RuntimeError, EOFError, SyntaxError, OSError) as error:
        raise ContentCorruptError(
            f"The pixels of the HEIF picture cannot be decoded ({reason_of(error)}): take the file from a backup."
        ) from error
    width, height = picture.size
    bands = _BANDS[picture.mode]
    if stride != width * bands:  # rows may be padded
        data = b"".join(bytes(data[row * stride : row * stride + width * bands]) for row in range(height))
    return vips.from_memory(data, width, height, bands)
