"""RARs whose members are packed are unpacked by a program that is found at run time, and named where there is none."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from dam.assets.commands import CountAssetsCommand
from dam.assets.commands.work import ListJobsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.analysis import Content
from dam.core.exceptions import ContentUnsupportedError
from dam_archive.functions.formats.rar_file import has_tool
from dam_archive.functions.members import read_members
from dam_archive.plugin import ArchivePlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeWorld

with_tool = pytest.mark.skipif(not has_tool(), reason="no program that unpacks RAR is installed (unar, unrar)")
PASSWORD = "password"


def content(path: Path, scratch: Path) -> Content:
    return Content(str(path), "", path.stat().st_size, str(scratch))


@with_tool
def test_packed_members_are_those_of_the_same_archive_in_another_form(sample_files: Path, tmp_path: Path) -> None:
    folder = sample_files / "archives"
    with ZipFile(folder / "test-documents.zip") as archive:
        wanted = {sha256(archive.read(info)).hexdigest() for info in archive.infolist() if not info.is_dir()}
    answer = read_members(content(folder / "test-documents.rar", tmp_path), {})
    assert {one["sha256"] for one in answer["members"]} == wanted
    assert not answer["left_out"]
    assert not list(tmp_path.iterdir())


@with_tool
@pytest.mark.parametrize(("name", "members"), [
    ("rar5-solid.rar", 2), ("rar5-crc.rar", 2), ("rar5-psw.rar", 2), ("rar5-hpsw.rar", 2), ("rar3-comment-psw.rar", 2), ("unicode.rar", 2),
])  # fmt: skip
def test_every_kind_of_packed_rar_is_read(sample_files: Path, tmp_path: Path, name: str, members: int) -> None:
    answer = read_members(content(sample_files / "archives" / name, tmp_path), {"passwords": ["wrong", PASSWORD]})
    assert (len(answer["members"]), answer["left_out"]) == (members, [])


@with_tool
def test_a_damaged_member_costs_only_itself(sample_files: Path, tmp_path: Path) -> None:
    data = bytearray((sample_files / "archives/test-documents.rar").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "bent.rar").write_bytes(data)
    (tmp_path / "scratch").mkdir()
    answer = read_members(content(tmp_path / "bent.rar", tmp_path / "scratch"), {})
    assert (len(answer["members"]), [one["reason"] for one in answer["left_out"]]) == (8, ["damaged"])


async def test_what_is_lost_without_a_program_is_told(
    sample_files: Path, tmp_path: Path, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ContentUnsupportedError, match="install unar"):
        read_members(content(sample_files / "archives/test-documents.rar", tmp_path), {})
    async with make_world(AssetsPlugin, ArchivePlugin) as world:
        told = world.plugins["dam_archive"].optional(world)
    assert (told["RAR"] or "").startswith("packed members of RAR archives are listed but not read")


@with_tool
async def test_what_was_packed_is_read_once_the_program_is_there(
    sample_files: Path, tmp_path: Path, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "files"
    root.mkdir()
    shutil.copy(sample_files / "archives/test-documents.rar", root)

    async def members() -> tuple[int, dict[str, int]]:
        async with make_world(AssetsPlugin, FsPlugin, ArchivePlugin, home=tmp_path / "library") as world:
            await world.dispatch_command(IndexPathCommand(root))
            count = (await world.dispatch_command(CountAssetsCommand())).one().members
            return count, (await world.dispatch_command(ListJobsCommand())).one().waiting

    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        assert await members() == (0, {"RAR": 1})
    assert await members() == (9, {})
