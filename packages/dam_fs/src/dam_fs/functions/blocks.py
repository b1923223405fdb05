"""Bytes on the move: files and streams, block by block, so that memory stays flat."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dam.assets.functions.beneath import content_error, open_file
from dam.core.exceptions import ContentChangedError, ContentUnreadableError

BLOCK_BYTES = 1 << 20
"""How much of a file is in memory at a time."""


def read_descriptor(descriptor: int, path: bytes) -> Iterator[bytes]:
    """Reads an open file to its end, and makes sure that it stood still meanwhile; `path` serves messages.

    Raises ContentUnreadableError when the disk fails and ContentChangedError when the file changed. A change within the grain of the
    file system's clock leaves no trace: a file that was touched a moment ago needs to be read again (see `is_settled`).
    """
    before = os.fstat(descriptor)
    block_bytes = min(BLOCK_BYTES, before.st_size + 1)  # a small file does not need the large block
    size = 0
    try:
        while block := os.read(descriptor, block_bytes):
            size += len(block)
            if size > before.st_size:
                break  # it grows; that may go on for ever
            yield block
    except OSError as error:
        raise content_error(error, path) from error
    after = os.fstat(descriptor)
    was, is_now = (before.st_size, before.st_mtime_ns, before.st_ctime_ns), (after.st_size, after.st_mtime_ns, after.st_ctime_ns)
    if was != is_now or size != before.st_size:
        raise ContentChangedError(f"{os.fsdecode(path)!r} changed while it was read. It is read again when it is left alone.")


def read_file(path: Path) -> Iterator[bytes]:
    """Reads a file that a person has named, through links too, as `read_descriptor` does.

    Raises PathNotFoundError, ContentUnreadableError and ContentChangedError.
    """
    name = os.fsencode(path)
    try:
        descriptor = open_file(path)
    except OSError as error:
        raise content_error(error, name) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ContentUnreadableError(f"{str(path)!r} is no regular file, so it is not read.")
        yield from read_descriptor(descriptor, name)
    finally:
        os.close(descriptor)


def read_stream(stream: BinaryIO, name: str = "") -> Iterator[bytes]:
    """Reads a binary stream from where it stands to its end. Raises ContentUnreadableError, which tells the name."""
    try:
        while block := stream.read(BLOCK_BYTES):
            yield block
    except OSError as error:
        raise ContentUnreadableError(f"{name or 'The stream'!r} cannot be read: {error.strerror}.") from error


def write_blocks(blocks: Iterable[bytes], descriptor: int) -> tuple[str, int]:
    """Writes blocks to an open file and returns their SHA-256 in hexadecimal and their size in bytes. Raises OSError."""
    sha256, size = hashlib.sha256(), 0
    for block in blocks:
        sha256.update(block)
        size += len(block)
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    return sha256.hexdigest(), size
