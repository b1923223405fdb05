"""The pixels of a picture, decoded once at the size that is needed: by libvips, or by Pillow where libvips cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from PIL import Image

from dam.core.analysis import reason_of
from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_media_image.functions import vips
from dam_media_image.functions.exif import BROKEN
from dam_media_image.functions.formats import READ_BY_VIPS
from dam_media_image.functions.opened import OpenedPicture

if TYPE_CHECKING:
    import pyvips

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True)
class Pixels:
    """The decoded picture: upright, 8 bits, grey or RGB with or without alpha, long side at most the wanted size.

    `profile` is the ICC profile that its colours are still in, or None.
    """

    picture: pyvips.Image
    profile: bytes | None

    def as_pillow(self) -> Image.Image:
        """The same pixels as a Pillow picture."""
        mode = _MODES[self.picture.bands]
        return Image.frombuffer(mode, (self.picture.width, self.picture.height), self.picture.write_to_memory(), "raw", mode, 0, 1)


def decode(opened: OpenedPicture, file: IO[bytes], size: int, orientation: int) -> Pixels:
    """Decode a picture so that its long side is at most `size`, upright by `orientation`, never enlarged.

    Raises `ContentCorruptError` where its pixels are damaged or cut off, `ContentRefusedError` where they need too much memory.
    """
    reason = None
    if opened.render is not None:
        return _finished(vips.shrink_to(_rendered(opened, size), size), opened, 1 if opened.is_upright else orientation)
    if opened.format in READ_BY_VIPS or opened.format == "MPO":
        try:
            picture = vips.shrink(file, size)
        except vips.VipsError as error:
            reason = vips.reason(error)
        else:
            return _finished(picture, None if opened.mode in ("CMYK", "LAB") else opened, orientation)
    if opened.picture is None:
        raise ContentCorruptError(_damaged(opened, reason))
    file.seek(opened.position)
    try:
        shrunk = _shrunk_by_pillow(opened.picture, size)
    except MemoryError as error:
        raise ContentRefusedError(
            f"The {opened.format} picture needs more memory than an analysis may use, so it has no preview."
        ) from error
    except Image.DecompressionBombError as error:
        raise ContentRefusedError(f"The {opened.format} picture holds a frame that is too large, so it has no preview.") from error
    except BROKEN as error:
        raise ContentCorruptError(_damaged(opened, reason or reason_of(error))) from error
    picture = _as_vips(shrunk, opened)
    turned = opened.format == "TIFF"  # Pillow turns these by itself
    return _finished(picture, None if opened.mode in ("CMYK", "LAB") else opened, 1 if turned else orientation)


def _rendered(opened: OpenedPicture, size: int) -> pyvips.Image:
    """Let the format's own reader make the pixels; whatever a library raises becomes a sentence."""
    assert opened.render is not None  # noqa: S101 - the caller has looked
    try:
        return opened.render(size)
    except MemoryError as error:
        raise ContentRefusedError(
            f"The {opened.format} picture needs more memory than an analysis may use, so it has no preview."
        ) from error
    except (vips.VipsError, *BROKEN) as error:
        raise ContentCorruptError(_damaged(opened, vips.reason(error))) from error


def _as_vips(shrunk: Image.Image, opened: OpenedPicture) -> pyvips.Image:
    """Hand Pillow's pixels to libvips; print colours become sRGB on the way, by their profile if there is one."""
    if shrunk.mode != "CMYK":
        return vips.from_memory(shrunk.tobytes(), *shrunk.size, len(shrunk.getbands()))
    profile = opened.info.get("icc_profile")
    try:
        return vips.from_samples(shrunk.tobytes(), *shrunk.size, "CMYK", profile if isinstance(profile, bytes) else None)
    except vips.VipsError as error:
        opened.notes.append(f"The colour profile cannot be used ({vips.reason(error)}).")
        return vips.from_samples(shrunk.tobytes(), *shrunk.size, "CMYK", None)


def _finished(picture: pyvips.Image, opened: OpenedPicture | None, orientation: int) -> Pixels:
    """`opened` is None where the colours are sRGB already."""
    if picture.bands > 4:
        picture = picture[0:3]
    profile = opened.info.get("icc_profile") if opened is not None else None
    return Pixels(vips.upright(picture, orientation), profile if isinstance(profile, bytes) and profile else None)


def _shrunk_by_pillow(picture: Image.Image, size: int) -> Image.Image:
    picture.draft(None, (size, size))
    picture.load()
    plain = _plain(picture)
    if max(plain.size) <= size:
        return plain
    scale = size / max(plain.size)
    target = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
    return plain.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _plain(picture: Image.Image) -> Image.Image:
    """Bring any of Pillow's modes to grey or RGB, with alpha where there is one."""
    if picture.mode == "CMYK":
        return picture
    if picture.mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in ("1", "L", "I", "F"):
        return picture.convert("LA" if "transparency" in picture.info else "L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _damaged(opened: OpenedPicture, reason: str | None) -> str:
    return f"The pixels of the {opened.format} picture cannot be decoded ({reason}): take the file from a backup if there is one."
