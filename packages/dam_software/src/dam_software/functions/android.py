"""Android packages: the manifest and the table of resources in their binary form.

Sources: Android Open Source Project, frameworks/base, libs/androidfw/include/androidfw/ResourceTypes.h; core/res/res/values/public.xml
for the numbers of attributes.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from dam.core.analysis import understood
from dam.core.exceptions import ContentCorruptError, ContentRefusedError

STRING_POOL, TABLE, XML, START_ELEMENT, RESOURCE_MAP, PACKAGE, TYPE = 0x0001, 0x0002, 0x0003, 0x0102, 0x0180, 0x0200, 0x0201
REFERENCE, STRING, FIRST_NUMBER, LAST_NUMBER = 0x01, 0x03, 0x10, 0x1F
UTF8 = 0x100
SPARSE, SHORT_OFFSETS = 1, 2
COMPLEX, COMPACT = 1, 8
NOTHING = 0xFFFFFFFF
ANY_DENSITY = 0xFFFE

ATTRIBUTES = {
    0x01010001: "label", 0x01010002: "icon", 0x01010003: "name", 0x0101020C: "minSdkVersion", 0x0101021B: "versionCode",
    0x0101021C: "versionName", 0x01010270: "targetSdkVersion",
}  # fmt: skip
"""What the system's own attributes are called, by their number: a manifest may leave their names away."""

MOST_MANIFEST_BYTES, MOST_TABLE_BYTES, MOST_ICON_BYTES = 8 << 20, 64 << 20, 8 << 20
MOST_PERMISSIONS = 200
MOST_RESOURCES = 16
"""How many resources are looked up for one value: one may stand for another, and a hostile table has them in circles."""
PICTURES = (".png", ".webp", ".jpg")


class Value(NamedTuple):
    """A value as it stands in a manifest or table: a reference to a resource, a string of a pool, or a number."""

    kind: int
    data: int


class Chunk(NamedTuple):
    """A part of a binary file: what it is, where it begins, how long its header is, and where it ends."""

    kind: int
    start: int
    header: int
    end: int


def read_apk(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a package says about itself, and its icon ({"icon": a picture}) where it has one of pixels. Raises ContentError."""
    with understood("The package"), zipfile.ZipFile(file) as package:
        manifest = _elements(_member(package, "AndroidManifest.xml", MOST_MANIFEST_BYTES))
        has_table = "resources.arsc" in package.namelist()
        table = ResourceTable(_member(package, "resources.arsc", MOST_TABLE_BYTES) if has_table else b"")
        info = _told(manifest, table)
        icon = table.icon(next((values["icon"] for name, values in manifest if name == "application" and "icon" in values), None))
        is_there = icon is not None and icon in package.namelist()
        parts = {"icon": _member(package, icon, MOST_ICON_BYTES)} if icon is not None and is_there else {}
    return info, parts


def _member(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    with package.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise ContentRefusedError(f"The package's {name} unpacks to more than {most >> 20} MiB; it is not read.")
    return data


def _told(manifest: list[tuple[str, dict[str, Value | str]]], table: ResourceTable) -> dict[str, Any]:
    """The fields of SoftwareInfoComponent."""
    first: dict[str, dict[str, Value | str]] = {}
    for name, values in manifest:
        first.setdefault(name, values)
    if "manifest" not in first:
        raise ContentCorruptError("The package's manifest is damaged.")
    head, application, sdk = (first.get(name, {}) for name in ("manifest", "application", "uses-sdk"))
    named = {name: table.text(head.get(name)) for name in ("package", "versionCode")}
    named |= {name: table.text(sdk.get(name)) for name in ("minSdkVersion", "targetSdkVersion")}
    asked = [values for name, values in manifest if name == "uses-permission"][:MOST_PERMISSIONS]
    details: dict[str, Any] = {key: value for key, value in named.items() if value}
    details["permissions"] = [permission for values in asked if (permission := table.text(values.get("name")))]
    return {
        "format": "apk",
        "product": table.text(application.get("label")) or named.get("package"),
        "version": table.text(head.get("versionName")) or named.get("versionCode"),
        "details": details,
    }


def _elements(data: bytes) -> list[tuple[str, dict[str, Value | str]]]:
    """Every element of a binary XML document: its name, and its attributes by name. A string is one already."""
    whole = next(_chunks(data, 0, len(data)))
    if whole.kind != XML:
        raise ContentCorruptError("The package's manifest is damaged.")
    strings, numbers = Strings.none(), ()
    found: list[tuple[str, dict[str, Value | str]]] = []
    for chunk in _chunks(data, whole.start + whole.header, whole.end):
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
            found.append((strings[name], values))
    return found


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


class ResourceTable:
    """What the numbers of resources stand for: several values each, for languages and screens."""

    def __init__(self, data: bytes) -> None:
        """Of the file `resources.arsc`; an empty one knows nothing."""
        self._data = data
        self._strings = Strings.none()
        self._types: dict[tuple[int, int], list[Chunk]] = {}
        for whole in _chunks(data, 0, len(data)) if data else ():
            if whole.kind != TABLE:
                raise ContentCorruptError("The package's table of resources is damaged.")
            for chunk in _chunks(data, whole.start + whole.header, whole.end):
                if chunk.kind == STRING_POOL:
                    self._strings = Strings(data, chunk)
                elif chunk.kind == PACKAGE:
                    self._add_package(chunk)

    def _add_package(self, package: Chunk) -> None:
        (number,) = struct.unpack_from("<I", self._data, package.start + 8)
        for chunk in _chunks(self._data, package.start + package.header, package.end):
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

    def icon(self, value: Value | str | None) -> str | None:
        """The member that is the sharpest picture of pixels a value stands for."""
        if not isinstance(value, Value):
            return value
        told = [
            (density, self._strings[one.data]) for _, density, one in self._values(value) if one.kind == STRING and density != ANY_DENSITY
        ]
        return max((one for one in told if one[1].endswith(PICTURES)), default=(0, None))[1]

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


def _chunks(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """The chunks of a part of a file, one after the other."""
    while start + 8 <= end:
        kind, header, size = struct.unpack_from("<HHI", data, start)
        if size < 8 or header > size or start + size > end:
            raise ContentCorruptError("The package's manifest or its table of resources is damaged.")
        yield Chunk(kind, start, header, start + size)
        start += size
