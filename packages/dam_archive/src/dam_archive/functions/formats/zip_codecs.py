"""What members of a ZIP may be packed with beyond what `pyzipper` knows: Deflate64, Zstandard, XZ and PPMd (APPNOTE.TXT, 4.4.5)."""

from __future__ import annotations

import lzma
import struct
import zipfile
from typing import Any, Protocol

import pyzipper
from pyzipper.zipfile_aes import AESZipExtFile

from dam.assets.functions.zstandard import zstd

PIECE = 4096
"""Packed bytes that are unpacked at once. Only Deflate can be told where to stop, and a few bytes of the others become very many."""


class Decompressor(Protocol):
    """What unpacks the bytes of one member."""

    @property
    def eof(self) -> bool:
        """Whether the packed bytes have said that they are all."""

    def decompress(self, data: bytes) -> bytes:
        """Unpack the next bytes."""


class Deflate64:
    """Unpacks method 9."""

    def __init__(self) -> None:
        """At the beginning of a member."""
        import inflate64  # noqa: PLC0415 - few archives need it, and it takes its time to load

        self._inflater = inflate64.Inflater()

    @property
    def eof(self) -> bool:
        """Whether the packed bytes have said that they are all."""
        return bool(self._inflater.eof)

    def decompress(self, data: bytes) -> bytes:
        """Unpack the next bytes."""
        return bytes(self._inflater.inflate(data))


class Ppmd:
    """Unpacks method 98: PPMd in variant I, after two bytes that say how it was packed (APPNOTE.TXT, 5.10)."""

    eof = False

    def __init__(self) -> None:
        """At the beginning of a member."""
        self._head = b""
        self._decoder: Any = None

    def decompress(self, data: bytes) -> bytes:
        """Unpack the next bytes."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < 2:
                return b""
            import pyppmd  # noqa: PLC0415 - few archives need it

            (told,) = struct.unpack_from("<H", self._head)
            self._decoder = pyppmd.Ppmd8Decoder((told & 0xF) + 1, ((told >> 4 & 0xFF) + 1) << 20, told >> 12)
            data = self._head[2:]
        return bytes(self._decoder.decode(data)) if data else b""


CODECS: dict[int, type[Decompressor]] = {9: Deflate64, 93: zstd.ZstdDecompressor, 95: lzma.LZMADecompressor, 98: Ppmd}


class _Member(AESZipExtFile):  # type: ignore[misc]  # pyzipper has no types
    """A member that is being read."""

    def get_decompressor(self, compress_type: int) -> Any:
        """What unpacks a member; raises NotImplementedError for a method that nothing here knows."""
        codec = CODECS.get(compress_type)
        return super().get_decompressor(compress_type) if codec is None else codec()

    def _read1(self, n: int) -> bytes:
        """Unpack so many packed bytes at most."""
        is_bounded = self._compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        return bytes(super()._read1(n if is_bounded else min(n, PIECE)))


class ZipFile(pyzipper.AESZipFile):  # type: ignore[misc]  # as above
    """A ZIP whose members may be packed in any of these ways."""

    zipextfile_cls = _Member
