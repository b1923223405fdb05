"""Files that are compressed alone: gzip, bzip2, xz, lzma and Zstandard, with a TAR in them or any other file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from pathlib import PurePath
from typing import IO, Any

from dam.assets.functions.zstandard import zstd
from dam_archive.functions.budget import BudgetSpentError, Meter
from dam_archive.functions.entries import Entry, OpenSink, Wants, drain, words

CODECS: dict[bytes, tuple[str, Callable[[IO[bytes]], Any]]] = {
    b"\x1f\x8b": ("gzip", lambda file: gzip.GzipFile(fileobj=file, mode="rb")),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\0": ("xz", lzma.LZMAFile),
    b"\x28\xb5\x2f\xfd": ("zstd", zstd.ZstdFile),
}
"""First bytes → the format's name, and how to read what is in it."""

SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def codec_of(head: bytes) -> tuple[str, Callable[[IO[bytes]], Any]] | None:
    """The format of a compressed file by its first bytes, or None."""
    return next((codec for magic, codec in CODECS.items() if head.startswith(magic)), None)


class MeteredStream(io.RawIOBase):
    """A stream whose bytes are counted; raises BudgetSpentError when it gives too many."""

    def __init__(self, stream: IO[bytes], meter: Meter) -> None:
        """Of a stream that is only read forwards."""
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the base class takes any buffer
        """Read the next bytes."""
        data = self._stream.read(len(buffer))
        self._meter.count(len(data))
        buffer[: len(data)] = data
        return len(data)


class SingleReader:
    """A file that holds one other, compressed: an archive of one member, which is called as the file says, or as the file itself is."""

    comment = ""
    is_locked = False

    def __init__(self, file: IO[bytes], name: str, reopen: Callable[[], IO[bytes]], filename: str) -> None:
        """`reopen` gives the bytes of the member from the beginning."""
        self.format = name
        self._reopen = reopen
        called = _gzip_name(file) if name == "gzip" else b""
        path = PurePath(filename)
        plain = path.stem if path.suffix.lower() in SUFFIXES else filename + ".out"
        self.entries = [Entry(called.rpartition(b"/")[2] or os.fsencode(plain) or b"content")]

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read the member; see `Reader.pour`."""
        if not wants(0, self.entries[0]):
            return
        sink = open_sink(0)
        try:
            drain(self._reopen().read, sink)
        except BudgetSpentError:
            raise
        except Exception as error:  # noqa: BLE001 - hostile bytes raise errors of many kinds
            sink.close(f"It cannot be read: {words(error)}")
        else:
            sink.close()


def _gzip_name(file: IO[bytes]) -> bytes:
    """The name that a gzip file gives for what is in it (RFC 1952, 2.3), or nothing."""
    file.seek(0)
    head = file.read(4096)
    flags, place = head[3:4], 10
    if not flags or not flags[0] & 0x08:
        return b""
    if flags[0] & 0x04:
        place += 2 + int.from_bytes(head[10:12], "little")
    name, end, _ = head[place:].partition(b"\0")
    return name if end else b""
