"""Looking at some paths: what a watcher has heard of is judged as a pass over a whole root is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from looking import assets, by_path, index  # type: ignore[import-not-found]  # beside this file

from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import RootOfflineError
from dam.core.world import World
from dam_fs.commands import IndexPathsCommand, IndexSummary
from dam_fs.functions.watching import to_look_at, without_nested
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


async def look(world: World, *paths: Path) -> IndexSummary:
    summary: IndexSummary = (await world.dispatch_command(IndexPathsCommand(paths))).one()
    return summary


async def test_paths_are_judged_as_a_pass_is(small: World, make_files: MakeFiles, reads: list[bytes]) -> None:
    root = make_files({**{f"old/{number}": f"content {number}" for number in range(5)}, "stays": "s", "edited": "e", "lost": "l"})
    await index(small, root)
    ids = {Path(path).name: asset["id"] for path, asset in (await by_path(small)).items()}
    reads.clear()
    (root / "old").rename(root / "new")
    (root / "edited").write_text("other words")
    (root / "lost").unlink()
    (root / "fresh").write_text("f")
    (root / "not told").write_text("n")
    summary = await look(small, root / "old", root / "new", root / "edited", root / "lost", root / "fresh", root / "never was")
    counts = summary.moved, summary.changed, summary.missing, summary.new, summary.failed
    assert counts == (5, 1, 1, 1, [])
    found = await by_path(small)
    assert {Path(path).name for path in found} == {"0", "1", "2", "3", "4", "stays", "edited", "fresh"}
    assert all(asset["id"] == ids[Path(path).name] for path, asset in found.items() if Path(path).name in ids)
    assert sorted(reads) == [b"edited", b"fresh"], "files in a renamed folder are not read"
    assert (await look(small, root)).new == 1


async def test_paths_of_several_roots_and_of_none(small: World, make_files: MakeFiles) -> None:
    files = make_files({"one/a": "a", "one/x": "x", "two/b": "b", "two/inner/c": "c"})
    for path in ("two/inner", "one", "two"):
        await index(small, files / path)
    before = {asset["sha256"]: asset["id"] for asset in await assets(small)}
    (files / "one/a").rename(files / "two/a")
    (files / "two/inner/d").write_text("d")
    summary = await look(small, files / "one/a", files / "two/a", files / "two/inner/d", files / "beside")
    assert (sorted(summary.roots), summary.new, summary.missing) == (["inner", "one", "two"], 1, summary.missing)
    assert [one["path"] for one in summary.failed] == [str(files / "beside")]
    after = {asset["sha256"]: asset["id"] for asset in await assets(small)}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    (files / "one").rename(files / "away")
    with pytest.raises(RootOfflineError):
        await look(small, files / "one/x")
    await small.settled()
    assert {asset["status"] for asset in await assets(small)} == {"ready"}


async def test_links_pipes_and_the_library_are_left_alone(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files({"a": "1", ".git/config": "x", "quiet/.nomedia": "", "quiet/b": "2"})
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "link").symlink_to(outside)
    (root / "file link").symlink_to(outside / "secret")
    os.mkfifo(root / "pipe")
    async with make_world(AssetsPlugin, FsPlugin, home=root / "library") as world:
        await index(world, root)
        names = ("link/secret", "file link", "pipe", ".git/config", "quiet/b", "library/dam.db", "library")
        summary = await look(world, *(root / name for name in names))
        assert (summary.new, summary.missing, summary.failed) == (0, 0, [])
        assert [asset["filename"] for asset in await assets(world)] == ["a"]


async def test_the_last_file_of_a_root_may_go(small: World, make_files: MakeFiles) -> None:
    """That it was deleted is known; an empty folder alone would be a disk that is not plugged in."""
    root = make_files({"a": "1"})
    await index(small, root)
    (root / "a").unlink()
    assert (await look(small, root / "a")).missing == 1
    assert (await index(small, root)).missing == 0
    (root / "a").write_text("1")
    assert (await look(small, root / "a")).failed == []
    await small.settled()
    assert [asset["status"] for asset in await assets(small)] == ["ready"]


def test_what_is_looked_at() -> None:
    assert without_nested([b"a/b", b"a", b"a-b", b"b", b"a/b/c"]) == (b"a", b"a-b", b"b")
    assert without_nested([b"a", b""]) == (b"",)
    assert to_look_at([b"a/1", b"a/2", b"b/1"], many=3) == (b"a/1", b"a/2", b"b/1")
    assert to_look_at([b"a/1", b"a/2", b"b/1"], many=2) == (b"a", b"b")
    assert to_look_at([b"a/1", b"a/2", b"b/1"], many=1) == (b"",)
    assert to_look_at([b"a/1", b"b/.damignore", b"c/d/.nomedia"]) == (b"a/1", b"b", b"c/d")
