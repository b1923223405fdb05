"""Hostile archives, made by the tests: bombs of every kind, lies, and names that lead elsewhere."""

from __future__ import annotations

import bz2
import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Callable
from typing import Any

from archives import noise, sevenzip_of, stored_rar_of, tar_of, zip_of  # type: ignore[import-not-found]  # beside this file

ZEROS = bytes(4 << 20)


def overlapping_zip(count: int = 200) -> bytes:
    """Many members that are all the same bytes, as in Fifield's bomb."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(ZEROS) + packed.flush()
    crc, name = zlib.crc32(ZEROS), b"a"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(data), len(ZEROS), 1, 0) + name + data
    record = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 8, 0, 33, crc, len(data), len(ZEROS), 1, 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(record) * count, len(local), 0)
    return local + record * count + end


def lying_zip(size: int) -> bytes:
    """A ZIP that says a member is small which is not."""
    data = bytearray(zip_of({"a": ZEROS}))
    for magic, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = data.index(magic)
        data[start + place : start + place + 4] = struct.pack("<L", size)
    return bytes(data)


def nest(levels: int, width: int) -> bytes:
    """A ZIP of ZIPs of ZIPs, with zeros in the innermost."""
    data: bytes = zip_of({f"{number}.bin": ZEROS for number in range(width)})
    for _ in range(levels):
        data = zip_of({f"{number}.zip": data for number in range(width)})
    return data


def tar_with(**fields: Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a")
        for name, value in fields.items():
            setattr(info, name, value)
        archive.addfile(info)
    return out.getvalue()


def slip_of(pack: Callable[..., bytes]) -> bytes:
    packed: bytes = pack(
        dict.fromkeys(("../../escape.txt", "/tmp/escape.txt", "..\\..\\escape.txt", "C:/escape.txt", "ok.txt"), b"escaped")
    )
    return packed


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros in a ZIP": lambda: zip_of({"a": ZEROS}),
    "zeros in many members": lambda: zip_of({str(number): ZEROS for number in range(20)}),
    "zeros in a 7z": lambda: sevenzip_of({"a": ZEROS}),
    "zeros in a solid 7z": lambda: sevenzip_of({str(number): ZEROS for number in range(5)}),
    "zeros in gzip": lambda: gzip.compress(ZEROS),
    "zeros in gzip in gzip": lambda: gzip.compress(gzip.compress(ZEROS)),
    "zeros in bzip2": lambda: bz2.compress(ZEROS),
    "zeros in a TAR in gzip": lambda: gzip.compress(tar_of({"a": ZEROS})),
    "overlapping members": overlapping_zip,
    "a size that is a lie: none": lambda: lying_zip(0),
    "a size that is a lie: small": lambda: lying_zip(100),
    "a size that is a lie: huge": lambda: lying_zip(0xFFFFFFF0),
    "an archive of archives": lambda: nest(2, 4),
    "a TAR whose member never ends": lambda: tar_with(size=1 << 60)[:512] + noise(5000),
    "a TAR with a negative size": lambda: tar_of({"a": b"x"}).replace(b"00000000001\0", b"\xff" * 12, 1),
    "a TAR with endless names": lambda: gzip.compress(tar_with(name="x" * 2_000_000)),
    "very many members in a TAR": lambda: gzip.compress(tar_of({"a": b""})[:512] * 6_000),
    "links in a TAR": lambda: tar_with(type=tarfile.SYMTYPE, linkname="/etc/passwd") + tar_with(type=tarfile.CHRTYPE),
    "names that leave a ZIP": lambda: slip_of(zip_of),
    "names that leave a TAR": lambda: slip_of(tar_of),
    "names that leave a RAR": lambda: slip_of(stored_rar_of),
    "a 7z whose header is a lie": lambda: sevenzip_of({"a": b"x"})[:12] + struct.pack("<QQL", 0, 1 << 62, 0) + bytes(64),
    "nothing but a signature": lambda: b"PK\5\6" + bytes(18),
    "nothing but the signature of RAR": lambda: b"Rar!\x1a\x07\x01\x00",
    "a comment that never ends": lambda: zip_of({"a": b"x"})[:-2] + b"\xff\xff",
}
