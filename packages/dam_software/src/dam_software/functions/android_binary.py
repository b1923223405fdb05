"""Android's binary files: chunks, strings and XML.

Sources: Android Open Source Project, frameworks/base, libs/androidfw/include/androidfw/ResourceTypes.h; core/res/res/values/public.xml
for the numbers of attributes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dam.core.exceptions import ContentCorruptError

STRING_POOL, TABLE, XML, START_ELEMENT, END_ELEMENT, RESOURCE_MAP, PACKAGE, TYPE = 0x01, 0x02, 0x03, 0x0102, 0x0103, 0x0180, 0x0200, 0x0201
REFERENCE, STRING, FLOAT, DIMENSION, FRACTION, FIRST_NUMBER, FIRST_COLOR, LAST_COLOR, LAST_NUMBER = 1, 3, 4, 5, 6, 0x10, 0x1C, 0x1F, 0x1F
UTF8 = 0x100
DEEPEST = 64

ATTRIBUTES = {
    0x01010001: "label", 0x01010002: "icon", 0x01010003: "name", 0x0101020C: "minSdkVersion", 0x0101021B: "versionCode",
    0x0101021C: "versionName", 0x01010270: "targetSdkVersion",
    0x01010119: "src", 0x01010121: "tint", 0x01010155: "height", 0x01010159: "width", 0x01010199: "drawable", 0x0101019A: "shape",
    0x0101019D: "startColor", 0x0101019E: "endColor", 0x010101A0: "angle", 0x010101A1: "type", 0x010101A2: "centerX",
    0x010101A3: "centerY", 0x010101A4: "gradientRadius", 0x010101A5: "color", 0x010101B5: "pivotX", 0x010101B6: "pivotY",
    0x0101020B: "centerColor", 0x0101031F: "alpha", 0x01010324: "scaleX", 0x01010325: "scaleY", 0x01010326: "rotation",
    0x01010402: "viewportWidth", 0x01010403: "viewportHeight", 0x01010404: "fillColor", 0x01010405: "pathData",
    0x01010406: "strokeColor", 0x01010407: "strokeWidth", 0x0101040B: "strokeLineCap", 0x0101040C: "strokeLineJoin",
    0x0101040D: "strokeMiterLimit", 0x0101045A: "translateX", 0x0101045B: "translateY", 0x010104B5: "inset", 0x010104CB: "strokeAlpha",
    0x010104CC: "fillAlpha", 0x01010510: "startX", 0x01010511: "startY", 0x01010512: "endX", 0x01010513: "endY", 0x01010514: "offset",
    0x0101051E: "fillType", 0x0101052C: "roundIcon",
}  # fmt: skip
"""What the system's own attributes are called, by their number: a file may leave their names away."""


class Value(NamedTuple):
    """A value as it stands in a manifest or table: a reference to a resource, a string of a pool, or a number."""

    kind: int
    data: int

    @property
    def number(self) -> float:
        """The value as a number: of a length what stands before its unit. 0 for what is none."""
        if self.kind == FLOAT:
            return float(struct.unpack("<f", struct.pack("<I", self.data))[0])
        if self.kind in (DIMENSION, FRACTION):
            signed = self.data - (1 << 32) if self.data >> 31 else self.data
            return (signed >> 8) / (1, 1 << 7, 1 << 15, 1 << 23)[self.data >> 4 & 3]
        if FIRST_NUMBER <= self.kind < FIRST_COLOR:
            return float(self.data - (1 << 32) if self.data >> 31 else self.data)
        return 0.0


class Chunk(NamedTuple):
    """A part of a binary file: what it is, where it begins, how long its header is, and where it ends."""

    kind: int
    start: int
    header: int
    end: int


@dataclass(slots=True)
class Element:
    """An element of a binary XML document, its attributes by name (a string is one already), and what is in it."""

    name: str
    values: dict[str, Value | str]
    children: list[Element] = field(default_factory=list)

    def number(self, name: str, default: float = 0.0) -> float:
        """An attribute as a number, if it stands there as one."""
        value = self.values.get(name)
        return value.number if isinstance(value, Value) and value.kind != REFERENCE else default

    def all(self) -> Iterator[Element]:
        """This element and all within it, in their order."""
        yield self
        for child in self.children:
            yield from child.all()


