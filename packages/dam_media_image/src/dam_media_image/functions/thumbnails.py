"""The small pictures that stand for a large one: WebP in sRGB, without metadata."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dam_media_image.functions import vips

if TYPE_CHECKING:
    import pyvips

    from dam_media_image.functions.decoding import Pixels


def to_srgb(pixels: Pixels, notes: list[str]) -> pyvips.Image:
    """Convert decoded pixels from their ICC profile to sRGB; a profile that cannot be used is noted and left aside."""
    if pixels.profile is None or _is_srgb(pixels.profile):
        return pixels.picture
    try:
        return vips.to_srgb(pixels.picture, pixels.profile)
    except vips.VipsError as error:
        notes.append(f"The colour profile cannot be used ({vips.reason(error)}).")
        return pixels.picture


def _is_srgb(profile: bytes) -> bool:
    """Whether an ICC profile calls itself sRGB, as most do: its pixels need no conversion. Source: ICC.1:2022, section 7.3."""
    (count,) = struct.unpack_from(">I", profile.ljust(132, b"\x00"), 128)
    for index in range(min(count, 100)):
        entry = profile[132 + index * 12 : 144 + index * 12]
        if entry[:4] == b"desc" and len(entry) == 12:
            start, length = struct.unpack(">II", entry[4:])
            name = profile[start : start + length].replace(b"\x00", b"")
            return b"sRGB" in name and b"inear" not in name
    return False


def write_thumbnails(picture: pyvips.Image, sizes: Mapping[str, int], quality: int, effort: int, folder: str) -> tuple[dict[str, str], str]:
    """Write one WebP for each size, the largest first and the smaller ones from it, and tell the picture's colour.

    The long side of each is at most its size; a smaller picture keeps its own. Returns the file names by size's name, and the
    average visible colour of the smallest one as six hex digits.
    """
    names: dict[str, str] = {}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        if max(picture.width, picture.height) > size:
            picture = picture.thumbnail_image(size, size="down", no_rotate=True).copy_memory()
        names[name] = f"{name}.webp"
        Path(folder, names[name]).write_bytes(picture.webpsave_buffer(Q=quality, effort=effort, keep="none"))
    return names, average_color(picture)


def average_color(picture: pyvips.Image) -> str:
    """Tell the average of the visible pixels as six hex digits: transparent ones do not count."""
    rows = np.frombuffer(picture.write_to_memory(), dtype=np.uint8).reshape(picture.height, -1)
    if picture.bands in (2, 4):
        pixels = rows.reshape(-1, picture.bands)
        weights = pixels[:, -1].astype(np.float64)
        mean = weights @ pixels[:, :-1] / max(weights.sum(), 1.0)
    else:
        mean = rows.mean(axis=0).reshape(-1, picture.bands).mean(axis=0)
    red, green, blue = (round(float(value)) for value in np.broadcast_to(mean, 3))
    return f"{red:02x}{green:02x}{blue:02x}"
