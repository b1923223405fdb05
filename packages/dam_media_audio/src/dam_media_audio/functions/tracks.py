"""Which tracks a Matroska or WebM file has, by its first bytes (RFC 8794 and RFC 9559)."""

from __future__ import annotations

from collections.abc import Iterator

SEGMENT, TRACKS, TRACK_ENTRY, TRACK_TYPE = 0x18538067, 0x1654AE6B, 0xAE, 0x83
FILM_TRACK, SOUND_TRACK = 1, 2


def track_kinds(head: bytes) -> set[int]:
    """The types of the tracks, as far as these bytes show them."""
    found: set[int] = set()
    for segment, begin, end in _elements(head, 0, len(head)):
        if segment != SEGMENT:
            continue
        for name, first, last in _elements(head, begin, end):
            entries = _elements(head, first, last) if name == TRACKS else ()
            for entry, start, stop in entries:
                fields = _elements(head, start, stop) if entry == TRACK_ENTRY else ()
                found |= {int.from_bytes(head[at:to], "big") for field, at, to in fields if field == TRACK_TYPE}
    return found


def _elements(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The elements that follow one another: the id of each, and where its content begins and ends."""
    while begin < end:
        name, begin = _number(data, begin, keep_marker=True)
        size, begin = _number(data, begin, keep_marker=False)
        if name < 0 or size < 0:
            return
        yield name, begin, min(end, begin + size)
        begin += size


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A number of variable length and the place behind it; -1 where there is none. One of ones alone, an unknown size, is very large."""
    length = 9 - data[at].bit_length() if at < len(data) and data[at] else 9
    if length > 8 or at + length > len(data):
        return -1, at
    number = int.from_bytes(data[at : at + length], "big")
    marker = 1 << 7 * length
    return (number if keep_marker else number - marker), at + length
