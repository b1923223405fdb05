"""Archives of every format are listed without anything being read of their members."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import py7zr
import pytest
from archives import content_of, locked_zip_of, names, noise, sevenzip_of, stored_rar_of, tar_of, zip_of  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import ExportAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_archive.functions.analysis import list_archive
from dam_archive.functions.budget import Limits
from dam_archive.functions.formats.compressed import zstd  # type: ignore[attr-defined]  # whichever it is here
from dam_archive.functions.formats.sevenzip import SevenZipReader
from dam_archive.functions.members import read_members
from dam_archive.plugin import ArchivePlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


def compressed_by_zstd(data: bytes) -> bytes:
    out = io.BytesIO()
    with zstd.ZstdFile(out, "w") as file:
        file.write(data)
    return out.getvalue()


MEMBERS = {"a.txt": b"first", "folder/b.txt": b"second"}

FORMATS = {
    "zip": zip_of(MEMBERS),
    "7z": sevenzip_of(MEMBERS),
    "rar": stored_rar_of(MEMBERS),
    "tar": tar_of(MEMBERS),
    "tar.gzip": gzip.compress(tar_of(MEMBERS)),
    "tar.bzip2": bz2.compress(tar_of(MEMBERS)),
    "tar.xz": lzma.compress(tar_of(MEMBERS)),
    "tar.zstd": compressed_by_zstd(tar_of(MEMBERS)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_listed(name: str, tmp_path: Path) -> None:
    answer = list_archive(content_of(tmp_path, FORMATS[name]), {})
    assert answer["format"] == name
    assert answer["state"] == "open"
    assert names(answer) == list(MEMBERS)
    assert [entry["size"] for entry in answer["entries"]] == [5, 6]


ALONE: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": compressed_by_zstd}


@pytest.mark.parametrize("suffix", ALONE)
def test_a_file_compressed_alone_is_an_archive_of_one(suffix: str, tmp_path: Path) -> None:
    assert names(list_archive(content_of(tmp_path, ALONE[suffix](b"x"), f"notes.txt.{suffix}"), {})) == ["notes.txt"]


def newc_of(members: dict[str, bytes]) -> bytes:
    out = b""
    for name, data in [*members.items(), ("TRAILER!!!", b"")]:
        numbers = (0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % number for number in numbers) + name.encode() + b"\0"
        out += head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
    return out


def test_cpio_and_cabinets_are_listed(tmp_path: Path) -> None:
    content = content_of(tmp_path, newc_of(MEMBERS))
    assert names(list_archive(content, {})) == list(MEMBERS)
    assert [one["sha256"] for one in read_members(content, {})["members"]] == [sha256(data).hexdigest() for data in MEMBERS.values()]
    record = struct.pack("<LLHHHH", 7, 0, 0, 0, 0, 0) + b"folder\\c.txt\0"
    cabinet = struct.pack("<4s4xL4xL4xBBHHHHH", b"MSCF", 36 + len(record), 36, 3, 1, 0, 1, 0, 0, 0) + record
    content = content_of(tmp_path, cabinet)
    assert names(list_archive(content, {})) == ["folder/c.txt"]
    with pytest.raises(ContentUnsupportedError):
        read_members(content, {})


def test_members_of_one_name_are_listed_each(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zip_of([("same", b"1"), ("same", b"2")])
    assert names(list_archive(content_of(tmp_path, data), {})) == ["same", "same"]


def test_names_that_are_no_text_are_shown_with_a_sign(tmp_path: Path) -> None:
    data = zip_of({"ab.txt": b""}).replace(b"ab.txt", b"\x81\xff.txt")
    assert names(list_archive(content_of(tmp_path, data), {})) == ["\ufffd\ufffd.txt"]


@pytest.mark.parametrize(("pack", "listed"), [
    (locked_zip_of, list(MEMBERS)),
    (sevenzip_of, list(MEMBERS)),
    (partial(sevenzip_of, locked_names=True), []),
])  # fmt: skip
def test_an_encrypted_archive_is_encrypted_and_not_corrupt(pack: Callable[..., bytes], listed: list[str], tmp_path: Path) -> None:
    content = content_of(tmp_path, pack(MEMBERS, "secret"))
    answer = list_archive(content, {})
    assert (answer["state"], names(answer)) == ("encrypted", listed)
    answer = list_archive(content, {"passwords": ["wrong", "secret"]})
    assert (answer["state"], names(answer)) == ("encrypted", list(MEMBERS))
    assert all(entry["encrypted"] for entry in answer["entries"])


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "rar"])  # of a RAR the members before the cut are there
def test_what_is_cut_off_is_corrupt(name: str, tmp_path: Path) -> None:
    data = FORMATS[name]
    with pytest.raises(ContentCorruptError):
        list_archive(content_of(tmp_path, data[: len(data) // 2] if name != "tar" else b"\0" * 257 + b"ustar" + b"\1" * 400), {})


def test_more_members_than_the_limit_are_not_even_looked_at(tmp_path: Path) -> None:
    record = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"n"
    count = 1_000_000
    directory = record * count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), 0, 0)
    answer = list_archive(content_of(tmp_path, directory + end), {})
    assert (answer["state"], answer["refused"]["reason"]) == ("refused", "count")


def test_zip64_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"x")
    assert names(list_archive(content_of(tmp_path, path.read_bytes()), {})) == ["a.txt"]


def test_the_files_of_one_archive_are_known_as_one(tmp_path: Path) -> None:
    data = sevenzip_of({"a.bin": noise(3000)})
    for number in range(3):
        content = content_of(tmp_path, data[number * 1200 : (number + 1) * 1200], f"set.7z.{number + 1:03}")
    assert list_archive(content, {})["part_of"] == "set.7z.001"
    answer = list_archive(content_of(tmp_path, data[:1200], "set.7z.001"), {})
    assert answer["part_of"] is None
    assert answer["volumes"] == ["set.7z.001", "set.7z.002", "set.7z.003"]
    assert names(answer) == ["a.bin"]


async def test_an_archive_shows_what_it_holds(make_world: MakeWorld, make_files: MakeFiles) -> None:
    folder = make_files(
        {"a.zip": FORMATS["zip"], "locked.7z": sevenzip_of(MEMBERS, "x", locked_names=True), "cut.zip": FORMATS["zip"][:60]}
    )
    async with make_world(AssetsPlugin, FsPlugin, ArchivePlugin) as world:
        await world.dispatch_command(IndexPathCommand(folder))
        await world.settled()
        found = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    assert found["a.zip"]["type"] == "archive"
    assert found["a.zip"]["metadata"]["archive"]["entries"] == [
        {"name": "a.txt", "size": 5, "encrypted": False},
        {"name": "folder/b.txt", "size": 6, "encrypted": False},
    ]
    assert (found["locked.7z"]["status"], found["locked.7z"]["metadata"]["archive"]["state"]) == ("ready", "encrypted")
    assert found["cut.zip"]["status"] == "error"


def test_a_sevenzip_is_read_no_faster_than_it_is_unpacked() -> None:
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 0}]) as archive:
        archive.writestr(noise(3 << 20).hex().encode(), "a.txt")
    written, ahead = 0, []

    class Slow:
        def write(self, data: bytes) -> bool:
            nonlocal written
            written += len(data)
            ahead.append(file.tell() - written * packed // (6 << 20))
            return True

        def close(self, problem: str | None = None, reason: str = "") -> None:
            assert problem is None, reason

    packed = file.seek(0, io.SEEK_END)
    file.seek(0)
    SevenZipReader(file, Limits(), None).pour(lambda index, _: index == 0, lambda _: Slow())
    assert written == 6 << 20
    assert max(ahead) < 200_000  # what is read and not yet unpacked lies in memory
