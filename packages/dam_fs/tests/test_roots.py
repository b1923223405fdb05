"""Roots: folders that are known, that cannot be reached, or of which too much is gone to be believed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from looking import index  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import ExportAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import PathNotFoundError, RootOfflineError, UsageError
from dam.core.world import World
from dam_fs.commands import AddRootCommand, ListFoldersCommand, ListRootsCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


async def roots(world: World) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in (await world.dispatch_command(ListRootsCommand())).one()}


async def statuses(world: World) -> set[str]:
    return {one["status"] for one in (await world.dispatch_command(ExportAssetsCommand(limit=10_000))).one()}


async def test_a_root_is_listed_with_its_counts(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1", "b": "22"})
    await index(small, root, name="mine")
    (root / "a").unlink()
    await index(small, root)
    row = (await roots(small))["mine"]
    assert row["path"] == str(root)
    assert (row["files"], row["missing"], row["bytes"], row["status"], row["storage_type"]) == (1, 1, 2, "online", "in_place")
    assert row["scanned_at"] is not None


async def test_an_empty_folder(small: World, make_files: MakeFiles) -> None:
    summary = await index(small, make_files({}))
    assert (summary.files, summary.new, summary.failed) == (0, 0, [])
    assert (await roots(small))["files"]["files"] == 0


async def test_names_of_roots(small: World, make_files: MakeFiles) -> None:
    root = make_files({"one/photos/a": "1", "two/photos/b": "2", "three/local/c": "3", "four/ Sommer (2019) é/d": "4"})
    for folder in ("one/photos", "two/photos", "three/local", "four/ Sommer (2019) é"):
        await index(small, root / folder)
    assert set(await roots(small)) == {"photos", "photos-2", "local-2", "sommer-2019-é"}
    for taken in ("photos", "store", "local"):
        with pytest.raises(UsageError, match="taken"):
            await index(small, root, name=taken)
    assert len(await roots(small)) == 4


async def test_a_root_that_cannot_be_reached_is_offline(small: World, make_files: MakeFiles) -> None:
    root = make_files({"deep/a": "1", "b": "2"})
    await index(small, root)
    away = root.rename(root.parent / "away")
    for path in (root, root / "deep"):
        with pytest.raises(RootOfflineError, match="plugged in"):
            await index(small, path)
    assert RootOfflineError.exit_code == 6
    row = (await roots(small))["files"]
    assert (row["status"], row["files"], row["missing"]) == ("offline", 2, 0)
    assert await statuses(small) == {"ready"}
    away.rename(root)
    assert (await index(small, root)).unchanged == 2
    assert (await roots(small))["files"]["status"] == "online"


async def test_a_root_that_is_empty_now_is_offline(small: World, make_files: MakeFiles) -> None:
    """The mount point of a disk that is not plugged in is an empty folder."""
    root = make_files({"a": "1", "deep/b": "2"})
    await index(small, root)
    shutil.rmtree(root)
    root.mkdir()
    for path in (root, root / "deep"):
        with pytest.raises(RootOfflineError):
            await index(small, path)
    with pytest.raises(RootOfflineError):
        await index(small, root, dry_run=True)
    assert await statuses(small) == {"ready"}
    assert (await roots(small))["files"]["status"] == "offline"
    assert (await index(small, root, accept_missing=True)).missing == 2
    assert await statuses(small) == {"missing"}


async def test_a_file_where_the_root_was(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1"})
    await index(small, root)
    shutil.rmtree(root)
    root.write_text("a file")
    with pytest.raises(UsageError, match="is a file"):
        await index(small, root)
    assert await statuses(small) == {"ready"}


async def test_a_part_of_a_root_that_is_gone(small: World, make_files: MakeFiles) -> None:
    root = make_files({"deep/er/a": "1", "b": "2"})
    await index(small, root)
    shutil.rmtree(root / "deep")
    assert (await index(small, root / "deep/er")).missing == 1
    assert (await roots(small))["files"]["status"] == "online"
    with pytest.raises(PathNotFoundError):
        await index(small, root.parent / "elsewhere")


async def test_too_much_gone_at_once_is_not_believed(small: World, make_files: MakeFiles) -> None:
    """Nor part by part, though each is little: a root that is suspect stays so until all of it was looked at, or a person says."""
    root = make_files({f"{number // 10}/{number}": f"content {number}" for number in range(100)})
    await index(small, root)
    for number in range(21):
        (root / f"{number // 10}/{number}").unlink()
    summary = await index(small, root)
    assert (summary.missing, summary.unchanged, len(summary.suspect)) == (0, 79, 1)
    part = await index(small, root / "0")
    assert (part.missing, len(part.suspect)) == (0, 1)
    assert "--accept-missing" in summary.suspect[0]
    row = (await roots(small))["files"]
    assert (row["status"], row["files"], row["missing"]) == ("suspect", 100, 0)
    assert await statuses(small) == {"ready"}
    summary = await index(small, root, accept_missing=True)
    assert (summary.missing, summary.suspect) == (21, [])
    assert (await roots(small))["files"]["status"] == "online"


async def test_a_root_that_has_become_a_link_is_the_same_root(small: World, make_files: MakeFiles) -> None:
    """Its folder was moved to a larger disk, say. By whichever path it is meant, no file is there twice."""
    files = make_files({"data/a": "a", "data/b/c": "c", "larger/x": "x"})
    await index(small, files / "data")
    (files / "data").rename(files / "larger/data")
    (files / "data").symlink_to(files / "larger/data")
    for folder, count in (("data", 2), ("data/b", 1), ("larger/data", 2), ("larger/data/b", 1)):
        summary = await index(small, files / folder)
        assert (summary.roots, summary.unchanged, summary.copied) == (["data"], count, 0)


async def test_a_few_gone_are_believed(small: World, make_files: MakeFiles) -> None:
    root = make_files({f"{number}": f"content {number}" for number in range(30)})
    await index(small, root)
    for number in range(20):
        (root / f"{number}").unlink()
    summary = await index(small, root)
    assert (summary.missing, summary.suspect) == (20, [])


async def test_many_moved_are_not_gone(small: World, make_files: MakeFiles) -> None:
    root = make_files({f"old/{number}": f"content {number}" for number in range(60)})
    await index(small, root)
    (root / "old").rename(root / "new")
    summary = await index(small, root)
    assert (summary.moved, summary.missing, summary.suspect) == (60, 0, [])


async def test_a_root_in_a_root(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1", "inner/b": "2", "inner/deep/c": "3"})
    assert (await index(small, root / "inner")).new == 2
    summary = await index(small, root)
    assert (summary.files, summary.new) == (1, 1)
    assert (await index(small, root / "inner/deep")).unchanged == 1
    found = await roots(small)
    assert {name: row["files"] for name, row in found.items()} == {"inner": 2, "files": 1}


async def test_a_folder_in_a_root_is_a_part_of_it(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1", "inner/b": "2"})
    await index(small, root)
    assert (await index(small, root / "inner")).unchanged == 1
    assert list(await roots(small)) == ["files"]
    sibling = root.parent / "files beside"
    sibling.mkdir()
    await index(small, sibling)
    assert len(await roots(small)) == 2


async def test_the_library_is_not_indexed(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files({"a": "1"})
    async with make_world(AssetsPlugin, FsPlugin, home=root / "library") as world:
        cache = world.settings.cache_directory
        cache.mkdir()
        (cache / "derived.webp").write_bytes(b"derived")
        summary = await index(world, root)
        assert (summary.files, summary.new) == (1, 1)
        for path in (root / "library", cache):
            with pytest.raises(UsageError, match="belongs to the library"):
                await index(world, path)
        (root / "library/collection").mkdir()
        (root / "library/collection/b").write_text("2")
        assert (await index(world, root / "library/collection")).files == 1


async def test_a_root_by_a_link_is_the_folder_itself(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1"})
    (root.parent / "link").symlink_to(root)
    await index(small, root)
    assert (await index(small, root.parent / "link")).unchanged == 1
    assert (await index(small, Path(f"{root}/../files/"))).unchanged == 1
    assert list(await roots(small)) == ["files"]


async def test_a_root_with_an_undecodable_name(small: World, make_files: MakeFiles) -> None:
    folder = Path(os.fsdecode(os.fsencode(make_files({})) + b"/caf\xe9"))
    folder.mkdir()
    (folder / "a").write_text("1")
    assert (await index(small, folder)).new == 1
    assert (await index(small, folder)).unchanged == 1
    assert [row["files"] for row in (await roots(small)).values()] == [1]
    assert (await small.dispatch_command(ListFoldersCommand())).one() == [folder]


async def test_adding_a_root_twice(small: World, make_files: MakeFiles) -> None:
    root = make_files({})
    ids = {(await small.dispatch_command(AddRootCommand(root))).one() for _ in range(2)}
    assert len(ids) == 1
