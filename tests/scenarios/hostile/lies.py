"""Files that lie about themselves: counts, sizes and places that cannot be, and kinds that they are not."""

from __future__ import annotations

import itertools
import json
import struct

from films import film  # type: ignore[import-not-found]  # in packages/dam_media_video/tests
from game_images import PARAMETERS, compressed, game, pbp, sfo  # type: ignore[import-not-found]  # in packages/dam_psp/tests
from programs import exe  # type: ignore[import-not-found]  # in packages/dam_software/tests

from tests.scenarios.hostile.seeds import made_seeds

MANY = 0x7FFFFFF0


def font(tables: int, offset: int, length: int) -> bytes:
    """A font whose directory names tables far beyond its end."""
    names = [b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"name", b"post"]
    directory = b"".join(struct.pack(">4sIII", names[number % len(names)], 0, offset, length) for number in range(min(tables, 2000)))
    return struct.pack(">IHHHH", 0x10000, tables, 0, 0, 0) + directory + bytes(2000)


def glb(count: int, length: int) -> bytes:
    """A model whose accessors say to have so many numbers."""
    told = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "scene": 0,
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 0, "componentType": 5125, "count": count, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": length}],
        "buffers": [{"byteLength": length}],
    }
    words = json.dumps(told).encode()
    words += b" " * (-len(words) % 4)
    body = struct.pack("<II", len(words), 0x4E4F534A) + words + struct.pack("<II", 36, 0x004E4942) + bytes(36)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def gltf(address: str) -> bytes:
    """A model whose numbers are elsewhere."""
    told = {
        "asset": {"version": "2.0"}, "buffers": [{"byteLength": 36, "uri": address}], "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}], "images": [{"uri": address}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], "nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}],
    }  # fmt: skip
    return json.dumps(told).encode()


def looping_disk() -> bytes:
    """A disk image whose root folder contains itself."""
    image = bytearray(game())
    root = image[16 * 2048 + 156 : 16 * 2048 + 190]
    sector = struct.unpack_from("<I", root, 2)[0] * 2048
    at = sector + 34 + 34  # behind "." and ".."
    struct.pack_into("<I", image, at + 2, sector // 2048)
    struct.pack_into(">I", image, at + 6, sector // 2048)
    image[at + 25] |= 2
    return bytes(image)


def lies(address: str) -> dict[str, bytes]:
    """Files by their names."""
    disk = game()
    packed = bytearray(compressed(disk))
    for place in range(24, len(packed) // 2, 8):
        struct.pack_into("<I", packed, place, 0x7FFFFFFF)
    huge = bytearray(compressed(disk))
    struct.pack_into("<Q", huge, 8, 1 << 62)
    program = exe()
    return {
        "font.ttf": font(9, 0xFFFFFF00, 0xFFFFFFFF),
        "font of many tables.ttf": font(65_535, 100, 2000),
        "font long.otf": b"OTTO" + font(9, 12, MANY)[4:],
        "counts.glb": glb(MANY, 36),
        "length.glb": glb(3, MANY),
        "elsewhere.gltf": gltf(address),
        "upwards.gltf": gltf("../secret"),
        "faces.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\n" + b"f 1 2 10000000\n" * 3 + b"f -1 -2 -3\n" * 100_000,
        "material.obj": b"mtllib /etc/passwd\nmtllib ../secret\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl x\nf 1 2 3\n",
        "count.stl": bytes(80) + struct.pack("<I", MANY) + bytes(150),
        "count.ply": b"ply\nformat ascii 1.0\nelement vertex 2000000000\nproperty float x\nend_header\n1\n",
        "loop.iso": looping_disk(),
        "short.iso": disk[: 18 * 2048],
        "table.cso": bytes(packed),
        "size.cso": bytes(huge),
        "block.cso": struct.pack("<4sIQIBB2x", b"CISO", 24, 1 << 30, 0, 1, 0) + bytes(100),
        "places.pbp": b"\0PBP" + struct.pack("<I8I", 0x10000, *[0xFFFFFFF0] * 8) + bytes(100),
        "backwards.pbp": b"\0PBP" + struct.pack("<I8I", 0x10000, 5000, 4000, 3000, 2000, 1000, 500, 100, 40) + bytes(6000),
        "nested.pbp": pbp([sfo(PARAMETERS), b"\0PBP" * 100, b"", b"", b"", b"", b"", b""]),
        "entries.sfo": b"\0PSF" + struct.pack("<IIII", 0x101, 20, 40, MANY) + bytes(100),
        "resources.exe": program.replace(struct.pack("<I", 0x80000000 | 56), struct.pack("<I", 0x80000000)),
        "headers.exe": program[:60] + struct.pack("<I", 0xFFFFFF00) + program[64:],
        "sections.exe": program.replace(struct.pack("<HH", 0x8664, 1), struct.pack("<HH", 0x8664, 65_535), 1),
        "escape.deb": b"!<arch>\n" + b"../../../evil/".ljust(48) + b"4".ljust(10) + b"`\nevil",
        "endless.deb": b"!<arch>\n" + b"debian-binary".ljust(48) + b"-60".ljust(10) + b"`\n",
    }


def disguised() -> dict[str, bytes]:
    """Every kind under the suffix of the next: only the bytes tell what a file is."""
    seeds = made_seeds() | {"mp4": film()}
    kinds = sorted(seeds)
    files = {f"disguised {kind}.{other.rpartition('.')[2]}": seeds[kind] for kind, other in itertools.pairwise([*kinds, kinds[0]])}
    return files | {
        "polyglot.jpg": seeds["jpg"] + seeds["zip"],
        "polyglot.pdf": seeds["pdf"] + seeds["html"],
        "polyglot.gif": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
        "page as picture.png": seeds["html"],
    }
