"""From the catalogue to files: paint each picture, turn it, describe it and save it in the format of its name."""

from __future__ import annotations

import errno
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dam.core.exceptions import DamError
from dam_app.functions.demo import graphics, mountains, oddities
from dam_app.functions.demo.artworks import ARTWORKS, ODD_NAMES
from dam_app.functions.demo.metadata import exif_block, iptc_segment, with_segment, xmp_packet
from dam_app.functions.demo.photographs import HALDEN, PHONE, PHOTOGRAPHS, SNAP
from dam_app.functions.demo.picture import Picture

FINEST = 1280
"""Pictures are painted with at most so many pixels on the long side and enlarged from there; it keeps the making short."""

STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is turned before it is stored, for each Exif orientation: the inverse of what a viewer does."""


def generator(seed: int, name: str) -> Generator:
    """Return the random numbers of one picture: they depend on the seed and its name only, not on what was made before."""
    return np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogateescape"))])


def draw_collection(folder: Path, seed: int, scale: float, stopped: Callable[[], bool]) -> None:
    """Write all files of the demo collection into an empty folder; `scale` makes the pictures smaller (1 is full size).

    Raises DamError as soon as `stopped` says so.
    """
    for picture in (*PHOTOGRAPHS, *ARTWORKS):
        if stopped():
            raise DamError("Making the demo collection was stopped.")
        save(folder, picture, paint(picture, seed, scale))
    for picture in ODD_NAMES:
        _save_if_possible(folder, picture, paint(picture, seed, scale))
    _draw_orientations(folder, seed, scale)
    oddities.make_copies(folder)
    oddities.make_rare_pictures(folder, generator(seed, "rare"), scale)
    oddities.make_damaged(folder)
    oddities.make_other_kinds(folder)


def paint(picture: Picture, seed: int, scale: float) -> Image.Image:
    """Paint a picture upright, in its size times `scale` (at least 48 pixels a side)."""
    width, height = (max(round(length * scale), 48) for length in picture.size)
    shrink = min(1.0, FINEST / max(width, height))
    image = picture.paint(generator(seed, picture.path), max(round(width * shrink), 48), max(round(height * shrink), 48))
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BICUBIC)


def save(folder: Path, picture: Picture, upright: Image.Image) -> None:
    """Save an upright picture with its metadata in the format that its name says, turned as its orientation asks."""
    path = folder / picture.path
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = STORED_AS.get(picture.orientation)
    image = upright if turn is None else upright.transpose(turn)
    target, suffix = io.BytesIO(), path.suffix.lower()
    exif = exif_block(picture)
    xmp = xmp_packet(picture.caption) if picture.caption else None
    if suffix == ".jpg":
        options = {"xmp": xmp} if xmp else {}
        image.save(target, "JPEG", quality=picture.quality, exif=exif, **options)
    elif suffix == ".webp":
        image.save(target, "WEBP", quality=picture.quality, method=2, exif=exif, xmp=xmp or b"")
    elif suffix == ".png":
        text = PngInfo()
        if xmp:
            text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(target, "PNG", pnginfo=text, compress_level=5)
    elif suffix == ".tif":
        if xmp:
            exif[700] = xmp
        image.save(target, "TIFF", compression="tiff_adobe_deflate", exif=exif)
    else:
        image.save(target, "BMP")
    data = target.getvalue()
    if suffix == ".jpg" and picture.caption:
        data = with_segment(data, iptc_segment(picture.caption, picture.place))
    path.write_bytes(data)
    oddities.stamp(path, picture.taken)


def _save_if_possible(folder: Path, picture: Picture, upright: Image.Image) -> None:
    """Save a picture under a name that this file system may refuse or fold into another; then it is left out."""
    try:
        if not (folder / picture.path).exists():
            save(folder, picture, upright)
    except UnicodeError:
        return
    except OSError as error:
        if error.errno not in {errno.EILSEQ, errno.EINVAL, errno.ENAMETOOLONG, errno.ENOENT}:
            raise


def _draw_orientations(folder: Path, seed: int, scale: float) -> None:
    """Write one scene eight times, once for each Exif orientation; every one is upright when it is displayed rightly."""
    scene = Picture("Camera roll/Waymark", (900, 600), mountains.forest, "2020-09-12T11:00:00+02:00", PHONE, SNAP, HALDEN)
    background = paint(scene, seed, scale)
    for number in range(1, 9):
        sign = replace(scene, path=f"Camera roll/Waymark {number}.jpg", taken=f"2020-09-12T11:0{number}:00+02:00", orientation=number)
        save(folder, sign, graphics.waymark(background, number))
