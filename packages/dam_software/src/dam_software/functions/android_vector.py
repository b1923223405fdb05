"""Vector drawables and shapes of Android as SVG, in which nothing stands but numbers, colours and paths that were looked at.

Source: developer.android.com, VectorDrawable and "Drawable resources"; Scalable Vector Graphics 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import cos, radians, sin

from dam_software.functions.android_binary import Element, Value
from dam_software.functions.android_table import ResourceTable

MOST_PATHS, MOST_PATH_LENGTH = 2000, 1 << 20
PATH = re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE+\-.,\s]*")
CAPS, JOINS = ("butt", "round", "square"), ("miter", "round", "bevel")
LINEAR, RADIAL = 0, 1
OVAL = 1

FindColorFile = Callable[[Value | str | None], Element | None]


def channels(color: int) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha of a colour in 32 bits, whose first 8 are alpha."""
    return color >> 16 & 0xFF, color >> 8 & 0xFF, color & 0xFF, color >> 24


def vector_svg(vector: Element, table: ResourceTable, color_file: FindColorFile) -> bytes:
    """A vector drawable as SVG. `color_file` finds the gradient, or the choice of colours, that a colour stands for."""
    return _Drawing(table, color_file).svg(vector)


def shape_svg(shape: Element, table: ResourceTable) -> bytes:
    """A shape, an oval or else a rectangle, as SVG; it fills the picture."""
    drawing = _Drawing(table, lambda _: None)
    paint = ' fill="none"'
    for child in shape.children:
        if child.name == "solid":
            paint = drawing.paint("fill", child.values.get("color"), 1.0)
        elif child.name == "gradient":
            angle = radians(child.number("angle"))
            across, up = cos(angle) / 2, sin(angle) / 2
            paint = drawing.gradient("fill", child, 1.0, (0.5 - across, 0.5 + up, 0.5 + across, 0.5 - up), (0.5, 0.5, 0.5))
    form = '<ellipse cx=".5" cy=".5" rx=".5" ry=".5"' if shape.number("shape") == OVAL else '<rect width="1" height="1"'
    return drawing.document(f"{form}{paint}/>", 1, 1, 1, 1)


