"""The pictures that stand for archives: the main map of a texture pack, and the first page of a comic.

The analyses run in a child process without World, database or network.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image

from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content
from dam.core.exceptions import ContentError
from dam_archive.functions.budget import Limits, Meter
from dam_archive.functions.entries import DAMAGED, ENCRYPTED, FILE, PasswordNeededError
from dam_archive.functions.maps import first_page_of, maps_of, primary_of
from dam_archive.functions.passwords import unlocked_archive

MOST_BYTES = 64 << 20
MOST_PIXELS = 100_000_000
FORMATS = ["PNG", "JPEG", "TIFF", "TGA", "BMP", "WEBP", "GIF"]


def analyse_textures(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Name the maps of a texture pack, and draw the main one.

    Settings: those of `read_members` and of `write_thumbnails`. Returns {"maps": {role: [names]}, "primary", "thumbnails", "width",
    "height", "color", "problem"}. Only the main map is read. Raises ContentError.
    """
    names, primary, facts = _picture_of(content, settings, primary_of)
    return {"maps": maps_of(names), "primary": primary, **facts}


def draw_first_page(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the first page of an archive of pictures; settings, answer and errors as of `analyse_textures`, without its maps."""
    return _picture_of(content, settings, first_page_of)[2]


def _picture_of(
    content: Content, settings: Mapping[str, Any], choose: Callable[[Sequence[str]], str | None]
) -> tuple[list[str], str | None, dict[str, Any]]:
    """The names of an archive's members, the one that is chosen, and what is drawn of it."""
    limits, filename = Limits.of(settings), settings.get("filename", "")
    facts: dict[str, Any] = {"thumbnails": {}, "problem": None} | dict.fromkeys(("width", "height", "color"))
    with unlocked_archive(content, limits, settings.get("passwords", ()), filename) as (reader, _):
        if reader is None:
            raise PasswordNeededError("The archive is encrypted, and so are the names of its members; it needs a password.")
        names = [entry.shown if entry.kind == FILE else "" for entry in reader.entries]
        chosen = choose(names)
        if chosen is None:
            return names, None, facts
        sink = _Memory(Meter(limits, content.size), chosen)
        place = names.index(chosen)
        reader.pour(lambda index, _: index == place, lambda _: sink)
    picture = _opened(sink)
    if picture is None:
        facts["problem"] = sink.problem or f"The picture that stands for it, {chosen}, is none that can be read."
    else:
        facts["width"], facts["height"] = picture.size
        facts["thumbnails"], facts["color"] = write_thumbnails(picture, settings, content.scratch)
    return names, chosen, facts


class _Memory:
    """A `Sink` that keeps what it gets, up to a limit."""

    def __init__(self, meter: Meter, name: str) -> None:
        self._meter = meter
        self._name = name
        self.data = bytearray()
        self.problem: str | None = None

    def write(self, data: bytes) -> bool:
        self._meter.count(len(data))
        if len(self.data) + len(data) > MOST_BYTES:
            self.problem = f"{self._name} has more than {MOST_BYTES} bytes."
            return False
        self.data += data
        return True

    def close(self, problem: str | None = None, reason: str = DAMAGED) -> None:
        self.problem = f"{self._name} needs a password." if problem and reason == ENCRYPTED else problem or self.problem


def _opened(sink: _Memory) -> Image.Image | None:
    """The picture, or None for what is none, damaged or too large: the names count, the picture is an extra."""
    if sink.problem:
        return None
    try:
        with Image.open(io.BytesIO(sink.data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (ContentError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds for hostile bytes
        return None
