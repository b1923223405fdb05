"""Raw photos, read by LibRaw: the picture that the camera embedded where it is large enough, else the raw one at half its size.

EXIF is read as from any TIFF; CR3 keeps it in boxes and RAF in its JPEG. Sources: https://www.libraw.org/docs,
https://github.com/lclevy/canon_cr3, https://libopenraw.freedesktop.org/formats/raf/.
"""

from __future__ import annotations

import io
import os
import struct
from typing import IO, TYPE_CHECKING, Any

from dam.assets.functions.mime import HEAD_BYTES, detect_mime_type, precise_mime_type
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_media_image.functions import vips
from dam_media_image.functions.boxes import block_of, read_boxes
from dam_media_image.functions.exif import has_tag, is_tiff
from dam_media_image.functions.heif import MAX_FILE
from dam_media_image.functions.opened import OpenedPicture

if TYPE_CHECKING:
    import pyvips

KINDS = {
    "image/x-adobe-dng": "DNG",
    "image/x-canon-cr2": "CR2",
    "image/x-canon-cr3": "CR3",
    "image/x-fuji-raf": "RAF",
    "image/x-minolta-mrw": "MRW",
    "image/x-nikon-nef": "NEF",
    "image/x-olympus-orf": "ORF",
    "image/x-panasonic-rw2": "RW2",
    "image/x-pentax-pef": "PEF",
    "image/x-sony-arw": "ARW",
    "image/x-x3f": "X3F",
}
"""Raw photo formats by MIME type."""

GOOD_PREVIEW = 1600
"""Pixels of the long side from which on an embedded picture is good enough for any preview."""

_ORIENTATIONS = {3: 3, 5: 8, 6: 6}  # LibRaw's flip -> EXIF's orientation
_CR3_METADATA = b"uuid" + bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_CR3_PARTS = {b"CMT1": "exif", b"CMT2": "exif_sub", b"CMT4": "gps"}
_DNG_VERSION = 0xC612
_BANDS = 3


def raw_kind(file: IO[bytes]) -> str | None:
    """The short name of the raw photo format that an open file is in ("DNG"), or None."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    size = os.fstat(file.fileno()).st_size
    kind = KINDS.get(precise_mime_type(detect_mime_type(head, size), head))
    if kind is None and is_tiff(file) and has_tag(file, _DNG_VERSION):  # its directory lies far behind
        return "DNG"
    return kind


def open_raw(file: IO[bytes]) -> OpenedPicture:
    """Read the header of a raw photo. Raises ContentUnsupportedError for one that LibRaw does not know."""
    import rawpy  # noqa: PLC0415 - slow to import, and most pictures are not raw

    kind = raw_kind(file) or "RAW"
    photo = _opened(rawpy, file, kind)
    sizes = photo.sizes
    cropped = sizes.crop_width and sizes.crop_height
    width, height = (sizes.crop_width, sizes.crop_height) if cropped else (sizes.width, sizes.height)
    orientation = _ORIENTATIONS.get(sizes.flip, 1)
    if orientation >= 5:
        width, height = height, width
    return OpenedPicture(
        kind,
        "RGB",
        width,
        height,
        info=raw_blocks(file, kind),
        render=lambda size: _rendered(rawpy, photo, size, orientation),
        is_upright=True,
    )


def _opened(rawpy: Any, file: IO[bytes], kind: str) -> Any:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    photo = rawpy.RawPy()
    try:
        if os.fstat(file.fileno()).st_size <= MAX_FILE:
            file.seek(0)
            photo.open_buffer(file)
        else:
            photo.open_file(f"/proc/self/fd/{file.fileno()}" if os.path.isdir("/proc/self/fd") else file.name)  # noqa: PTH112 - one look
    except rawpy.LibRawError as error:
        photo.close()
        raise ContentUnsupportedError(f"The {kind} photo is cut off or of a kind that LibRaw does not read ({_words(error)}).") from error
    return photo


def _rendered(rawpy: Any, photo: Any, size: int, orientation: int) -> pyvips.Image:
    """The embedded picture if it is large enough, else the raw one at half its size, else whatever is embedded; upright."""
    embedded = _embedded(rawpy, photo, size)
    if embedded is not None and max(embedded.width, embedded.height) >= min(size, GOOD_PREVIEW):
        return _turned(embedded, photo, orientation)
    try:
        pixels = photo.postprocess(half_size=True, use_camera_wb=True, output_bps=8, user_flip=0)
    except MemoryError as error:
        raise ContentRefusedError("The raw photo needs more memory than an analysis may use, so it has no preview.") from error
    except (rawpy.LibRawError, ValueError) as error:
        if embedded is not None:
            return _turned(embedded, photo, orientation)
        raise ContentCorruptError(f"The raw photo cannot be developed ({_words(error)}): take the file from a backup.") from error
    height, width = pixels.shape[:2]
    return vips.upright(vips.from_memory(pixels.tobytes(), width, height, _BANDS), orientation)


def _embedded(rawpy: Any, photo: Any, size: int) -> pyvips.Image | None:
    """The picture that the camera embedded, as it is stored; None if there is none that can be read."""
    try:
        found = photo.extract_thumb()
        if found.format == rawpy.ThumbFormat.JPEG:
            return vips.shrink_bytes(found.data, size)
        height, width = found.data.shape[:2]
        return vips.from_memory(found.data.tobytes(), width, height, _BANDS)
    except (rawpy.LibRawError, vips.VipsError, MemoryError):
        return None


def _turned(embedded: pyvips.Image, photo: Any, orientation: int) -> pyvips.Image:
    """Turn the embedded picture as the raw one, unless the camera has turned it already."""
    lies = embedded.width > embedded.height
    is_turned = orientation >= 5 and lies != (photo.sizes.width > photo.sizes.height)
    return embedded if is_turned else vips.upright(embedded, orientation)


def raw_blocks(file: IO[bytes], kind: str) -> dict[Any, Any]:
    """The metadata blocks of the formats that are not built like a TIFF, under Pillow's names and "exif_sub", "gps"."""
    if kind == "CR3":
        return _cr3_blocks(file)
    if kind == "RAF":
        return _raf_blocks(file)
    return {"tiff": True} if kind not in ("X3F", "MRW") else {}


def _cr3_blocks(file: IO[bytes]) -> dict[Any, Any]:
    movie = next((box for box in read_boxes(file) if box.kind == b"moov"), None)
    if movie is None:
        return {}
    canon = next((box for box in read_boxes(file, movie.start, movie.end) if box.kind == _CR3_METADATA), None)
    if canon is None:
        return {}
    parts = [box for box in read_boxes(file, canon.start, canon.end) if box.kind in _CR3_PARTS]
    return {_CR3_PARTS[box.kind]: block_of(file, box) for box in parts}


def _raf_blocks(file: IO[bytes]) -> dict[Any, Any]:
    """The metadata of the JPEG whose place and length stand at byte 84."""
    from PIL import JpegImagePlugin  # noqa: PLC0415 - for one format

    place = os.pread(file.fileno(), 8, 84)
    if len(place) < 8:
        return {}
    start, length = struct.unpack(">II", place)
    data = os.pread(file.fileno(), min(length, MAX_FILE), start)
    try:
        return dict(JpegImagePlugin.JpegImageFile(io.BytesIO(data)).info)
    except (OSError, SyntaxError, ValueError, struct.error):
        return {}


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else type(error).__name__
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
