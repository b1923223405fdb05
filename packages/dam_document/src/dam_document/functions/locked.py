"""What a PDF shows before its password is known: encryption covers texts and streams, not the tree of pages (ISO 32000-2, 7.6.2)."""

from __future__ import annotations

import re
from contextlib import suppress

from dam.core.analysis import Content

LARGEST = 64 << 20
"""Bytes of the file that are looked at."""
MOST_PAGES = 1_000_000


def pages_of_locked(content: Content) -> int | None:
    """How many pages a locked PDF has; None where that part is packed into a stream, which is encrypted, or the file is very large."""
    if content.size > LARGEST:
        return None
    data = content.read(LARGEST)
    root = re.findall(rb"/Root\s+(\d{1,9})\s+(\d{1,5})\s+R\b", data)
    with suppress(LookupError):
        catalog = _object(data, *root[-1])
        tree = _object(data, *re.findall(rb"/Pages\s+(\d{1,9})\s+(\d{1,5})\s+R\b", catalog)[0])
        pages = int(re.findall(rb"/Count\s+(\d{1,9})\b", tree)[0])
        return pages if 0 < pages < MOST_PAGES else None
    return None


def _object(data: bytes, number: bytes, generation: bytes) -> bytes:
    """The last object of that number that is written in the clear; raises LookupError when there is none."""
    found = list(re.finditer(rb"(?<!\d)" + number + rb"\s+" + generation + rb"\s+obj\b", data))
    begin = found[-1].end()
    return data[begin : data.find(b"endobj", begin) if b"endobj" in data[begin : begin + (1 << 20)] else begin + (1 << 16)]
