r"""EBOOT.PBP: a game as the PSP keeps it on a memory stick.

Source: PlayStation developer wiki, "PBP". Little endian: magic `\0PBP`, version, then the places of eight parts; each ends where the
next one begins.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import IO

from dam.core.exceptions import ContentCorruptError

MAGIC = b"\0PBP"
PARTS = ("PARAM.SFO", "ICON0.PNG", "ICON1.PMF", "PIC0.PNG", "PIC1.PNG", "SND0.AT3", "DATA.PSP", "DATA.PSAR")

_HEADER = struct.Struct("<4s4x8I")


def pbp_parts(file: IO[bytes], size: int) -> dict[str, tuple[int, int]]:
    """Where each part that is not empty lies: name to (place, length), in bytes. Raises ContentCorruptError."""
    file.seek(0)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(MAGIC):
        raise ContentCorruptError("The file does not begin as an EBOOT.PBP does.")
    places = [*_HEADER.unpack(header)[1:], size]
    if any(start > end for start, end in pairwise(places)):
        raise ContentCorruptError("The EBOOT.PBP points beyond its own end.")
    return {name: (start, end - start) for name, (start, end) in zip(PARTS, pairwise(places), strict=True) if end > start}
