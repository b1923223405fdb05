"""What the header of an MP4 or QuickTime file says by itself: for files of which FFmpeg can read no stream."""

from __future__ import annotations

import struct
from typing import IO

from dam.core.analysis import Content

MOST_BOXES = 1000


def movie_seconds(content: Content) -> float | None:
    """How long an ISO base media file says it is, in seconds; None where it does not say (ISO/IEC 14496-12, 8.2.2)."""
    with content.open() as file:
        movie = _find(file, b"moov", 0, content.size)
        header = _find(file, b"mvhd", *movie) if movie is not None else None
        if header is None:
            return None
        file.seek(header[0])
        data = file.read(32)
    layout = ">II" if data[:1] == b"\0" else ">IQ"
    place = 12 if data[:1] == b"\0" else 20
    if len(data) < place + struct.calcsize(layout):
        return None
    scale, length = struct.unpack_from(layout, data, place)
    is_unknown = length == (1 << 32 if data[:1] == b"\0" else 1 << 64) - 1
    return round(length / scale, 3) if scale and length and not is_unknown else None


def _find(file: IO[bytes], name: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Where the content of the first box of that name begins and ends, within these bounds."""
    place = begin
    for _ in range(MOST_BOXES):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8 or place >= end:
            return None
        length, start = struct.unpack_from(">I", head)[0], 8
        if length == 1 and len(head) == 16:
            length, start = struct.unpack_from(">Q", head, 8)[0], 16
        length = length or end - place
        if length < start:
            return None
        if head[4:8] == name:
            return place + start, min(end, place + length)
        place += length
    return None
