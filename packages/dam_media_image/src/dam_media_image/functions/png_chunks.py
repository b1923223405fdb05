"""The metadata chunks of a PNG that come after its pixels, where Pillow would look only while it decodes them.

Source: https://www.w3.org/TR/png-3/ (sections 5 and 11.3).
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import IO

_SIGNATURE_LENGTH = 8
_MAX_CHUNK = 1 << 20
_MAX_CHUNKS = 100_000


def read_trailing_chunks(file: IO[bytes]) -> dict[str, bytes | str]:
    """Read the texts and the EXIF block (key "exif") that follow the pixels; the XMP packet has the key "xmp".

    The chunks of pixels are skipped unread. A chunk of more than 1 MiB, also when it is unpacked, is left out.
    """
    descriptor = file.fileno()
    found: dict[str, bytes | str] = {}
    position, pixels_seen = _SIGNATURE_LENGTH, False
    for _ in range(_MAX_CHUNKS):
        header = os.pread(descriptor, 8, position)
        if len(header) < 8:
            break
        length, kind = struct.unpack(">I4s", header)
        if kind == b"IEND":
            break
        if kind == b"IDAT":
            pixels_seen = True
        elif pixels_seen and length <= _MAX_CHUNK and kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            found.update(_chunk(kind, os.pread(descriptor, length, position + 8)))
        position += length + 12
    return found


def apng_duration(file: IO[bytes]) -> float | None:
    """How long the frames of an animated PNG are shown, in seconds, once; None where none has a time.

    Source: https://www.w3.org/TR/png-3/#fcTL-chunk.
    """
    descriptor = file.fileno()
    position, total = _SIGNATURE_LENGTH, 0.0
    for _ in range(_MAX_CHUNKS):
        header = os.pread(descriptor, 34, position)
        if len(header) < 8:
            break
        length, kind = struct.unpack(">I4s", header[:8])
        if kind == b"fcTL" and len(header) == 34:
            numerator, denominator = struct.unpack_from(">HH", header, 28)
            total += numerator / (denominator or 100)
        position += length + 12
    return round(total, 3) or None


def _chunk(kind: bytes, data: bytes) -> dict[str, bytes | str]:
    if kind == b"eXIf":
        return {"exif": data}
    keyword, _, rest = data.partition(b"\x00")
    encoding, packed = "latin-1", kind == b"zTXt"
    if packed:
        rest = rest[1:]
    elif kind == b"iTXt":
        encoding, packed = "utf-8", rest[:1] == b"\x01"
        rest = rest[2:].split(b"\x00", 2)[-1]
    if packed:
        inflater = zlib.decompressobj()
        try:
            rest = inflater.decompress(rest, _MAX_CHUNK)
        except zlib.error as error:
            raise ValueError(f"a text after the pixels cannot be unpacked: {error}") from error
        if inflater.unconsumed_tail:
            return {}
    name = keyword.decode("latin-1")
    return {"xmp": rest} if name == "XML:com.adobe.xmp" else {name: rest.decode(encoding, "replace")}
