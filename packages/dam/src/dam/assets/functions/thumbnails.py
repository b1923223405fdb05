"""The small pictures that stand for an asset, made by an analysis of any plugin from a picture that it has drawn or found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

SIZES: Mapping[str, int] = {"small": 200, "medium": 800}
"""The name and the longest side, in pixels, of each thumbnail that is made when nothing else is said."""


def write_thumbnails(picture: Image.Image, settings: Mapping[str, Any], scratch: str) -> tuple[dict[str, str], str]:
    """Write one WebP for each size into the scratch folder, the largest first and the smaller ones from it.

    `picture` is upright and in sRGB. Settings, all optional: `thumbnail_sizes` (name to longest side in pixels; a smaller picture
    keeps its own), `thumbnail_quality` (1 to 100), `thumbnail_effort` (0 to 6). Returns the file names by size's name, and the
    average colour of the smallest one as six hex digits.
    """
    sizes: Mapping[str, int] = settings.get("thumbnail_sizes", SIZES)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    names: dict[str, str] = {}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        if max(picture.size) > size:
            picture = picture.copy()
            picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        names[name] = f"{name}.webp"
        quality, effort = settings.get("thumbnail_quality", 80), settings.get("thumbnail_effort", 2)
        picture.save(Path(scratch, names[name]), "WEBP", quality=quality, method=effort)
    return names, average_color(picture)


def average_color(picture: Image.Image) -> str:
    """Tell the average of the visible pixels as six hex digits: transparent ones do not count."""
    visible = picture.convert("RGBA").convert("RGBa").resize((1, 1), Image.Resampling.BOX).convert("RGBA").convert("RGB")
    red, green, blue = visible.tobytes()
    return f"{red:02x}{green:02x}{blue:02x}"