class _Drawing:
    """One SVG while it is written."""

    def __init__(self, table: ResourceTable, color_file: FindColorFile) -> None:
        self._table = table
        self._color_file = color_file
        self._definitions: list[str] = []
        self._paths = 0
        self._length = 0

    def svg(self, vector: Element) -> bytes:
        width, height = vector.number("viewportWidth"), vector.number("viewportHeight")
        width, height = (width, height) if width > 0 and height > 0 else (24.0, 24.0)
        shown = vector.number("width", width), vector.number("height", height)
        body = f"<g{_opacity(vector.number('alpha', 1.0))}>{self._content(vector)}</g>"
        return self.document(body, width, height, *(shown if min(shown) > 0 else (width, height)))

    def document(self, body: str, box_width: float, box_height: float, width: float, height: float) -> bytes:
        longest = max(width, height)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width / longest:.6f}" height="{height / longest:.6f}"'
        head += f' viewBox="0 0 {box_width:.6f} {box_height:.6f}" preserveAspectRatio="none">'
        return f"{head}<defs>{''.join(self._definitions)}</defs>{body}</svg>".encode()

    def _content(self, group: Element) -> str:
        """What is in a group; a clip holds for all that follows it there."""
        out, ends = "", ""
        for child in group.children:
            if child.name == "group":
                out += f"<g{_transform(child)}>{self._content(child)}</g>"
            elif child.name == "clip-path":
                clip = self._define("clipPath", "", f'<path d="{self._data(child)}"{_rule(child, "clip-rule")}/>')
                out, ends = f'{out}<g clip-path="url(#{clip})">', f"</g>{ends}"
            elif child.name == "path":
                out += self._path(child)
        return out + ends

    def _path(self, path: Element) -> str:
        data = self._data(path)
        if not data:
            return ""
        fill = self.paint("fill", path.values.get("fillColor"), path.number("fillAlpha", 1.0))
        stroke = ""
        if "strokeColor" in path.values and path.number("strokeWidth") > 0:
            stroke = self.paint("stroke", path.values["strokeColor"], path.number("strokeAlpha", 1.0))
            stroke += (
                f' stroke-width="{path.number("strokeWidth"):.6f}" stroke-miterlimit="{max(1.0, path.number("strokeMiterLimit", 4.0)):.6f}"'
            )
            stroke += f' stroke-linecap="{_choice(CAPS, path.number("strokeLineCap"))}"'
            stroke += f' stroke-linejoin="{_choice(JOINS, path.number("strokeLineJoin"))}"'
        return f'<path d="{data}"{_rule(path, "fill-rule")}{fill}{stroke}/>'

    def _data(self, path: Element) -> str:
        """The commands of a path; none where anything else stands among them, or there are too many."""
        data = self._table.text(path.values.get("pathData")) or ""
        self._paths += 1
        self._length += len(data)
        return data if self._paths <= MOST_PATHS and self._length <= MOST_PATH_LENGTH and PATH.fullmatch(data) else ""

    def paint(self, what: str, value: Value | str | None, alpha: float) -> str:
        """The attributes for a colour or a gradient."""
        color = self._table.color(value)
        if color is None:
            element = self._color_file(value)
            if element is not None and element.name == "gradient":
                names = ("startX", "startY", "endX", "endY"), ("centerX", "centerY", "gradientRadius")
                line, circle = (tuple(element.number(name) for name in some) for some in names)
                return self.gradient(what, element, alpha, line, circle)
            chosen = element.children[-1:] if element is not None else []  # of a choice, the last is for all other states
            color = self._table.color(chosen[0].values.get("color")) if chosen else None
        if color is None:
            return f' {what}="none"'
        red, green, blue, opacity = channels(color)
        return f' {what}="#{red:02x}{green:02x}{blue:02x}" {what}-opacity="{opacity / 255 * min(max(alpha, 0.0), 1.0):.4f}"'

    def gradient(self, what: str, element: Element, alpha: float, line: tuple[float, ...], circle: tuple[float, ...]) -> str:
        """The same for a gradient along a line, or around a point; one that sweeps is drawn along the line."""
        told = [(child.number("offset"), child.values.get("color")) for child in element.children if child.name == "item"]
        if not told:
            colors = [element.values[name] for name in ("startColor", "centerColor", "endColor") if name in element.values]
            told = [(place / max(1, len(colors) - 1), value) for place, value in enumerate(colors)]
        stops = "".join(f'<stop offset="{offset:.6f}"{self.paint("stop", value, 1.0)}/>' for offset, value in told)
        stops = stops.replace(' stop="', ' stop-color="')
        is_radial = element.number("type") == RADIAL
        names = ("cx", "cy", "r") if is_radial else ("x1", "y1", "x2", "y2")
        places = "".join(f' {name}="{place:.6f}"' for name, place in zip(names, circle if is_radial else line, strict=True))
        kind = "radialGradient" if is_radial else "linearGradient"
        name = self._define(kind, f' gradientUnits="userSpaceOnUse"{places}', stops)
        return f' {what}="url(#{name})" {what}-opacity="{alpha:.4f}"'

    def _define(self, kind: str, attributes: str, body: str) -> str:
        name = f"d{len(self._definitions)}"
        self._definitions.append(f'<{kind} id="{name}"{attributes}>{body}</{kind}>')
        return name


def _transform(group: Element) -> str:
    across, down = group.number("pivotX"), group.number("pivotY")
    moved = f"translate({group.number('translateX') + across:.6f} {group.number('translateY') + down:.6f})"
    turned = f"rotate({group.number('rotation'):.6f}) scale({group.number('scaleX', 1.0):.6f} {group.number('scaleY', 1.0):.6f})"
    return f' transform="{moved} {turned} translate({-across:.6f} {-down:.6f})"'


def _opacity(alpha: float) -> str:
    return f' opacity="{alpha:.4f}"' if alpha < 1 else ""


def _rule(path: Element, name: str) -> str:
    return f' {name}="evenodd"' if path.number("fillType") == 1 else ""


def _choice(words: tuple[str, ...], number: float) -> str:
    return words[int(number)] if 0 <= number < len(words) else words[0]
