"""Bombs: pictures, archives and packages of a few bytes that ask for all memory, all time or all of the disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

from archive_bombs import BOMBS, tar_with  # type: ignore[import-not-found]  # in packages/dam_archive/tests
from archives import sevenzip_of, tar_of, zip_of  # type: ignore[import-not-found]  # in packages/dam_archive/tests
from pixel_bombs import bombs, png  # type: ignore[import-not-found]  # in packages/dam_media_image/tests

ZEROS = bytes(40 << 20)
FRAMES = 100_000


def endless_gif() -> bytes:
    """A GIF of so many frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    return head + (b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02L\x01\x00") * FRAMES + b";"


def many_entries(count: int) -> bytes:
    """A ZIP64 whose directory has so many members, all of which are the same bytes."""
    name = b"a"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(b"x"), 1, 1, 1, 0) + name + b"x"
    record = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, zlib.crc32(b"x"), 1, 1, 1, 0, 0, 0, 0, 0, 0) + name
    size, place = len(record) * count, len(local)
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, place)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, place + size, 1)
    return local + record * count + end + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)


def hard_links() -> bytes:
    """A TAR of links to what lies outside, and of what is no file at all."""
    kinds = {
        "absolute": (tarfile.SYMTYPE, "/etc/passwd"), "upwards": (tarfile.SYMTYPE, "../../../etc/passwd"),
        "hard": (tarfile.LNKTYPE, "/etc/passwd"),
        "pipe": (tarfile.FIFOTYPE, ""), "device": (tarfile.CHRTYPE, ""), "disk": (tarfile.BLKTYPE, ""),
    }  # fmt: skip
    parts = [tar_with(name=name, type=kind, linkname=target)[:512] for name, (kind, target) in kinds.items()]
    return b"".join(parts) + bytes(1024)


def document_bomb(suffix: str, part: str) -> bytes:
    """A document whose text is a gigabyte of spaces."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml" if suffix in ("docx", "xlsx") else "mimetype", "<Types/>")
        with archive.open(part, "w", force_zip64=True) as member:
            member.write(b"<w:document xmlns:w='w'>")
            for _ in range(64):
                member.write(b" " * (4 << 20))
    return out.getvalue()


def bomb_files() -> dict[str, bytes]:
    """Every bomb, by a name for its file."""
    text = b"Comment\0\0" + zlib.compress(bytes(80 << 20))
    international = b"Comment\0\1\0\0\0" + zlib.compress(bytes(80 << 20))
    files = {f"pixels {name}.{name.split()[0]}": data for name, data in bombs().items()}
    files |= {f"archive {number:02}.bin": make() for number, make in enumerate(BOMBS.values())}
    nested = ZEROS
    for number in range(6):
        nested = gzip.compress(nested) if number % 2 else bz2.compress(nested)
    return files | {
        "frames.gif": endless_gif(),
        "text.png": png(8, 8, (b"zTXt", text)),
        "international text.png": png(8, 8, (b"iTXt", international)),
        "profile.png": png(8, 8, (b"iCCP", b"icc\0\0" + zlib.compress(bytes(80 << 20)))),
        "zeros.xz": lzma.compress(ZEROS),
        "zeros.tar.xz": lzma.compress(tar_of({"a": ZEROS})),
        "zeros.bz2": bz2.compress(ZEROS),
        "zeros.gz": gzip.compress(ZEROS),
        "zeros.7z": sevenzip_of({"a": ZEROS}),
        "onion.gz": nested,
        "zeros.svgz": gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'>" + ZEROS),
        "entries.zip": many_entries(60_000),
        "more entries.zip": many_entries(1_000_000),
        "links.tar": hard_links(),
        "endless.tar.gz": gzip.compress(tar_with(name="a", size=1 << 40)[:512] + ZEROS),
        "names.zip": zip_of({"x" * 60_000: b"a", "../" * 5000 + "evil": b"b"}),
        "spaces.docx": document_bomb("docx", "word/document.xml"),
        "spaces.xlsx": document_bomb("xlsx", "xl/sharedStrings.xml"),
        "many parts.docx": zip_of({"[Content_Types].xml": b"<Types/>", **{f"word/{number}.xml": b"" for number in range(21_000)}}),
    }
