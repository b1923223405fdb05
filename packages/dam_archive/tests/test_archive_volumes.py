"""Archives in several files: known as one, read again when a part has come, and told by name when one is missing."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from archives import content_of, names, noise, sevenzip_of  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import ExportAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ContentCorruptError
from dam.core.world import World
from dam_app.plugin import AppPlugin
from dam_archive.functions.analysis import list_archive
from dam_archive.functions.members import read_members
from dam_archive.functions.volumes import missing_part
from dam_archive.plugin import ArchivePlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

MEMBERS = {"one.bin": noise(3000, 1), "two.bin": noise(5000, 2), "three.bin": noise(2000, 3)}
PART = 2000


def split_zip_of(members: dict[str, bytes], part: int) -> list[bytes]:
    """A ZIP in several files (APPNOTE.TXT, 8): a mark, then all its bytes cut; a member's place counts from the file it begins in."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        start, infos = archive.start_dir, archive.infolist()
    cut = bytearray(b"PK\7\x08" + whole.getvalue())
    last, place = (start + 4) // part, start + 4
    for info in infos:
        offset = info.header_offset + 4
        struct.pack_into("<H", cut, place + 34, offset // part)
        struct.pack_into("<I", cut, place + 42, offset % part)
        place += 46 + len(info.filename)
    struct.pack_into("<2H", cut, place + 4, last, last)
    struct.pack_into("<I", cut, place + 16, (start + 4) % part)
    return [bytes(cut[begin : begin + part]) for begin in range(0, last * part, part)] + [bytes(cut[last * part :])]


def split_names(count: int) -> list[str]:
    return [*(f"set.z{number + 1:02}" for number in range(count - 1)), "set.zip"]


@pytest_asyncio.fixture
async def library(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(AssetsPlugin, FsPlugin, AppPlugin, ArchivePlugin) as world:
        yield world


async def index(world: World, folder: Path) -> dict[str, dict[str, Any]]:
    await world.dispatch_command(IndexPathCommand(folder, accept_missing=True))
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand(limit=1000))).one()}


def test_a_split_zip_is_read_across_its_files(tmp_path: Path) -> None:
    parts = split_zip_of(MEMBERS, PART)
    assert len(parts) == 6
    for name, data in zip(split_names(len(parts)), parts, strict=True):
        content = content_of(tmp_path, data, name)
    answer = read_members(content, {})
    assert [(bytes.fromhex(one["name"]).decode(), one["size"]) for one in answer["members"]] == [
        (name, len(data)) for name, data in MEMBERS.items()
    ]
    (tmp_path / "set.z02").unlink()
    assert names(list_archive(content, {})) == list(MEMBERS)
    with pytest.raises(ContentCorruptError, match="Parts of the archive are missing"):
        read_members(content, {})


@pytest.mark.parametrize(("files", "missing"), [
    (["a.part1.rar", "a.part2.rar"], None), (["a.part1.rar", "a.part3.rar"], 2), (["a.part2.rar"], 1), (["a.rar", "a.r00", "a.r02"], 3),
    (["a.7z.001", "a.7z.003"], 2), (["a.7z.002"], 1), (["a.zip"], None), (["a.z02", "a.zip"], 1), (["a.jpg"], None),
])  # fmt: skip
def test_names_tell_which_part_is_missing(files: list[str], missing: int | None) -> None:
    assert missing_part(files) == missing


async def test_an_archive_is_read_again_when_a_part_has_come(library: World, make_files: MakeFiles) -> None:
    data = sevenzip_of({"inside.txt": b"words\n", "noise.bin": noise(3000)})
    parts = {f"a.7z.{number + 1:03}": data[number * 1200 : number * 1200 + 1200] for number in range(3)}
    folder = make_files({name: part for name, part in parts.items() if name != "a.7z.002"})
    found = await index(library, folder)
    assert found["a.7z.001"]["status"] == "error"
    assert "Part 2 of the archive is missing" in found["a.7z.001"]["error_message"]
    (folder / "a.7z.002").write_bytes(parts["a.7z.002"])
    found = await index(library, folder)
    assert [found[name]["status"] for name in parts] == ["ready"] * 3
    assert found["inside.txt"]["status"] == "ready"
    main = found["a.7z.001"]["id"]
    for name in ("a.7z.002", "a.7z.003"):
        assert [(link["relation"], link["id"]) for link in found[name]["links"]] == [("belongs_to", main)]


async def test_a_split_zip_is_one_asset_and_its_parts(library: World, make_files: MakeFiles) -> None:
    parts = split_zip_of(MEMBERS, PART)
    files = dict(zip(split_names(len(parts)), parts, strict=True))
    late = files.pop("set.z05")
    folder = make_files(files)
    found = await index(library, folder)
    assert (found["set.zip"]["status"], found["set.zip"]["metadata"]["archive"].get("members")) == ("partial", None)
    (folder / "set.z05").write_bytes(late)
    found = await index(library, folder)
    assert (found["set.zip"]["status"], found["set.zip"]["metadata"]["archive"]["members"]) == ("ready", 3)
    assert found["two.bin"]["locations"][0]["urn"] == f"archive://{found['set.zip']['id']}/two.bin"
    assert {link["relation"] for link in found["set.z01"]["links"]} == {"belongs_to"}
