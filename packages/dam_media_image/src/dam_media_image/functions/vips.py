"""The few things that are asked of libvips, set up for a worker: one thread, nothing cached, only trusted decoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from dam.assets.functions.drawings import pyvips  # which sets it up

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
    """What libvips says about a picture that it has not decoded: pixels as stored, bands, pages or frames, seconds."""

    width: int
    height: int
    bands: int
    pages: int
    duration: float | None = None


def read_header(file: IO[bytes]) -> VipsHeader:
    """Read the header of an open file. Raises `VipsError`."""
    picture = pyvips.Image.new_from_source(_source(file), "", access="sequential")
    pages = picture.get("n-pages") if picture.get_typeof("n-pages") else 1
    delays = picture.get("delay") if picture.get_typeof("delay") else []  # milliseconds a frame
    return VipsHeader(picture.width, picture.height, picture.bands, int(pages), round(sum(delays) / 1000, 3) or None)


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


def from_samples(data: bytes, width: int, height: int, mode: str, profile: bytes | None) -> pyvips.Image:
    """Make an 8-bit picture from samples in one of Pillow's modes ("RGB", "I;16", "F", "CMYK"); a profile, if given, is applied.

    CMYK without a profile is taken for ordinary print colours. Raises `VipsError`.
    """
    sample = {"I;16": "ushort", "F": "float"}.get(mode, "uchar")
    bands = 1 if mode in ("I;16", "F") else len(mode)
    picture = pyvips.Image.new_from_memory(data, width, height, bands, sample)
    if mode == "CMYK":
        picture = picture.copy(interpretation="cmyk")
        if profile:
            picture.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
        return picture.icc_transform("srgb", embedded=bool(profile), input_profile="cmyk", intent="relative").copy_memory()
    if mode == "I;16":
        picture = picture.rightshift(8).cast("uchar")
    elif mode == "F":
        picture = (picture * 255).cast("uchar")
    plain = picture.copy(interpretation="b-w" if bands < 3 else "srgb").copy_memory()
    return to_srgb(plain, profile) if profile and bands >= 3 else plain


def to_srgb(picture: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Convert a picture from the colours of an ICC profile to sRGB. Raises `VipsError`."""
    tagged = picture.copy()
    tagged.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return tagged.icc_transform("srgb", embedded=True, intent="relative").copy_memory()


def shrink_bytes(data: bytes, size: int) -> pyvips.Image:
    """Decode a JPEG in memory so that its long side is at most `size` pixels, as stored. Raises `VipsError`."""
    return pyvips.Image.thumbnail_buffer(data, size, size="down", no_rotate=True, option_string="[fail_on=error]").copy_memory()


def shrink_to(picture: pyvips.Image, size: int) -> pyvips.Image:
    """Make a decoded picture smaller so that its long side is at most `size` pixels."""
    if max(picture.width, picture.height) <= size:
        return picture
    return picture.thumbnail_image(size, size="down", no_rotate=True).copy_memory()


def reason(error: Exception) -> str:
    """The first line of what libvips says about a failure, without its calls."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[1] if len(lines) > 1 else (lines[0] if lines else type(error).__name__)
    return text.partition(": ")[2] or text


def _source(file: IO[bytes]) -> pyvips.Source:
    file.seek(0)  # the two share one position, which is why the file must be an unbuffered one
    return pyvips.Source.new_from_descriptor(file.fileno())
