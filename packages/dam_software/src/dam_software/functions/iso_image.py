"""Reading a few small files of an ISO 9660 image with Rock Ridge names and zisofs, as the first AppImages have one.

Sources: ECMA-119, 8.4 and 9.1; IEEE P1281 (SUSP) and P1282 (Rock Ridge); libisofs, doc/zisofs_format.txt.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import IO, NamedTuple

from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_software.functions.images import find

SECTOR = 2048
VOLUME = 16 * SECTOR
MAGIC = b"CD001"
ROOT = 156
"""Where, in the volume descriptor, the root folder's record stands."""
FOLDER = 2
MOST_FOLDER_BYTES, MOST_RECORDS, MOST_PIECES = 1 << 20, 10_000, 16
ZISOFS = b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07"


class Record(NamedTuple):
    """A file, folder or link; `place` and `size` are those of its bytes in the image, packed or not."""

    name: str
    place: int
    size: int
    is_folder: bool
    target: str | None


class IsoImage:
    """An image that lies at the beginning of a file. Raises ContentError; whatever else it raises means that it is damaged."""

    def __init__(self, file: IO[bytes]) -> None:
        """Read its volume descriptor."""
        self._file = file
        head = self._at(VOLUME, SECTOR)
        if head[1:6] != MAGIC:
            raise ContentCorruptError("The image in the program is damaged.")
        sector, size = struct.unpack_from("<2xI4xI", head, ROOT)
        self._root = Record("", sector * SECTOR, size, is_folder=True, target=None)

    def names(self) -> list[str]:
        """What lies in the uppermost folder."""
        return list(self._records(self._root))

    def read(self, path: str, most: int) -> bytes | None:
        """A file of so many bytes at most, by its path; links are followed within the image. None when there is none."""
        found = find(path, self._root, lambda folder, name: self._records(folder).get(name), lambda record: record.target)
        if found is None or found.is_folder:
            return None
        if found.size > most:
            raise ContentRefusedError("A file in the program's image is larger than it may be.")
        data = self._at(found.place, found.size)
        return _unpacked(data, most) if data.startswith(ZISOFS) else data

    def _records(self, folder: Record) -> dict[str, Record]:
        """What lies in a folder, by its name; a record never goes beyond a sector."""
        found: dict[str, Record] = {}
        data = self._at(folder.place, min(folder.size, MOST_FOLDER_BYTES)) if folder.is_folder else b""
        place = 0
        while place < len(data) and len(found) < MOST_RECORDS:
            length = data[place]
            if length < 34:
                place = (place // SECTOR + 1) * SECTOR
                continue
            record = self._record(data[place : place + length])
            if record.name not in ("\0", "\1"):  # the folder itself, and the one above it
                found[record.name] = record
            place += length
        return found

    def _record(self, data: bytes) -> Record:
        sector, size = struct.unpack_from("<2xI4xI", data)
        length = data[32]
        name = data[33 : 33 + length].decode("ascii", "replace").partition(";")[0]
        further = self._further(data[33 + length + (length + 1) % 2 :])
        spoken = b"".join(value[1:] for kind, value in further if kind == b"NM")
        links = b"".join(value[1:] for kind, value in further if kind == b"SL")
        called = spoken.decode("utf-8", "replace") if spoken else name
        return Record(called, sector * SECTOR, size, bool(data[25] & FOLDER), _target(links) if links else None)

    def _further(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """The entries behind a record that say more, and those that lie elsewhere."""
        found: list[tuple[bytes, bytes]] = []
        for _ in range(MOST_PIECES):
            following = b""
            while len(data) >= 4 and data[2] >= 4:
                kind, value = data[:2], data[4 : data[2]]
                if kind == b"CE":
                    sector, offset, size = struct.unpack("<I4xI4xI4x", value)
                    following = self._at(sector * SECTOR + offset, min(size, SECTOR))
                found.append((kind, value))
                data = data[data[2] :]
            if not following:
                break
            data = following
        return found

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < size:
            raise ContentCorruptError("The image in the program is cut off.")
        return data


def _target(components: bytes) -> str:
    """Where a link leads (P1282, 4.1.3): parts, each with a flag and its length."""
    parts: list[str] = []
    while len(components) >= 2:
        flags, length = components[:2]
        parts.append({2: ".", 4: "..", 8: "/"}.get(flags, components[2 : 2 + length].decode("utf-8", "replace")))
        components = components[2 + length :]
    return "/".join(parts)


def _unpacked(data: bytes, most: int) -> bytes:
    size, header, shift = struct.unpack_from("<8xIBB", data)
    if size > most or not 15 <= shift <= 17:
        raise ContentRefusedError("A file in the program's image is larger than it may be.")
    block = 1 << shift
    count = -(-size // block)
    places = struct.unpack_from(f"<{count + 1}I", data, header * 4)
    out = bytearray()
    for start, end in pairwise(places):
        out += zlib.decompressobj().decompress(data[start:end], block) if end > start else bytes(block)
    return bytes(out[:size])
