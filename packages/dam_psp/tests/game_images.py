"""Small made-up games, for the tests."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import lz4.block
import pycdlib
from PIL import Image

PARAMETERS: dict[str, str | int] = {
    "CATEGORY": "UG", "DISC_ID": "ULES00001", "DISC_NUMBER": 1, "DISC_VERSION": "1.01", "PSP_SYSTEM_VER": "3.71", "TITLE": "Game 日本",
}  # fmt: skip


def sfo(parameters: dict[str, str | int]) -> bytes:
    keys = b"".join(name.encode() + b"\0" for name in parameters)
    keys += b"\0" * (-len(keys) % 4)
    entries, values, key = b"", b"", 0
    for name, value in parameters.items():
        data = struct.pack("<I", value) if isinstance(value, int) else value.encode() + b"\0"
        room = -(-len(data) // 4) * 4
        entries += struct.pack("<HHIII", key, 0x0404 if isinstance(value, int) else 0x0204, len(data), room, len(values))
        values += data.ljust(room, b"\0")
        key += len(name) + 1
    start = 20 + len(entries)
    return b"\0PSF" + struct.pack("<IIII", 0x101, start, start + len(keys), len(parameters)) + entries + keys + values


def png(width: int, height: int, color: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


def iso(files: dict[str, bytes], **options: Any) -> bytes:
    """A disk image; with `joliet=3` its files are called 0.TXT and so on, but for Joliet."""
    image: Any = pycdlib.PyCdlib()
    image.new(**({"interchange_level": 3} | options))
    folders: set[str] = set()
    for name, data in files.items():
        for depth in range(1, len(name.split("/"))):
            folder = "/".join(name.split("/")[:depth])
            if folder not in folders:
                names = {"joliet_path": f"/{folder}"} if options.get("joliet") else {}
                image.add_directory(f"/{folder.upper()}", **names)
                folders.add(folder)
        names = {"joliet_path": f"/{name}"} if options.get("joliet") else {}
        plain = f"{name.rpartition('/')[0]}/{len(folders)}.TXT" if names else name
        image.add_fp(io.BytesIO(data), len(data), f"/{plain.lstrip('/').upper()};1", **names)
    out = io.BytesIO()
    image.write_fp(out)
    image.close()
    return out.getvalue()


def game(parameters: bytes | None = None) -> bytes:
    return iso(
        {
            "UMD_DATA.BIN": b"TEST-00001",
            "PSP_GAME/PARAM.SFO": sfo(PARAMETERS) if parameters is None else parameters,
            "PSP_GAME/ICON0.PNG": png(144, 80, "#cc0000"),
            "PSP_GAME/PIC1.PNG": png(480, 272, "#0000cc"),
        }
    )


def compressed(image: bytes, *, magic: bytes = b"CISO", version: int = 1, block: int = 2048, shift: int = 0) -> bytes:
    """A CSO (deflate), a CSO of version 2 (every other block LZ4), or a ZSO (LZ4)."""
    count = -(-len(image) // block)
    start = 24 + 4 * (count + 1)
    places, body = [], b""
    for number in range(count):
        plain = image[number * block : (number + 1) * block]
        fast = magic == b"ZISO" or (version == 2 and number % 2 == 1)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = lz4.block.compress(plain, store_size=False) if fast else packer.compress(plain) + packer.flush()
        as_it_is = len(packed) >= len(plain)
        mark = (not as_it_is and fast) if version == 2 else as_it_is
        body += b"\0" * (-(start + len(body)) % (1 << shift))
        places.append((start + len(body)) >> shift | (mark << 31))
        body += plain.ljust(block, b"\0") if as_it_is and version == 2 else plain if as_it_is else packed
    body += b"\0" * (-(start + len(body)) % (1 << shift))
    places.append((start + len(body)) >> shift)
    return struct.pack("<4sIQIBB2x", magic, 24, len(image), block, version, shift) + struct.pack(f"<{count + 1}I", *places) + body


def pbp(parts: list[bytes]) -> bytes:
    places, place = [], 40
    for part in parts:
        places.append(place)
        place += len(part)
    return b"\0PBP" + struct.pack("<I8I", 0x10000, *places) + b"".join(parts)
