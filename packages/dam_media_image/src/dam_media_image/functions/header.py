"""Open a picture without decoding it: its format, size and kind, checked against the limits before a pixel is touched."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError

from dam.core.analysis import reason_of
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_media_image.functions import vips
from dam_media_image.functions.boxes import metadata_blocks, movie_seconds
from dam_media_image.functions.exif import BROKEN, is_tiff
from dam_media_image.functions.formats import HEAD_LENGTH, ONLY_EXIFTOOL, PILLOW_PLUGINS, READ_BY_VIPS, SHRINK_ON_LOAD, picture_format
from dam_media_image.functions.heif import open_heif
from dam_media_image.functions.jxl import open_jxl
from dam_media_image.functions.layered import open_large_photoshop, open_packed
from dam_media_image.functions.opened import OpenedPicture
from dam_media_image.functions.photoshop import photoshop_blocks
from dam_media_image.functions.png_chunks import apng_duration
from dam_media_image.functions.raw import open_raw, raw_kind
from dam_media_image.functions.svg import open_svg

MAX_PIXELS = 200_000_000
"""Pixels of a picture that has to be decoded whole."""

MAX_PIXELS_SHRUNK = 512_000_000
"""Pixels of a picture that can be decoded at a fraction of its size."""

LONGEST_SIDE = 1_000_000
"""Pixels of a row or a column: libvips takes some 200 bytes for each of a row, and ends the process when it does not get them."""

_TAIL_LENGTH = 26
OTHER_READERS: dict[str, Callable[[IO[bytes]], OpenedPicture]] = {
    "HEIF": open_heif,
    "JXL": open_jxl,
    "ORA": open_packed,
    "PSB": open_large_photoshop,
    "RAW": open_raw,
    "SVG": open_svg,
}
"""How formats are opened that neither Pillow nor libvips reads by itself. A new format is one line."""


def open_picture(file: IO[bytes], max_pixels: int | None = None) -> OpenedPicture:
    """Read the header of a picture; `width` and `height` are as stored, before any orientation.

    Raises `ContentCorruptError` where the header is damaged, `ContentUnsupportedError` where the bytes are of no picture
    format that is read here, and `ContentRefusedError` where it has more pixels than `max_pixels`
    (by default 200 million, 512 million for what can be shrunk while it is decoded), or a longer side than `LONGEST_SIDE`.
    """
    name = format_of(file)
    reader = OTHER_READERS.get(name)
    unread = None
    if reader is not None:
        try:
            opened = reader(file)
        except ContentUnsupportedError as error:
            if not is_tiff(file):
                raise
            name, unread = "TIFF", error  # LibRaw does not know it; the reduced picture in front may be a plain TIFF
        else:
            if name not in ("SVG", "PSB"):  # one is drawn in the wanted size, of the other only the thumbnail is decoded
                _check_pixels(opened, max_pixels or MAX_PIXELS)
            return opened
    opened = _open_plain(file, name, max_pixels, unread)
    if unread is not None:
        opened.notes.append(str(unread))
    return opened


def _open_plain(file: IO[bytes], name: str, max_pixels: int | None, unread: ContentUnsupportedError | None) -> OpenedPicture:
    """Open a format that Pillow reads, or libvips where Pillow fails; `unread` is why its own reader did not take it."""
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
        if unread is not None:
            raise unread from error
        if str(error).startswith(("Unsupported", "cannot read this")):
            raise ContentUnsupportedError(f"This kind of {name} picture is not read by this build ({_one_line(error)}).") from error
        opened = _opened_by_vips(file, name, error)
    else:
        opened = _opened_by_pillow(file, name, picture)
    if not max_pixels and not _shrinks(opened):
        limit = MAX_PIXELS
    _check_pixels(opened, limit)
    return opened


def _check_pixels(opened: OpenedPicture, limit: int) -> None:
    if opened.width * opened.height > limit:
        raise ContentRefusedError(
            f"The {opened.format} picture was not opened: {opened.width} x {opened.height} are more than the allowed {limit:,} pixels."
        )
    if max(opened.width, opened.height) > LONGEST_SIDE:
        raise ContentRefusedError(f"The {opened.format} picture was not opened: one of its sides is longer than {LONGEST_SIDE:,} pixels.")


def known_format(file: IO[bytes]) -> str | None:
    """Name the format of an open file by its signature, whether or not its pixels are decoded here; None for no picture."""
    head = os.pread(file.fileno(), HEAD_LENGTH, 0)
    size = os.fstat(file.fileno()).st_size
    return picture_format(head, os.pread(file.fileno(), _TAIL_LENGTH, max(0, size - _TAIL_LENGTH)))


def format_of(file: IO[bytes]) -> str:
    """Name the format of an open file; raises ContentCorruptError for an empty one, ContentUnsupportedError for an unknown one."""
    if not os.fstat(file.fileno()).st_size:
        raise ContentCorruptError("The file is empty, so there is no picture in it: take it from a backup if there is one.")
    name = known_format(file)
    if name in ONLY_EXIFTOOL:
        raise ContentUnsupportedError(f"{name} pictures are not decoded here; ExifTool, where it is installed, tells their facts.")
    if name is None:
        raise ContentUnsupportedError(
            "The bytes are not those of a picture format that this build reads, so only the file itself is known."
        )
    return "RAW" if name == "TIFF" and raw_kind(file) is not None else name


def _shrinks(opened: OpenedPicture) -> bool:
    """Whether decoding at a fraction of the size saves memory: a progressive JPEG is held whole, an animation frame by frame."""
    progressive = opened.picture is not None and bool(opened.picture.info.get("progressive"))
    return opened.format in SHRINK_ON_LOAD and not progressive and opened.frames == 1


def _opened_by_pillow(file: IO[bytes], name: str, picture: ImageFile.ImageFile) -> OpenedPicture:
    opened = OpenedPicture(picture.format or name, picture.mode, *picture.size, picture=picture, position=file.tell())
    opened.has_alpha = picture.has_transparency_data
    opened.info = dict(picture.info)
    if name == "TIFF":  # Pillow gives the size as displayed
        tags = picture.tag_v2  # type: ignore[attr-defined]  # the class is known only at run time
        opened.width, opened.height = int(tags[256]), int(tags[257])
        try:
            blocks = picture.get_photoshop_blocks()  # type: ignore[attr-defined]  # as above
            opened.info["photoshop"] = {number: block["data"] for number, block in blocks.items()}
        except BROKEN as error:
            opened.notes.append(f"The blocks of Photoshop cannot be read ({_one_line(error)}).")
    if name in ("GIF", "TIFF") or (name == "WEBP" and getattr(picture, "n_frames", 1) > 1):  # Pillow walks through all frames in Python
        try:
            header = vips.read_header(file)
            opened.frames, opened.duration = header.pages, header.duration if header.pages > 1 else None
        except vips.VipsError as error:
            opened.notes.append(f"The frames cannot be counted ({vips.reason(error)}).")
    elif name == "JPEG2000":
        opened.info |= metadata_blocks(file)
    elif name == "PSD":
        opened.info |= photoshop_blocks(picture)
    else:
        opened.frames = int(getattr(picture, "n_frames", 1))
        if opened.frames > 1:
            opened.duration = apng_duration(file) if name == "PNG" else movie_seconds(file) if name == "AVIF" else None
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
    return reason_of(error)
