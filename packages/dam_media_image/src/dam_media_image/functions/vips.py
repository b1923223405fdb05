"""The few things that are asked of libvips, set up for a worker: one thread, nothing cached, only trusted decoders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO

os.environ.setdefault("VIPS_CONCURRENCY", "1")  # before the import: the workers are many, a picture needs one thread

import pyvips  # the environment above must come first

pyvips.cache_set_max(0)
pyvips.block_untrusted_set(state=True)

VipsError = pyvips.Error

# The turn that brings a picture stored in each EXIF orientation upright: degrees clockwise, then mirrored left to right or not.
_TURNS = {
    2: (None, True),
    3: ("d180", False),
    4: ("d180", True),
    5: ("d90", True),
    6: ("d90", False),
    7: ("d270", True),
    8: ("d270", False),
}


@dataclass(frozen=True, slots=True)
class VipsHeader:
    """What libvips says about a picture that it has not decoded: pixels as stored, bands, pages or frames."""

    width: int
    height: int
    bands: int
    pages: int


def read_header(file: IO[bytes]) -> VipsHeader:
    """Read the header of an open file. Raises `VipsError`."""
    picture = pyvips.Image.new_from_source(_source(file), "", access="sequential")
    pages = picture.get("n-pages") if picture.get_typeof("n-pages") else 1
    return VipsHeader(picture.width, picture.height, picture.bands, int(pages))


def shrink(file: IO[bytes], size: int) -> pyvips.Image:
    """Decode an open file so that its long side is at most `size` pixels, as stored (no orientation), never enlarged.

    The decoder is found by the bytes. Colours stay as they are, but CMYK and Lab become sRGB. Raises `VipsError`, also for
    pixels that are damaged or cut off.
    """
    return pyvips.Image.thumbnail_source(_source(file), size, size="down", no_rotate=True, option_string="[fail_on=error]").copy_memory()


def upright(picture: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn a picture as its EXIF orientation (1 to 8) asks."""
    if orientation not in _TURNS:
        return picture
    angle, mirrored = _TURNS[orientation]
    turned = picture if angle is None else picture.rot(angle)
    return (turned.fliphor() if mirrored else turned).copy_memory()


def from_memory(pixels: bytes, width: int, height: int, bands: int) -> pyvips.Image:
    """Make a picture from rows of 8-bit pixels: grey, grey and alpha, RGB or RGBA."""
    picture = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    return picture.copy(interpretation="b-w" if bands < 3 else "srgb")


def to_srgb(picture: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Convert a picture from the colours of an ICC profile to sRGB. Raises `VipsError`."""
    tagged = picture.copy()
    tagged.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return tagged.icc_transform("srgb", embedded=True, intent="relative").copy_memory()


def reason(error: Exception) -> str:
    """The first line of what libvips says about a failure, without its calls."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[1] if len(lines) > 1 else (lines[0] if lines else type(error).__name__)
    return text.partition(": ")[2] or text


def _source(file: IO[bytes]) -> pyvips.Source:
    file.seek(0)  # the two share one position, which is why the file must be an unbuffered one
    return pyvips.Source.new_from_descriptor(file.fileno())
