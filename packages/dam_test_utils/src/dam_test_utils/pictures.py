"""Small picture files, made without any picture library: a mosaic whose colours follow from a seed."""

from __future__ import annotations

import random
import struct
import zlib

Colour = tuple[int, int, int]

_TILE = 8


def mosaic(width: int, height: int, seed: int) -> list[list[Colour]]:
    """The colours of a picture of this size in pixels, a tile of 8 by 8 pixels each: rows of red, green, blue from 0 to 255."""
    chance = random.Random(seed)  # noqa: S311 - a picture, no secret
    across, down = -(-width // _TILE), -(-height // _TILE)
    return [[(chance.randrange(256), chance.randrange(256), chance.randrange(256)) for _ in range(across)] for _ in range(down)]


def png(width: int = 32, height: int = 24, *, seed: int = 0) -> bytes:
    """A PNG file: 8 bits, RGB, not interlaced (ISO/IEC 15948)."""
    tiles = mosaic(width, height, seed)
    lines = [
        b"\0" + bytes(value for x in range(width) for value in tiles[y // _TILE][x // _TILE]) for y in range(height)
    ]  # each line begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def jpeg(width: int = 32, height: int = 24, *, seed: int = 0) -> bytes:
    """A baseline JPEG file with JFIF header: YCbCr, not subsampled, every 8 by 8 block of one colour (ITU-T T.81).

    Only the mean of a block (its DC coefficient) is coded, quantised by 8; the AC table knows nothing but "end of block".
    """
    sizes = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])  # the DC table of T.81, table K.3
    segments = [
        (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        (0xDB, b"\0" + bytes([8] * 64)),
        (0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))),
        (0xC4, b"\0" + sizes + bytes(range(12))),
        (0xC4, b"\x10" + bytes([1]) + bytes(15) + b"\0"),
        (0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0"),
    ]
    bits = _coded_blocks(mosaic(width, height, seed), _codes(sizes))
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    head = b"".join(struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"


def _codes(sizes: bytes) -> list[str]:
    """The Huffman codes, as text of 0 and 1, of the categories 0, 1, 2, … (T.81, annex C)."""
    codes, code = [], 0
    for length, count in enumerate(sizes, start=1):
        for _ in range(count):
            codes.append(format(code, f"0{length}b"))
            code += 1
        code <<= 1
    return codes


def _coded_blocks(tiles: list[list[Colour]], codes: list[str]) -> str:
    before, coded = [0, 0, 0], []
    for row in tiles:
        for colour in row:
            for component, value in enumerate(_ycbcr(colour)):
                difference = value - before[component]
                before[component] = value
                category = abs(difference).bit_length()
                rest = difference if difference >= 0 else difference + (1 << category) - 1
                coded.append(codes[category] + (format(rest, f"0{category}b") if category else "") + "0")
    return "".join(coded)


def _ycbcr(colour: Colour) -> tuple[int, int, int]:
    """A colour as JFIF has it, each component from -128 to 127."""
    red, green, blue = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    blueness, redness = 0.564 * (blue - light), 0.713 * (red - light)
    return round(light - 128), max(-128, min(127, round(blueness))), max(-128, min(127, round(redness)))
