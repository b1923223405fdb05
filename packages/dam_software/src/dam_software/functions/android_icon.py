"""Drawing the icon of an Android package: vectors, layers and adaptive icons, which are XML that stands for pictures.

Sources: developer.android.com, VectorDrawable, AdaptiveIconDrawable and "Drawable resources".
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from dam.assets.functions.drawings import draw_svg
from dam_software.functions.android_binary import FRACTION, Element, Value, read_xml
from dam_software.functions.android_table import ResourceTable
from dam_software.functions.android_vector import channels, shape_svg, vector_svg

PICTURES = (".png", ".webp", ".jpg")
SIZE = 432
"""Pixels of a side: the 108 units of an adaptive icon, four pixels each."""
SHOWN = (SIZE // 6, SIZE // 6, SIZE * 5 // 6, SIZE * 5 // 6)
"""What an adaptive icon shows: the 72 units in its middle; the rest is for movement."""
MOST_DRAWABLES, MOST_PIXELS = 32, 4096 * 4096
DEEPEST = 8


class Painter:
    """Draws what the resources of one package stand for."""

    def __init__(self, table: ResourceTable, read: Callable[[str], bytes | None]) -> None:
        """`read` gives a member of the package by its name, or None."""
        self._table = table
        self._read = read
        self._left = MOST_DRAWABLES

    def icon(self, value: Value | str | None) -> Image.Image | None:
        """The icon that a value stands for; None where there is none that can be drawn: the facts count, the icon is an extra."""
        try:
            return self._drawn(value, 0)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - hostile bytes bring out errors of many kinds, here and in libraries
            return None

    def _drawn(self, value: Value | str | None, depth: int) -> Image.Image | None:
        color = self._table.color(value)
        if color is not None:
            return Image.new("RGBA", (SIZE, SIZE), channels(color))
        for name in self._table.files(value):
            data = self._member(name) if depth < DEEPEST else None
            picture = None if data is None else self._element(read_xml(data, "icon"), depth + 1) if name.endswith(".xml") else _opened(data)
            if picture is not None:
                return picture
        return None

    def _member(self, name: str) -> bytes | None:
        self._left -= 1
        return self._read(name) if self._left >= 0 else None

    def _element(self, element: Element, depth: int) -> Image.Image | None:
        """A drawable as its XML tells it."""
        if depth > DEEPEST:
            return None
        if element.name == "vector":
            return _rendered(vector_svg(element, self._table, self._color_file), element, self._table)
        if element.name == "shape":
            return _rendered(shape_svg(element, self._table), element, self._table)
        if element.name == "adaptive-icon":
            layers = [child for name in ("background", "foreground") for child in element.children if child.name == name]
            picture = self._layers(layers, depth)
            return picture.crop(SHOWN) if picture is not None else None
        if element.name == "layer-list":
            return self._layers(element.children, depth)
        value = next((element.values[name] for name in ("drawable", "src", "color") if name in element.values), None)
        if value is not None:
            return _inset(self._drawn(value, depth + 1), element)
        found = (self._element(child, depth + 1) for child in element.children[:4])
        return _inset(next((one for one in found if one is not None), None), element)

    def _layers(self, layers: list[Element], depth: int) -> Image.Image | None:
        """Pictures one upon the other."""
        whole: Image.Image | None = None
        for layer in layers:
            picture = self._element(layer, depth + 1)
            if picture is not None:
                whole = whole or Image.new("RGBA", (SIZE, SIZE))
                whole.alpha_composite(picture.resize((SIZE, SIZE)) if picture.size != (SIZE, SIZE) else picture)
        return whole

    def _color_file(self, value: Value | str | None) -> Element | None:
        """The file that a colour stands for, where it is a gradient or a choice of colours."""
        for name in self._table.files(value):
            data = self._member(name) if name.endswith(".xml") else None
            if data is not None:
                return read_xml(data, "icon")
        return None


def _rendered(svg: bytes, element: Element, table: ResourceTable) -> Image.Image:
    """A drawing in the middle of a square picture, in its tint if it has one."""
    drawn = draw_svg(svg, SIZE)
    picture = Image.frombytes("RGBA", (drawn.width, drawn.height), drawn.write_to_memory())
    whole = Image.new("RGBA", (SIZE, SIZE))
    whole.paste(picture, ((SIZE - picture.width) // 2, (SIZE - picture.height) // 2))
    tint = table.color(element.values.get("tint"))
    if tint is None:
        return whole
    tinted = Image.new("RGBA", whole.size, channels(tint)[:3])
    tinted.putalpha(whole.getchannel("A"))
    return tinted


def _inset(picture: Image.Image | None, element: Element) -> Image.Image | None:
    """A picture with a margin, if the element asks for one: a part of the whole, or of the icon's 108 units."""
    value = element.values.get("inset")
    if picture is None or not isinstance(value, Value):
        return picture
    part = value.number if value.kind == FRACTION else value.number / 108
    margin = round(SIZE * min(max(part, 0.0), 0.45))
    whole = Image.new("RGBA", (SIZE, SIZE))
    whole.paste(picture.resize((SIZE - 2 * margin, SIZE - 2 * margin)), (margin, margin))
    return whole


def _opened(data: bytes) -> Image.Image | None:
    """A picture of pixels; None for one that is too large."""
    with Image.open(io.BytesIO(data), formats=["PNG", "WEBP", "JPEG"]) as picture:
        return picture.convert("RGBA").resize((SIZE, SIZE)) if picture.width * picture.height <= MOST_PIXELS else None
