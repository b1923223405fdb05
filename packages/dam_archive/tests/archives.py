"""Small archives, made by the tests."""

from __future__ import annotations

import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import py7zr
import pyzipper

from dam.core.analysis import Content

Members = Mapping[str, bytes] | Sequence[tuple[str, bytes]]


def pairs(members: Members) -> Sequence[tuple[str, bytes]]:
    return list(members.items()) if isinstance(members, Mapping) else members


def zip_of(members: Members, *, packed: bool = True) -> bytes:
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in pairs(members):
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def zip_by(method: int, packed: bytes, data: bytes, name: str = "one.txt") -> bytes:
    """A ZIP of one member that was packed by somebody else, with any method."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), packed)
        info = archive.infolist()[0]
        info.compress_type, info.file_size, info.CRC = method, len(data), zlib.crc32(data)
    return out.getvalue()


def locked_zip_of(members: Members, password: str) -> bytes:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, data in pairs(members):
            archive.writestr(name, data)
    return out.getvalue()


def sevenzip_of(members: Members, password: str | None = None, *, locked_names: bool = False) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password, header_encryption=locked_names) as archive:
        for name, data in pairs(members):
            archive.writestr(data, name)
    return out.getvalue()


def tar_of(members: Members, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]  # the mode is text of the test
        for name, data in pairs(members):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def stored_rar_of(members: Members) -> bytes:
    """A RAR 2.9 whose members are stored (technote.txt of RARLAB): rarfile reads it without any tool."""

    def block(kind: int, flags: int, body: bytes, data: bytes = b"") -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + data

    out = b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6))
    for name, data in pairs(members):
        encoded = name.encode()
        body = struct.pack("<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x5A21A000, 20, 0x30, len(encoded), 0o100644)
        out += block(0x74, 0x8000, body + encoded, data)
    return out + block(0x7B, 0x4000, b"")


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def content_of(tmp_path: Path, data: bytes, name: str = "a.bin") -> Content:
    """A file with these bytes, as an analysis gets it."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return Content(str(path), "", len(data), str(scratch))


def names(answer: Mapping[str, Any]) -> list[str]:
    return [entry["name"] for entry in answer["entries"]]
