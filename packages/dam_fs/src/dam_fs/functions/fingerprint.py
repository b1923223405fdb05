"""Read a file once and learn from that what its content is: its hashes, its kind, and whether it stood still."""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, TypeAlias

from dam.assets.functions.beneath import open_beneath
from dam.assets.functions.file_numbers import kept_time
from dam.core.exceptions import ContentUnreadableError, UsageError
from dam_fs.functions.birth import born_ns
from dam_fs.functions.blocks import read_descriptor, read_stream

EMPTY = hashlib.sha256().digest()
"""The SHA-256 of no bytes."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file is: the SHA-256 of its content (32 bytes), further `hashes` by name, its MIME type, and its `stat` when read.

    `driver` is the name of the driver that recognised it. `size` is in bytes, the times are nanoseconds since 1970. `settled` is
    False for a file that was touched a moment before it was read: it may be in the middle of being written, and must be read again.
    `born_ns` is when the file was made, where the file system tells.
    """

    sha256: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    hashes: dict[str, bytes]
    mime_type: str
    settled: bool
    driver: str | None = None
    born_ns: int | None = None


Recognise: TypeAlias = "Callable[[Any], str | None]"
"""Tells from cheap facts (`dam.assets.resources.Facts`) the name of the driver that knows such a content, or None."""


class Digest(Protocol):
    """A hash that is being computed, as in `hashlib`."""

    def update(self, data: bytes, /) -> object:
        """Takes in the next bytes."""

    def digest(self) -> bytes:
        """The hash of all bytes so far."""


class _Crc32:
    """CRC-32 as in ZIP and PNG (ISO 3309), as 4 bytes, most significant first."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def new_digest(algorithm: str) -> Digest:
    """Starts a hash: crc32, or one that `hashlib` knows (md5, sha1, sha256, sha512, blake2b, …). Raises UsageError for another name."""
    if algorithm == "crc32":
        return _Crc32()
    if algorithm in hashlib.algorithms_available and not algorithm.startswith("shake"):
        return hashlib.new(algorithm, usedforsecurity=False)
    raise UsageError(f"There is no hash named '{algorithm}'; use crc32, md5, sha1, sha256, sha512, blake2b or blake2s.")


def calculate_hashes(stream: BinaryIO, algorithms: Iterable[str]) -> dict[str, bytes]:
    """Computes several hashes in one pass over a binary stream, from where it stands to its end. Raises UsageError (`new_digest`)."""
    digests = {algorithm: new_digest(algorithm) for algorithm in algorithms}
    for block in read_stream(stream):
        for digest in digests.values():
            digest.update(block)
    return {algorithm: digest.digest() for algorithm, digest in digests.items()}


def fingerprint_file(
    root: bytes,
    path: bytes,
    *,
    extra_hashes: tuple[str, ...] = (),
    settle_seconds: float = 2.0,
    now_ns: int | None = None,
    stopped: Callable[[], bool] | None = None,
    recognise: Recognise | None = None,
) -> Fingerprint:
    """Reads a file beneath a root once, in blocks, and returns its fingerprint; several threads may do that at a time.

    `path` is relative and leads through no symbolic link. `now_ns` is the time of reading (by default, now). `stopped` is asked
    between blocks whether anybody still waits. `recognise` is shown the facts that are cheap. Raises PathNotFoundError (the file is
    gone), ContentUnreadableError (also when it was stopped), ContentChangedError (it changed meanwhile) and UsageError (no such hash).
    """
    from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type  # noqa: PLC0415 - its tables take 10 ms to load

    sha256 = hashlib.sha256()
    extra = {algorithm: new_digest(algorithm) for algorithm in extra_hashes}
    digests: list[Digest] = [sha256, *extra.values()]
    now_ns = time.time_ns() if now_ns is None else now_ns
    descriptor = open_beneath(root, path)
    try:
        before = os.fstat(descriptor)
        born = born_ns(descriptor)
        head = tail = b""
        for block in read_descriptor(descriptor, path):
            if stopped is not None and stopped():
                raise ContentUnreadableError("Reading was stopped.")
            for digest in digests:
                digest.update(block)
            if len(head) < HEAD_BYTES:
                head += block[: HEAD_BYTES - len(head)]
            tail = block[-TAIL_BYTES:] if len(block) >= TAIL_BYTES else (tail + block)[-TAIL_BYTES:]
    finally:
        os.close(descriptor)
    mime_type = detect_mime_type(head, before.st_size, tail)
    facts = {"mime_type": mime_type, "filename": os.fsdecode(path.rpartition(b"/")[2]), "size": before.st_size, "head": head, "tail": tail}
    return Fingerprint(
        sha256=sha256.digest(),
        size=before.st_size,
        mtime_ns=kept_time(before.st_mtime_ns),
        ctime_ns=kept_time(before.st_ctime_ns),
        inode=before.st_ino,
        device=before.st_dev,
        hashes={algorithm: digest.digest() for algorithm, digest in extra.items()},
        mime_type=mime_type,
        settled=is_settled(before.st_mtime_ns, before.st_ctime_ns, now_ns, settle_seconds),
        driver=recognise(facts) if recognise is not None else None,
        born_ns=born,
    )


def is_settled(mtime_ns: int, ctime_ns: int, now_ns: int, settle_seconds: float) -> bool:
    """Whether a file has been left alone for so many seconds. A modification time in the future says nothing: then ctime decides."""
    touched = ctime_ns if mtime_ns > now_ns else max(mtime_ns, ctime_ns)
    return now_ns - touched >= settle_seconds * 1e9
