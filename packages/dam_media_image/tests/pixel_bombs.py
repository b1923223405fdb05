"""Bombs of pixels, made by the tests: pictures of a few bytes that say to be giants."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def saved(name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.linear_gradient("L").resize((64, 48)).convert("RGBA" if name in ("ICO", "ICNS") else "RGB")
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, color: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in ((b"IHDR", header), *chunks, (b"IDAT", rows), (b"IEND", b"")))


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def ico(inner: bytes) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inner), 22) + inner


def tiff(width: int, height: int, *, compression: int = 1) -> bytes:
    tags = [(256, width), (257, height), (258, 8), (259, compression), (262, 1), (273, 8), (277, 1), (278, height), (279, 8)]
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags) + b"\0" * 4


def gif(width: int, height: int) -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02L\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0" * 6 + frame + b";"


def webp(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<II", 10, 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body += b"VP8L" + struct.pack("<IB", 5, 0x2F) + struct.pack("<I", 0x3FFF | 0x3FFF << 14)
    return b"RIFF" + struct.pack("<I", len(body) + 5) + b"WEBP" + body + b"\0"


def jxl(width: int, height: int) -> bytes:
    """Sizes of 30 bits each (ISO/IEC 18181-1, D.2)."""
    bits = 3 << 1 | (height - 1) << 3 | 3 << 36 | (width - 1) << 38 | 1 << 68
    return b"\xff\x0a" + bits.to_bytes(16, "little")


def bombs() -> dict[str, bytes]:
    giant = struct.pack(">II", 90000, 90000)
    whole_avif, whole_jp2 = saved("AVIF"), saved("JPEG2000")
    size = struct.pack(">II", 64, 48)
    jpeg = bytearray(saved("JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 65000, 65000)
    sequence = (b"acTL", struct.pack(">II", 100_000, 0))
    return {
        "png": png(65535, 65535),
        "png of one bit": png(30000, 30000, depth=1, color=0),
        "png of 16 bits": png(20000, 20000, depth=16, color=6),
        "animated png": png(40000, 40000, sequence),
        "gif": gif(65535, 65535),
        "gif long": gif(65535, 4000),
        "webp": webp(1 << 24, 1 << 24),
        "webp wide": webp(1 << 24, 1 << 20),
        "tiff": tiff(60000, 60000),
        "tiff packed": tiff(100_000, 100_000, compression=8),
        "tiff fax": tiff(1 << 20, 1 << 20, compression=4),
        "jpeg": bytes(jpeg),
        "bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 70, 0, 0, 54, 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0),
        "bmp top down": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 70, 0, 0, 54, 40, 90000, -90000, 1, 1, 0, 0, 0, 0, 0, 0),
        "ico": ico(png(50000, 50000)),
        "ico of a bitmap": ico(struct.pack("<IiiHHIIiiII", 40, 60000, 120000, 1, 32, 0, 0, 0, 0, 0, 0)),
        "jp2": patched(whole_jp2, struct.pack(">II", 48, 64), giant).replace(size, giant),
        "avif": patched(whole_avif, size, struct.pack(">II", 60000, 60000)),
        "psd": b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 100_000, 100_000, 8, 3) + b"\0" * 14,
        "jxl": jxl(1 << 29, 1 << 29),
        "qoi": b"qoif" + struct.pack(">IIBB", 100_000, 100_000, 3, 0) + b"\0" * 8,
        "ppm": b"P6 100000 100000 255\n" + b"\0" * 100,
        "tga": struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65535, 65535, 24, 0) + b"\0" * 8 + b"TRUEVISION-XFILE.\0",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="100000000" height="100000000"><rect width="9" height="9"/></svg>',
    }
