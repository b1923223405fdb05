"""SVG drawings: how large they are, and how they look."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from dam.assets.functions.drawings import draw_svg
from dam.core.exceptions import ContentCorruptError
from dam_media_image.functions import vips
from dam_media_image.functions.heif import whole_file
from dam_media_image.functions.opened import OpenedPicture

if TYPE_CHECKING:
    import pyvips

DEFAULT_SIZE = (300, 150)
"""Width and height, in pixels, of a drawing that tells neither a size nor a view box (CSS 2.2, 10.3.2)."""

_PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_ROOT = re.compile(rb"<(?:\w+:)?svg\b([^<>]*)")
_ATTRIBUTE = re.compile(rb"\s(width|height|viewBox)\s*=\s*[\"']([^\"'<>]{1,200})[\"']")
_LENGTH = re.compile(r"\s*\+?(\d{1,9}(?:\.\d{1,9})?)\s*(px|pt|pc|mm|cm|in)?\s*")


def open_svg(file: IO[bytes]) -> OpenedPicture:
    """Read the measures of a drawing: its own, else those of its view box. Raises ContentRefusedError for a very large file."""
    data = whole_file(file, "SVG")
    width, height = _measures(data)
    return OpenedPicture("SVG", "RGBA", width, height, has_alpha=True, render=lambda size: _drawn(data, size), is_upright=True)


def _measures(data: bytes) -> tuple[int, int]:
    root = _ROOT.search(data[: 1 << 16])
    found = {name: value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(root[1])} if root else {}
    width, height = _length(found.get(b"width")), _length(found.get(b"height"))
    box = [_length(part) for part in re.split(r"[\s,]+", found.get(b"viewBox", "").strip())[2:4]]
    if len(box) == 2 and box[0] and box[1]:
        width = width or (height * box[0] / box[1] if height else box[0])
        height = height or width * box[1] / box[0]
    return max(1, round(width or DEFAULT_SIZE[0])), max(1, round(height or DEFAULT_SIZE[1]))


def _length(text: str | None) -> float | None:
    """A length in pixels; None for a percentage and for what is no length."""
    match = _LENGTH.fullmatch(text or "")
    return (float(match[1]) * _PIXELS[match[2] or ""] or None) if match else None


def _drawn(data: bytes, size: int) -> pyvips.Image:
    try:
        return draw_svg(data, size)
    except vips.VipsError as error:
        raise ContentCorruptError(f"The SVG drawing cannot be drawn ({vips.reason(error)}).") from error
