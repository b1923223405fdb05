"""Compressed disk images (CSO version 1 and 2, ZSO), read as the image that they hold.

Source: maxcso, README_CSO.md. Little endian: a header of 24 bytes (magic, size of the header, size of the image, size of a block,
version, shift of the index), then the index: one 32-bit place more than there are blocks. Its highest bit marks a block that is stored
as it is (version 1, ZSO) or compressed with LZ4 (version 2; there a block that is no smaller than the image's is stored as it is).
"""

from __future__ import annotations

import io
import struct
import zlib
from array import array
from collections import OrderedDict
from typing import IO

import lz4.block

from dam.core.analysis import reason_of
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError

_HEADER = struct.Struct("<4sIQIBB2x")
_MARK = 1 << 31
_MOST_INDEX_BYTES = 256 << 20
_LARGEST_BLOCK = 4 << 20
_KEPT_BYTES = 4 << 20


class CompressedImage(io.RawIOBase):
    """The disk image inside a CSO or ZSO, as a file that can be read from any place; only the blocks that are asked for are unpacked.

    `format` is "cso" or "zso". Raises ContentCorruptError, also while reading, and ContentUnsupportedError for another version.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Read the header and the index of an open file, which stays the caller's."""
        super().__init__()
        self._file = file
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or header[:4] not in (b"CISO", b"ZISO"):
            raise ContentCorruptError("The compressed disk image does not begin as one does.")
        magic, _, self.size, self._block, self._version, self._shift = _HEADER.unpack(header)
        self.format = "zso" if magic == b"ZISO" else "cso"
        if self._version > 2:
            raise ContentUnsupportedError(f"Compressed disk images of version {self._version} are not known; 0, 1 and 2 are.")
        if not 0 < self._block <= _LARGEST_BLOCK or self._shift > 31:
            raise ContentCorruptError("The compressed disk image names an impossible size of its blocks.")
        self._index = self._read_index()
        self._place = 0
        self._unpacked: OrderedDict[int, bytes] = OrderedDict()

    def _read_index(self) -> array[int]:
        """The places of the blocks, and of the end of the last one."""
        bytes_needed = 4 * (-(-self.size // self._block) + 1)
        if bytes_needed > _MOST_INDEX_BYTES:
            raise ContentCorruptError("The compressed disk image claims to be larger than any disk.")
        raw = self._file.read(bytes_needed)
        if len(raw) < bytes_needed:
            raise ContentCorruptError("The compressed disk image ends within its index.")
        return array("I", struct.unpack(f"<{bytes_needed // 4}I", raw))

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def seekable(self) -> bool:
        """From any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the image, in bytes."""
        self._place = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence])
        return self._place

    def tell(self) -> int:
        """The place in the image, in bytes."""
        return self._place

    def readinto(self, buffer: object) -> int:
        """Fill a buffer from here to the end of the block at most; 0 at the end of the image."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # whatever offers the buffer protocol
        if self._place >= self.size:
            return 0
        number, offset = divmod(self._place, self._block)
        some = self._block_of(number)[offset : offset + len(view)]
        view[: len(some)] = some
        self._place += len(some)
        return len(some)

    def _block_of(self, number: int) -> bytes:
        block = self._unpacked.get(number)
        if block is None:
            block = self._unpacked[number] = self._unpack(number)
            while len(self._unpacked) > max(2, _KEPT_BYTES // self._block):
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(number)
        return block

    def _unpack(self, number: int) -> bytes:
        """One block as it is in the image; the last one may be shorter than the others."""
        length = min(self._block, self.size - number * self._block)
        marked = bool(self._index[number] & _MARK)
        start, end = ((self._index[one] & ~_MARK) << self._shift for one in (number, number + 1))
        if not start <= end <= start + 2 * self._block + (1 << self._shift):
            raise ContentCorruptError(f"Block {number} of the compressed disk image has an impossible place.")
        self._file.seek(start)
        packed = self._file.read(end - start)
        try:
            found = self._inflate(packed, length, marked=marked)
        except (zlib.error, lz4.block.LZ4BlockError) as error:
            raise ContentCorruptError(f"Block {number} of the compressed disk image cannot be unpacked ({reason_of(error)}).") from error
        if len(found) != length:
            raise ContentCorruptError(f"Block {number} of the compressed disk image is {len(found)} bytes long instead of {length}.")
        return found

    def _inflate(self, packed: bytes, length: int, *, marked: bool) -> bytes:
        if self.format == "cso" and self._version == 2:
            stored, fast = len(packed) >= self._block, marked
        else:
            stored, fast = marked, self.format == "zso"
        if stored:
            return packed[:length]
        return self._unpack_lz4(packed, length) if fast else zlib.decompressobj(-15).decompress(packed, length)

    def _unpack_lz4(self, packed: bytes, length: int) -> bytes:
        """Blocks begin at multiples of 2 ** shift, so up to that many bytes after the data are filling, which LZ4 does not tell."""
        for filling in range(min(1 << self._shift, len(packed))):
            try:
                found: bytes = lz4.block.decompress(packed[: len(packed) - filling], uncompressed_size=length)
            except lz4.block.LZ4BlockError:
                continue
            return found
        raise ContentCorruptError("A block of the compressed disk image cannot be unpacked.")
