"""Reading a few small files of a Squashfs 4.0 image, as AppImages have one; nothing is written anywhere.

Source: Linux, Documentation/filesystems/squashfs.rst and fs/squashfs/squashfs_fs.h.
"""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Callable
from typing import IO, NamedTuple

from dam.assets.functions.zstandard import zstd
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_software.functions.images import find

MAGIC = b"hsqs"
FOLDERS, FILES, LINKS = (1, 8), (2, 9), (3, 10)
METADATA_BYTES = 8192
STORED_METADATA, STORED_BLOCK = 0x8000, 1 << 24
NO_FRAGMENT = 0xFFFFFFFF
LZO = 3
MOST_BLOCK_BYTES, MOST_FOLDER_BYTES = 1 << 20, 1 << 20


def _by_lz4(data: bytes, most: int) -> bytes:
    import lz4.block  # noqa: PLC0415 - few images need it

    return bytes(lz4.block.decompress(data, uncompressed_size=most))


UNPACKERS: dict[int, Callable[[bytes, int], bytes]] = {
    1: lambda data, most: zlib.decompressobj().decompress(data, most),
    2: lambda data, most: lzma.LZMADecompressor().decompress(data, most),
    4: lambda data, most: lzma.LZMADecompressor().decompress(data, most),
    5: _by_lz4,
    6: lambda data, most: zstd.ZstdDecompressor().decompress(data, most),
}
"""Number of a compressor → what unpacks at most so many bytes; for 3, which is LZO, there is none here."""


class Node(NamedTuple):
    """A file, folder or link of the image; `place` is where what tells of its content begins."""

    kind: int
    place: Cursor
    fields: tuple[int, ...]


class Squashfs:
    """An image that lies in a file at some place. Raises ContentError; whatever else it raises means that it is damaged."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        """Read its header."""
        self._file, self._start = file, start
        head = self._at(0, 96)
        self._block_bytes, _, compressor = struct.unpack_from("<IIH", head, 12)
        if head[:4] != MAGIC or struct.unpack_from("<H", head, 28)[0] != 4 or not 4096 <= self._block_bytes <= MOST_BLOCK_BYTES:
            raise ContentCorruptError("The image in the program is damaged.")
        if compressor not in UNPACKERS:
            how = "by LZO, which" if compressor == LZO else "in a way that"
            raise ContentUnsupportedError(f"The image in the program is packed {how} is not read; its name and icon stay unknown.")
        self._unpack = UNPACKERS[compressor]
        root = struct.unpack_from("<Q", head, 32)[0]
        self._inodes, self._folders, self._fragments = struct.unpack_from("<3Q", head, 64)
        self._root = self._node(root >> 16, root & 0xFFFF)

    def names(self) -> list[str]:
        """What lies in the uppermost folder."""
        return list(self._entries(self._root))

    def read(self, path: str, most: int) -> bytes | None:
        """A file of so many bytes at most, by its path; links are followed within the image. None when there is none."""
        found = find(path, self._root, self._child, self._target)
        return self._content(found, most) if found is not None and found.kind in FILES else None

    def _child(self, folder: Node, name: str) -> Node | None:
        place = self._entries(folder).get(name) if folder.kind in FOLDERS else None
        return self._node(*place) if place is not None else None

    def _target(self, node: Node) -> str | None:
        return node.place.take(min(node.fields[1], 4096)).decode("utf-8", "replace") if node.kind in LINKS else None

    def _node(self, block: int, offset: int) -> Node:
        cursor = Cursor(self, self._inodes + block, offset)
        kind = struct.unpack("<H14x", cursor.take(16))[0]
        layout = {1: "<IIHHI", 8: "<IIIIHHI", 2: "<IIII", 9: "<QQQIIII", 3: "<II", 10: "<II"}.get(kind, "<")
        return Node(kind, cursor, struct.unpack(layout, cursor.take(struct.calcsize(layout))))

    def _entries(self, folder: Node) -> dict[str, tuple[int, int]]:
        """What lies in a folder: (block, offset) of each node by its name."""
        fields = folder.fields
        block, size, offset = (fields[0], fields[2], fields[3]) if folder.kind == 1 else (fields[2], fields[1], fields[5])
        cursor, left = Cursor(self, self._folders + block, offset), min(size - 3, MOST_FOLDER_BYTES)
        found: dict[str, tuple[int, int]] = {}
        while left > 0:
            count, start, _ = struct.unpack("<III", cursor.take(12))
            left -= 12
            for _ in range(min(count + 1, 256)):
                place, _, _, length = struct.unpack("<HhHH", cursor.take(8))
                found[cursor.take(length + 1).decode("utf-8", "replace")] = (start, place)
                left -= 9 + length
        return found

    def _content(self, node: Node, most: int) -> bytes:
        start, fragment, offset, size = node.fields if node.kind == 2 else (node.fields[0], *node.fields[4:6], node.fields[1])
        if size > most:
            raise ContentRefusedError("A file in the program's image is larger than it may be.")
        count, rest = divmod(size, self._block_bytes)
        count += rest > 0 and fragment == NO_FRAGMENT
        out = bytearray()
        for (word,) in struct.iter_unpack("<I", node.place.take(4 * count)):
            out += self._block(start, word) if word else bytes(self._block_bytes)
            start += word & ~STORED_BLOCK
        if fragment != NO_FRAGMENT:
            table = struct.unpack("<Q", self._at(self._fragments + fragment // 512 * 8, 8))[0]
            place, word = struct.unpack("<QI4x", Cursor(self, table, fragment % 512 * 16).take(16))
            out += self._block(place, word)[offset : offset + rest]
        return bytes(out[:size])

    def _block(self, place: int, word: int) -> bytes:
        data = self._at(place, min(word & ~STORED_BLOCK, MOST_BLOCK_BYTES))
        return data if word & STORED_BLOCK else self._unpacked(data, self._block_bytes)

    def metadata(self, place: int) -> tuple[bytes, int]:
        """The block of metadata that begins at a place, and where the next one does."""
        (word,) = struct.unpack("<H", self._at(place, 2))
        size = word & ~STORED_METADATA
        data = self._at(place + 2, size)
        return data if word & STORED_METADATA else self._unpacked(data, METADATA_BYTES), place + 2 + size

    def _unpacked(self, data: bytes, most: int) -> bytes:
        return self._unpack(data, most)

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(self._start + place)
        data = self._file.read(size)
        if len(data) < size:
            raise ContentCorruptError("The image in the program is cut off.")
        return data


class Cursor:
    """Reads metadata from some place on, over the ends of blocks."""

    def __init__(self, image: Squashfs, place: int, offset: int) -> None:
        """At a byte of the block that begins at a place."""
        self._image = image
        self._data, self._next = image.metadata(place)
        self._offset = offset

    def take(self, size: int) -> bytes:
        """The next bytes."""
        while len(self._data) - self._offset < size:
            more, self._next = self._image.metadata(self._next)
            if not more:
                raise ContentCorruptError("The image in the program is damaged.")
            self._data, self._offset = self._data[self._offset :] + more, 0
        taken = self._data[self._offset : self._offset + size]
        self._offset += size
        return taken
