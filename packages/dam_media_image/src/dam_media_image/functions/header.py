"""Open a picture without decoding it: its format, size and kind, checked against the limits before a pixel is touched."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field
from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError

from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_media_image.functions import vips
from dam_media_image.functions.exif import BROKEN
from dam_media_image.functions.formats import PILLOW_PLUGINS, READ_BY_VIPS, SHRINK_ON_LOAD, picture_format

MAX_PIXELS = 200_000_000
"""Pixels of a picture that has to be decoded whole."""

MAX_PIXELS_SHRUNK = 512_000_000
"""Pixels of a picture that can be decoded at a fraction of its size."""


@dataclass(slots=True)
class OpenedPicture:
    """A picture whose header has been read.

    `picture` is Pillow's, undecoded; None where only libvips could read the header. Pillow goes on from `position` in the file.
    """

    format: str
    mode: str
    width: int
    height: int
    frames: int = 1
    has_alpha: bool = False
    picture: ImageFile.ImageFile | None = None
    position: int = 0
    notes: list[str] = field(default_factory=list)


def open_picture(file: IO[bytes], max_pixels: int | None = None) -> OpenedPicture:
    """Read the header of a picture; `width` and `height` are as stored, before any orientation.

    Raises `ContentCorruptError` where the header is damaged, `ContentUnsupportedError` where the bytes are of no picture
    format that is read here, and `ContentRefusedError` where it has more pixels than `max_pixels`
    (by default 200 million, 512 million for what can be shrunk while it is decoded).
    """
    name = _format_of(file)
    limit = max_pixels or (MAX_PIXELS_SHRUNK if name in SHRINK_ON_LOAD else MAX_PIXELS)
    importlib.import_module(f"PIL.{PILLOW_PLUGINS[name]}")
    Image.MAX_IMAGE_PIXELS = limit // 2  # Pillow refuses above twice this number, for frames and embedded pictures too
    file.seek(0)
    try:
        picture = Image.open(file, formats=[name])
    except Image.DecompressionBombError as error:
        raise ContentRefusedError(f"The {name} picture was not opened: it says to have more than {limit:,} pixels.") from error
    except MemoryError as error:
        raise ContentRefusedError(f"The {name} picture was not opened: it needs more memory than an analysis may use.") from error
    except BROKEN as error:
        if str(error).startswith("Unsupported"):
            raise ContentUnsupportedError(f"This kind of {name} picture is not read by this build ({_one_line(error)}).") from error
        opened = _opened_by_vips(file, name, error)
    else:
        opened = _opened_by_pillow(file, name, picture)
    if not max_pixels and not _shrinks(opened):
        limit = MAX_PIXELS
    if opened.width * opened.height > limit:
        raise ContentRefusedError(
            f"The {name} picture was not opened: {opened.width} x {opened.height} are more than the allowed {limit:,} pixels."
        )
    return opened


def _format_of(file: IO[bytes]) -> str:
    head = file.read(64)
    if not head:
        raise ContentCorruptError("The file is empty, so there is no picture in it: take it from a backup if there is one.")
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 26))
    name = picture_format(head, file.read(26))
    if name is None:
        raise ContentUnsupportedError(
            "The bytes are not those of a picture format that this build reads, so only the file itself is known."
        )
    return name


def _shrinks(opened: OpenedPicture) -> bool:
    """Whether decoding at a fraction of the size saves memory: a progressive JPEG is held whole, an animation frame by frame."""
    progressive = opened.picture is not None and bool(opened.picture.info.get("progressive"))
    return opened.format in SHRINK_ON_LOAD and not progressive and opened.frames == 1


def _opened_by_pillow(file: IO[bytes], name: str, picture: ImageFile.ImageFile) -> OpenedPicture:
    opened = OpenedPicture(picture.format or name, picture.mode, *picture.size, picture=picture, position=file.tell())
    opened.has_alpha = picture.has_transparency_data
    if name == "TIFF":  # Pillow gives the size as displayed
        tags = picture.tag_v2  # type: ignore[attr-defined]  # the class is known only at run time
        opened.width, opened.height = int(tags[256]), int(tags[257])
    if name in ("GIF", "TIFF"):  # Pillow walks through all frames in Python
        try:
            opened.frames = vips.read_header(file).pages
        except vips.VipsError as error:
            opened.notes.append(f"The frames cannot be counted ({vips.reason(error)}).")
    else:
        opened.frames = int(getattr(picture, "n_frames", 1))
    return opened


def _opened_by_vips(file: IO[bytes], name: str, error: Exception) -> OpenedPicture:
    """The second look at a header that Pillow could not read; its metadata stays unread."""
    problem = f"The header of the {name} picture cannot be read ({_one_line(error)}): take the file from a backup if there is one."
    if name not in READ_BY_VIPS:
        raise ContentCorruptError(problem) from error
    try:
        header = vips.read_header(file)
    except vips.VipsError:
        raise ContentCorruptError(problem) from error
    modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
    opened = OpenedPicture(name, modes.get(header.bands, "RGB"), header.width, header.height, header.pages, header.bands in (2, 4))
    opened.notes.append(f"The metadata cannot be read ({_one_line(error)}).")
    return opened


def _one_line(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is cut off or damaged"
    return " ".join(str(error).split())[:200] or type(error).__name__