def read_xml(data: bytes, what: str) -> Element:
    """The outermost element of a binary XML document; `what` it is stands in the ContentCorruptError for what is none."""
    whole = next(chunks(data, 0, len(data)), None)
    if whole is None or whole.kind != XML:
        raise ContentCorruptError(f"The package's {what} is damaged.")
    strings, numbers = Strings.none(), ()
    open_elements = [Element("", {})]
    for chunk in chunks(data, whole.start + whole.header, whole.end):
        if chunk.kind == STRING_POOL:
            strings = Strings(data, chunk)
        elif chunk.kind == RESOURCE_MAP:
            numbers = struct.unpack_from(f"<{(chunk.end - chunk.start - chunk.header) // 4}I", data, chunk.start + chunk.header)
        elif chunk.kind == START_ELEMENT:
            place = chunk.start + chunk.header
            _, name, first, size, count = struct.unpack_from("<IIHHH", data, place)
            values: dict[str, Value | str] = {}
            size = max(size, 20)
            for at in range(place + first, min(place + first + size * count, chunk.end), size):
                _, key, _, _, _, kind, value = struct.unpack_from("<IIIHBBI", data, at)
                known = ATTRIBUTES.get(numbers[key]) if key < len(numbers) else None
                values[known or strings[key]] = strings[value] if kind == STRING else Value(kind, value)
            element = Element(strings[name], values)
            open_elements[-1].children.append(element)
            if len(open_elements) < DEEPEST:
                open_elements.append(element)
        elif chunk.kind == END_ELEMENT and len(open_elements) > 1:
            open_elements.pop()
    if not open_elements[0].children:
        raise ContentCorruptError(f"The package's {what} is damaged.")
    return open_elements[0].children[0]


class Strings:
    """The strings of a file, by their number."""

    def __init__(self, data: bytes, chunk: Chunk) -> None:
        """Of the chunk that holds them; each is decoded when it is asked for."""
        self._data, self._end = data, chunk.end
        self._count, _, flags, start = struct.unpack_from("<4I", data, chunk.start + 8)
        self._is_utf8 = bool(flags & UTF8)
        self._offsets, self._start = chunk.start + chunk.header, chunk.start + start

    @classmethod
    def none(cls) -> Strings:
        """No strings at all."""
        return cls(bytes(28), Chunk(STRING_POOL, 0, 28, 28))

    def __getitem__(self, number: int) -> str:
        """One string; nothing for a number that has none."""
        if number >= self._count:
            return ""
        place = self._start + int(struct.unpack_from("<I", self._data, self._offsets + 4 * number)[0])
        if self._is_utf8:
            _, place = self._length(place, 1, 0x80)  # in characters
        length, place = self._length(place, 1 if self._is_utf8 else 2, 0x80 if self._is_utf8 else 0x8000)
        size = length if self._is_utf8 else 2 * length
        return self._data[place : min(place + size, self._end)].decode("utf-8" if self._is_utf8 else "utf-16-le", "replace")

    def _length(self, place: int, size: int, mark: int) -> tuple[int, int]:
        """A length, which has a second part where the first is marked, and what follows it."""
        length = int.from_bytes(self._data[place : place + size], "little")
        if not length & mark:
            return length, place + size
        low = int.from_bytes(self._data[place + size : place + 2 * size], "little")
        return (length ^ mark) << 8 * size | low, place + 2 * size


def chunks(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """The chunks of a part of a file, one after the other."""
    while start + 8 <= end:
        kind, header, size = struct.unpack_from("<HHI", data, start)
        if size < 8 or header > size or start + size > end:
            raise ContentCorruptError("The package's manifest or its table of resources is damaged.")
        yield Chunk(kind, start, header, start + size)
        start += size
