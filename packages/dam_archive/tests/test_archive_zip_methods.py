"""Members of a ZIP that are packed with what few programs use: they are read, or the reason names what they are packed with."""

from __future__ import annotations

import lzma
import struct
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import inflate64
import pyppmd
import pytest
from archives import zip_by  # type: ignore[import-not-found]  # beside this file

from dam.core.analysis import Content
from dam_archive.functions.members import read_members

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"".join(b"line %d\n" % number for number in range(20_000))


def deflate64(data: bytes) -> bytes:
    deflater = inflate64.Deflater()
    return bytes(deflater.deflate(data) + deflater.flush())


def ppmd(data: bytes) -> bytes:
    encoder = pyppmd.Ppmd8Encoder(6, 8 << 20, 0)
    return bytes(struct.pack("<H", 5 | 7 << 4) + encoder.encode(data) + encoder.flush())


METHODS: dict[int, Any] = {9: deflate64, 93: zstd.compress, 95: lzma.compress, 98: ppmd}


def read(archive: bytes, folder: Path, **settings: Any) -> dict[str, Any]:
    path = folder / "some.zip"
    path.write_bytes(archive)
    return read_members(Content(str(path), "application/zip", len(archive), str(folder)), settings)


@pytest.mark.parametrize("method", METHODS)
def test_members_are_read_whatever_they_are_packed_with(tmp_path: Path, method: int) -> None:
    answer = read(zip_by(method, METHODS[method](TEXT), TEXT), tmp_path)
    assert ([one["sha256"] for one in answer["members"]], answer["left_out"]) == ([sha256(TEXT).hexdigest()], [])


@pytest.mark.parametrize("method", METHODS)
def test_damaged_ones_say_so(tmp_path: Path, method: int) -> None:
    packed = METHODS[method](TEXT)
    for bad in (packed[: len(packed) // 2], packed[:40] + b"\xff\0\xff\0" + packed[44:], b""):
        answer = read(zip_by(method, bad, TEXT), tmp_path)
        assert (answer["members"], [one["reason"] for one in answer["left_out"]]) == ([], ["damaged"]), len(bad)


@pytest.mark.parametrize("method", METHODS)
def test_bombs_of_every_method_are_refused(tmp_path: Path, method: int) -> None:
    zeros = bytes(8 << 20)
    answer = read(zip_by(method, METHODS[method](zeros), zeros), tmp_path, limits={"ratio": 20})
    assert (answer["members"], [one["reason"] for one in answer["left_out"]], answer["unpacked"]) == ([], ["ratio"], 0)


def test_what_nothing_reads_is_named(tmp_path: Path) -> None:
    answer = read(zip_by(6, b"packed in 1989", TEXT), tmp_path)
    assert answer["left_out"] == [
        {
            "name": "one.txt",
            "reason": "unsupported",
            "message": "It is packed in a way that cannot be read: Compression type 6 (implode).",
        }
    ]
