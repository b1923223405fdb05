"""The table of resources in an Android package: what their numbers stand for.

Source: Android Open Source Project, frameworks/base, libs/androidfw/include/androidfw/ResourceTypes.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dam.core.exceptions import ContentCorruptError
from dam_software.functions.android_binary import (
    FIRST_COLOR,
    FIRST_NUMBER,
    LAST_COLOR,
    LAST_NUMBER,
    PACKAGE,
    REFERENCE,
    STRING,
    STRING_POOL,
    TABLE,
    TYPE,
    Chunk,
    Strings,
    Value,
    chunks,
)

SPARSE, SHORT_OFFSETS = 1, 2
COMPLEX, COMPACT = 1, 8
NOTHING = 0xFFFFFFFF
ANY_DENSITY = 0xFFFE
MOST_RESOURCES = 16
"""How many resources are looked up for one value: one may stand for another, and a hostile table has them in circles."""
SYSTEM_COLORS = {0x0106000B: 0xFFFFFFFF, 0x0106000C: 0xFF000000, 0x0106000D: 0}
"""White, black and transparent, which are the system's own."""


class ResourceTable:
    """What the numbers of resources stand for: several values each, for languages and screens."""

    def __init__(self, data: bytes) -> None:
        """Of the file `resources.arsc`; an empty one knows nothing."""
        self._data = data
        self._strings = Strings.none()
        self._types: dict[tuple[int, int], list[Chunk]] = {}
        for whole in chunks(data, 0, len(data)) if data else ():
            if whole.kind != TABLE:
                raise ContentCorruptError("The package's table of resources is damaged.")
            for chunk in chunks(data, whole.start + whole.header, whole.end):
                if chunk.kind == STRING_POOL:
                    self._strings = Strings(data, chunk)
                elif chunk.kind == PACKAGE:
                    self._add_package(chunk)

    def _add_package(self, package: Chunk) -> None:
        (number,) = struct.unpack_from("<I", self._data, package.start + 8)
        for chunk in chunks(self._data, package.start + package.header, package.end):
            if chunk.kind == TYPE:
                self._types.setdefault((number, self._data[chunk.start + 8]), []).append(chunk)

    def text(self, value: Value | str | None) -> str | None:
        """A value as text, of those for all languages where there are several."""
        if isinstance(value, Value):
            if FIRST_NUMBER <= value.kind <= LAST_NUMBER:
                return str(value.data)
            told = [(locale, self._strings[one.data]) for locale, _, one in self._values(value) if one.kind == STRING]
            value = min(told, default=(b"", ""))[1]
        return " ".join(value.split()) or None if value else None

    def color(self, value: Value | str | None) -> int | None:
        """The colour that a value stands for: alpha, red, green and blue in 32 bits."""
        if not isinstance(value, Value):
            return None
        if value.kind == REFERENCE and value.data in SYSTEM_COLORS:
            return SYSTEM_COLORS[value.data]
        told = [value, *(one for _, _, one in self._values(value))]
        return next((one.data for one in told if FIRST_COLOR <= one.kind <= LAST_COLOR), None)

    def files(self, value: Value | str | None) -> list[str]:
        """The members a value stands for: first those for screens of a certain sharpness, the sharpest first."""
        if not isinstance(value, Value):
            return [value] if value else []
        told = [(density % ANY_DENSITY, self._strings[one.data]) for _, density, one in self._values(value) if one.kind == STRING]
        return [name for _, name in sorted(told, key=lambda one: (one[1].endswith(".xml"), -one[0]))]

    def _values(self, value: Value) -> Iterator[tuple[bytes, int, Value]]:
        """What a value stands for: (language and country, density of the screen, value)."""
        wanted = [value.data] if value.kind == REFERENCE else []
        for resource in wanted:  # grows below
            for locale, density, found in self._resource(resource):
                if found.kind != REFERENCE:
                    yield locale, density, found
                elif found.data not in wanted and len(wanted) < MOST_RESOURCES:
                    wanted.append(found.data)

    def _resource(self, number: int) -> Iterator[tuple[bytes, int, Value]]:
        """The values of one resource."""
        package, kind, index = number >> 24, number >> 16 & 0xFF, number & 0xFFFF
        for chunk in self._types.get((package, kind), ()):
            found = self._entry(chunk, index)
            if found is None:
                continue
            locale, (density,) = self._data[chunk.start + 28 : chunk.start + 32], struct.unpack_from("<H", self._data, chunk.start + 34)
            yield locale, density, found

    def _entry(self, chunk: Chunk, index: int) -> Value | None:
        """The value that a resource has in a chunk of values for one kind of device."""
        flags, count, start = struct.unpack_from("<xBxxII", self._data, chunk.start + 8)
        offset = self._offset(chunk, index, count, flags)
        if offset is None:
            return None
        place = chunk.start + start + offset
        size, marks, _ = struct.unpack_from("<HHI", self._data, place)
        if marks & COMPACT:
            return Value(marks >> 8, struct.unpack_from("<I", self._data, place + 4)[0])
        return None if marks & COMPLEX else Value(*struct.unpack_from("<3xBI", self._data, place + size))

    def _offset(self, chunk: Chunk, index: int, count: int, flags: int) -> int | None:
        """Where the entry of that number lies behind the first one."""
        place = chunk.start + chunk.header
        if flags & SPARSE:
            pairs = struct.iter_unpack("<HH", self._data[place : place + 4 * min(count, (chunk.end - place) // 4)])
            return next((offset * 4 for number, offset in pairs if number == index), None)
        if index >= count:
            return None
        if flags & SHORT_OFFSETS:
            offset = int(struct.unpack_from("<H", self._data, place + 2 * index)[0])
            return None if offset == 0xFFFF else offset * 4
        offset = int(struct.unpack_from("<I", self._data, place + 4 * index)[0])
        return None if offset == NOTHING else offset
