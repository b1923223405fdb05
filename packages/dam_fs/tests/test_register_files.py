"""Making single files known where they lie."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from dam.assets.commands import GetAssetCommand, RegisteredFile, RegisterFilesCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, ListRootsCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


@pytest_asyncio.fixture
async def small(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(AssetsPlugin, FsPlugin) as world:
        yield world


async def register(world: World, *paths: Path) -> list[RegisteredFile]:
    done: list[RegisteredFile] = (await world.dispatch_command(RegisterFilesCommand(paths))).one()
    assert [one.path for one in done] == list(paths)
    return done


async def test_the_file_stays_as_it_is_and_twice_is_once(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "content of a", "deep/b.txt": "content of b"})
    path = root / "a.txt"
    os.utime(path, ns=(10**18, 10**18))
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_mode, sorted(root.iterdir()))
    (first,) = await register(small, path)
    (again,) = await register(small, path)
    assert (first.status, again.status) == ("new", "known")
    assert (first.entity_id, first.file_id, first.sha256) == (again.entity_id, again.file_id, again.sha256)
    assert first.sha256 is not None
    assert before == (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_mode, sorted(root.iterdir()))
    asset: dict[str, Any] = (await small.dispatch_command(GetAssetCommand(first.entity_id or 0))).one() or {}
    assert (asset["storage_urn"], asset["sha256"]) == ("fs://files/a.txt", first.sha256)
    (files,) = [one for one in (await small.dispatch_command(ListRootsCommand())).one() if one["name"] == "files"]
    assert files["files"] == 1, "its neighbours were not asked for"


async def test_beneath_a_known_folder_it_belongs_to_it(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "content of a", "deep/b.txt": "content of b"})
    await small.dispatch_command(IndexPathCommand(root))
    (root / "deep" / "c.txt").write_text("content of c")
    (root / "a.txt").write_text("another content")
    new, changed, known = await register(small, root / "deep" / "c.txt", root / "a.txt", root / "deep" / "b.txt")
    assert (new.status, changed.status, known.status) == ("new", "changed", "known")
    assert [one["name"] for one in (await small.dispatch_command(ListRootsCommand())).one()] == ["files"]
    summary = (await small.dispatch_command(IndexPathCommand(root))).one()
    assert (summary.files, summary.unchanged) == (3, 3)


async def test_many_at_once_the_same_twice_and_copies(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "content", "b": "content", "c": "other"})
    done = await register(small, root / "a", root / "b", root / "c", root / "a")
    assert done[0].entity_id == done[1].entity_id == done[3].entity_id != done[2].entity_id
    assert {one.error for one in done} == {None}
    both = await asyncio.gather(register(small, root / "a"), register(small, root / "c"))
    assert [one.status for (one,) in both] == ["known", "known"]


async def test_a_file_on_another_disk_at_the_same_place_is_not_taken_for_the_known_one(small: World, make_files: MakeFiles) -> None:
    files = make_files({"disk/a": "a", "disk/b": "b", "disk/c": "c"})
    await small.dispatch_command(IndexPathCommand(files / "disk"))
    (known,) = await register(small, files / "disk/a")
    (files / "disk").rename(files / "unplugged")
    make_files({"disk/a": "a stranger", "disk/z": "z"})
    (refused,) = await register(small, files / "disk/a")
    assert (refused.status, refused.entity_id) == ("failed", None)
    assert "another disk" in (refused.error or "")
    (files / "disk").rename(files / "other")
    (files / "unplugged").rename(files / "disk")
    assert await register(small, files / "disk/a") == [known]


async def test_what_cannot_be_registered_stops_nothing(small: World, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"a": "content"})
    (root / "link").symlink_to(root / "a")
    done = await register(small, root / "gone", root, tmp_path / "no" / "folder", root / "link", root / "a")
    assert [one.status for one in done] == ["failed"] * 4 + ["new"]
    assert [one.entity_id is None for one in done] == [True] * 4 + [False]
    for one in done[:4]:
        assert one.error
        assert one.path.name in one.error or "folder" in one.error
    own = small.settings.data_directory / "inside"
    own.write_text("x")
    (refused,) = await register(small, own)
    assert refused.error is not None
    assert "belongs to the library" in refused.error
