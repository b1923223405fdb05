"""The boxes that JPEG XL, JPEG 2000 and Canon's CR3 keep their parts in.

Source: ISO/IEC 14496-12, 4.2.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

MAX_BOXES = 1000
MAX_BLOCK = 1 << 20
"""Bytes of a block of metadata; a larger one is left unread."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type (for "uuid" the type and the sixteen bytes that follow), and where its payload lies."""

    kind: bytes
    start: int
    end: int


def read_boxes(file: IO[bytes], start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes between two places of a file, at most `MAX_BOXES`; ends where what follows is none."""
    descriptor = file.fileno()
    end = os.fstat(descriptor).st_size if end is None else end
    for _ in range(MAX_BOXES):
        head = os.pread(descriptor, 32, start)
        if len(head) < 8 or start + 8 > end:
            return
        length, kind = struct.unpack(">I4s", head[:8])
        payload = 8
        if length == 1 and len(head) >= 16:
            (length,), payload = struct.unpack(">Q", head[8:16]), 16
        if kind == b"uuid":
            kind, payload = kind + head[payload : payload + 16], payload + 16
        stop = end if length == 0 else min(end, start + length)
        if stop < start + payload:
            return
        yield Box(kind, start + payload, stop)
        start = stop


def block_of(file: IO[bytes], box: Box) -> bytes:
    """The payload of a box of metadata; nothing where it is longer than `MAX_BLOCK`."""
    length = box.end - box.start
    return os.pread(file.fileno(), length, box.start) if length <= MAX_BLOCK else b""


def movie_seconds(file: IO[bytes]) -> float | None:
    """How long the pictures of a sequence (AVIF, HEIF) last, once, as the header of their track says; None where none does.

    Source: ISO/IEC 14496-12, 8.4.2; the header of the whole movie counts the repetitions, which may be endless.
    """
    box: Box | None = Box(b"", 0, os.fstat(file.fileno()).st_size)
    for kind in (b"moov", b"trak", b"mdia", b"mdhd"):
        box = next((inner for inner in read_boxes(file, box.start, box.end) if inner.kind == kind), None) if box is not None else None
    block = block_of(file, box) if box is not None else b""
    layout, place = (">IQ", 20) if block[:1] == b"\x01" else (">II", 12)
    if len(block) < place + struct.calcsize(layout):
        return None
    scale, duration = struct.unpack_from(layout, block, place)
    return round(duration / scale, 3) if scale and 0 < duration / scale < 1e9 else None


_EXIF_UUID = b"uuidJpgTiffExif->JP2"
_XMP_UUID = b"uuid" + bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def metadata_blocks(file: IO[bytes]) -> dict[str, bytes]:
    """The EXIF and XMP blocks among the outer boxes of JPEG XL (ISO/IEC 18181-2) and JPEG 2000 (ISO 16684-3), under Pillow's names."""
    found: dict[str, bytes] = {}
    for box in read_boxes(file):
        if box.kind == b"Exif":
            found["exif"] = block_of(file, box)[4:]  # before it stands an offset, which is nil
        elif box.kind == _EXIF_UUID:
            found["exif"] = block_of(file, box)
        elif box.kind in (b"xml ", _XMP_UUID):
            block = block_of(file, box)
            if b"xmpmeta" in block or b"RDF" in block:
                found["xmp"] = block
    return {name: block for name, block in found.items() if block}
