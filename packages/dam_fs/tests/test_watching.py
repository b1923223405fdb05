"""Watching: what happens to files while the program runs is known soon, and whatever the system does not tell is found by looking."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from looking import assets, by_path, has, has_gone, index, until, watched  # type: ignore[import-not-found]  # beside this file
from sqlalchemy import func, select

from dam.assets.commands import LinkEntitiesCommand, TagAssetsCommand
from dam.assets.models import AssetComponent, Root
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import PathNotFoundError, UsageError
from dam.core.world import World
from dam.core.writes import table_of
from dam_fs.commands import IndexPathsCommand, IndexSummary, ListRootsCommand, WatchRootsCommand
from dam_fs.events import RootWatched
from dam_fs.functions import event_queue, watching
from dam_fs.functions.watching import changed_since, count_folders
from dam_fs.plugin import FsPlugin
from dam_fs.resources import WatchState
from dam_fs.resources.folder_listener import FolderListener
from dam_fs.resources.watch_state import RootWatch
from dam_fs.systems import watch as watch_module
from dam_test_utils.fixtures import MakeFiles, MakeWorld

BOTH = pytest.mark.parametrize("count", [100, pytest.param(2000, marks=pytest.mark.proof)])


# -- live ------------------------------------------------------------------------------------------------------------


async def test_files_that_come_change_and_go(small: World, make_files: MakeFiles) -> None:
    root = make_files({"there": "0"})
    await index(small, root)
    async with watched(small) as news:
        assert news[0].mode == "live"
        assert small.get_resource(WatchState).as_rows()[0]["mode"] == "live"
        (root / "a").write_text("first")
        await until(lambda: has(small, root / "a", size=5))
        (asset,) = [one for one in await assets(small) if one["filename"] == "a"]
        with (root / "a").open("a") as file:
            file.write(" and more")
        await until(lambda: has(small, root / "a", size=14, id=asset["id"]))
        (root / "a").unlink()

        async def is_missing() -> bool:
            return bool((await one_asset(small, asset["id"]))["status"] == "missing")

        await until(is_missing)
        (root / "a").write_text("first and more")
        await until(lambda: has(small, root / "a", id=asset["id"], status="ready"))
        assert len(await assets(small)) == 2
    assert small.get_resource(WatchState).as_rows() == []


async def test_rules_that_change_count_at_once(small: World, make_files: MakeFiles) -> None:
    """A file that says what is left out is itself no news of the files beside it: its folder is looked through."""
    root = make_files({"d/x": "x", "y": "y"})
    await index(small, root)
    async with watched(small):
        (root / ".damignore").write_text("d/\n")
        await until(lambda: has_gone(small, root / "d/x"))
        (root / ".damignore").unlink()
        await until(lambda: has(small, root / "d/x"))
        (root / "d/.nomedia").touch()
        await until(lambda: has_gone(small, root / "d/x"))


async def one_asset(world: World, entity_id: int) -> dict[str, Any]:
    return next(asset for asset in await assets(world) if asset["id"] == entity_id)


async def test_a_new_folder_and_a_renamed_one(small: World, make_files: MakeFiles) -> None:
    root = make_files({"old/deep/a": "a", "old/b": "b", "c": "c"})
    await index(small, root)
    before = {asset["filename"]: asset["id"] for asset in await assets(small)}
    await small.dispatch_command(TagAssetsCommand(tuple(before.values()), ("kept",)))
    async with watched(small):
        (root / "fresh/er").mkdir(parents=True)
        (root / "fresh/er/d").write_text("d")
        (root / "old").rename(root / "new")

        async def is_known() -> bool:
            found = await by_path(small)
            return set(found) == {str(root / path) for path in ("fresh/er/d", "new/deep/a", "new/b", "c")}

        await until(is_known)
    await small.settled()
    after = {asset["filename"]: asset for asset in await assets(small)}
    assert all(
        after[name]["id"] == one and after[name]["tags"] == ["kept"] and after[name]["status"] == "ready" for name, one in before.items()
    )


async def test_a_growing_file_is_read_once(make_world: MakeWorld, make_files: MakeFiles, reads: list[bytes]) -> None:
    root = make_files({"there": "0"})
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"settle_seconds": 1.0}) as world:
        await index(world, root)
        reads.clear()
        async with watched(world):
            longest, last = 0.0, time.monotonic()
            with (root / "growing").open("w") as file:
                for _ in range(12):
                    file.write("more ")
                    file.flush()
                    longest, last = max(longest, time.monotonic() - last), time.monotonic()
                    await asyncio.sleep(0.1)
            await until(lambda: has(world, root / "growing", size=60))
        if longest < 0.7:  # it grew for longer than it must rest; on a machine that stood still, the file did too
            assert reads == [b"growing"]


@BOTH
async def test_moves_between_roots_keep_everything(small: World, make_files: MakeFiles, count: int) -> None:
    """Half of the files move while the program watches, half while it does not; half to the other root, half to other folders."""
    files = make_files({f"one/{number}": f"content {number}" for number in range(count)} | {"two/x": "x", "one/stays": "s"})
    for name in ("one", "two"):
        await index(small, files / name)
    before = {asset["sha256"]: asset["id"] for asset in await assets(small)}
    ids = sorted(before.values())
    await small.dispatch_command(TagAssetsCommand(tuple(ids), ("kept",)))
    for source, target in pairwise(ids):
        await small.dispatch_command(LinkEntitiesCommand(source, target, "related_to"))
    moves = {files / f"one/{number}": files / ("two", f"one/to/{number % 7}")[number % 2] / f"{number}" for number in range(count)}
    originals = {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in moves}
    for source_path in list(moves)[: count // 2]:
        carry(source_path, moves[source_path])
    async with watched(small):
        for source_path in list(moves)[count // 2 :]:
            carry(source_path, moves[source_path])

        async def have_moved() -> bool:
            return set(await by_path(small)) == {*map(str, moves.values()), str(files / "two/x"), str(files / "one/stays")}

        await until(have_moved)
    await small.settled()
    after = await assets(small)
    assert {asset["sha256"]: asset["id"] for asset in after} == before
    assert all(asset["tags"] == ["kept"] and asset["status"] == "ready" for asset in after)
    assert sum(len(asset["links"]) for asset in after) == 2 * (len(ids) - 1)
    assert set(await by_path(small)) == {*map(str, moves.values()), str(files / "two/x"), str(files / "one/stays")}
    found = {path: (target.stat().st_ino, target.stat().st_mtime_ns, target.read_bytes()) for path, target in moves.items()}
    assert found == originals


async def test_what_has_gone_waits_for_what_turns_up(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever root; but not for ever."""
    monkeypatch.setattr(watch_module, "LATER_SECONDS", 0.0)
    watching = watch_module.Watching(small, small.get_resource(WatchState), WatchRootsCommand())
    for number, name in enumerate(("one", "two")):
        watching.watched[number] = watch_module._Watched(Root(name=name, path=name.encode()), RootWatch(name, "live"))
    watching.ring(0, (b"went", b"too"), gone=True)
    watching.ring(1, (b"came",), gone=False)
    assert [(one.root.name, paths) for one, paths in watching.take()] == [("two", [b"came"])]
    assert [(one.root.name, set(paths)) for one, paths in watching.take()] == [("one", {b"went", b"too"})]
    monkeypatch.setattr(watch_module, "GONE_SECONDS", 0.0)
    for one in watching.watched.values():
        one.gone.clear()
    watching.ring(0, (b"went",), gone=True)
    watching.ring(1, (b"came",), gone=False)
    assert [one.root.name for one, _ in watching.take()] == ["two", "one"]


async def test_a_root_is_suspect_only_while_its_files_are_nowhere(
    small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many files have gone from one root when that is looked at, and turn up in another a moment later."""
    files = make_files({f"one/{number}": f"content {number}" for number in range(30)} | {"one/stays": "s", "two/x": "x"})
    for name in ("one", "two"):
        await index(small, files / name)
    real, real_news = watch_module.Watching.index, watch_module.Watching.look
    suspect: list[str] = []
    alarms: list[str | None] = []

    async def look(self: watch_module.Watching, command: IndexPathsCommand) -> IndexSummary:
        summary = await real(self, command)
        if summary.suspect and not suspect:
            suspect.extend(summary.suspect)
            (files / "away").rename(files / "two/to")
        return summary

    async def note(self: watch_module.Watching, one: Any, paths: list[bytes]) -> RootWatched:
        news = await real_news(self, one, paths)
        alarms.append(news.message)
        return news

    monkeypatch.setattr(watch_module.Watching, "index", look)
    monkeypatch.setattr(watch_module.Watching, "look", note)
    async with watched(small):
        (files / "away").mkdir()
        for number in range(30):
            (files / f"one/{number}").rename(files / f"away/{number}")

        async def is_right() -> bool:
            rows = {row["name"]: row for row in (await small.dispatch_command(ListRootsCommand())).one()}
            return [(rows[name]["status"], rows[name]["files"]) for name in ("one", "two")] == [("online", 1), ("online", 31)]

        await until(is_right)
        assert len(suspect) == 1
        assert not any(alarms)


def carry(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


@pytest.mark.parametrize("count", [1_000, pytest.param(60_000, marks=pytest.mark.proof)])
async def test_a_burst_is_indexed_whole(small: World, make_files: MakeFiles, count: int) -> None:
    root = make_files({"there": "x"})
    await index(small, root)
    async with watched(small):
        await asyncio.to_thread(write_many, root, count)

        async def are_known() -> bool:
            row = (await small.dispatch_command(ListRootsCommand())).one()[0]
            return bool(row["files"] == count + 1 and row["bytes"] == 1 + sum(len(str(number)) for number in range(count)))

        await until(are_known)
    assert (await index(small, root)).unchanged == count + 1
    asset = table_of(AssetComponent)
    counted = select(func.count(), func.sum(asset.c.size)).where(asset.c.size > 0)
    assert (await small.database.read(lambda connection: connection.execute(counted).one()))[0] == count + 1


def write_many(root: Path, count: int) -> None:
    for number in range(count):
        folder = root / f"{number // 1000:03}"
        if number % 1000 == 0:
            folder.mkdir()
        descriptor = os.open(folder / f"{number}", os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, str(number).encode())
        os.close(descriptor)


LISTENING = """
import asyncio, os, sys
from dam_fs.resources.folder_listener import FolderListener

async def main():
    told = asyncio.Event()
    async with FolderListener(lambda number, paths, gone: None if paths else told.set()) as listener:
        await listener.add(1, os.fsencode(sys.argv[1]))
        print("listening", flush=True)
        await asyncio.wait_for(told.wait(), 60)

asyncio.run(main())
"""


def test_what_happens_while_the_process_stands_still_is_looked_for(tmp_path: Path) -> None:
    """More happens to one file than the system's queue holds, which is empty again before anybody can measure it."""
    busy = tmp_path / "busy"
    busy.touch()
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as listening:
        assert listening.stdout is not None
        assert listening.stderr is not None
        assert listening.stdout.readline() == "listening\n"
        listening.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        while time.monotonic() - began < 2 * event_queue.STILL_SECONDS:
            os.close(os.open(busy, os.O_WRONLY))
        (tmp_path / "lost").touch()
        listening.send_signal(signal.SIGCONT)
        assert "the process stood still for" in listening.stderr.read()
        assert listening.wait(60) == 0


# -- where the system does not tell ----------------------------------------------------------------------------------


async def test_beyond_the_limit_of_watches_a_root_is_polled(
    make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_files({f"big/{number:03}/a": f"{number}" for number in range(300)} | {"little/a": "x"})
    monkeypatch.setattr(watching.why_polled, "__kwdefaults__", {"limits": (files.parent / "limit",)})
    (files.parent / "limit").write_text("100\n")
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"poll_seconds": 0.2}) as world:
        for name in ("big", "little"):
            await index(world, files / name)
        async with watched(world):
            modes = {row["name"]: (row["mode"], row["message"]) for row in world.get_resource(WatchState).as_rows()}
            assert modes["little"] == ("live", None)
            assert modes["big"][0] == "polled"
            assert "max_user_watches" in str(modes["big"][1])
            (files / "big/299/b").write_text("b")
            await until(lambda: has(world, files / "big/299/b"))


async def test_what_the_system_refuses_is_polled(make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_files({"a": "1"})

    async def refuse(_self: FolderListener, _number: int, _folder: bytes) -> None:
        raise OSError(28, "OS file watch limit reached.")

    monkeypatch.setattr(FolderListener, "add", refuse)
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"poll_seconds": 0.2}) as world:
        await index(world, root)
        async with watched(world) as news:
            assert (news[0].mode, "watch limit" in str(news[0].message)) == ("polled", True)
            (root / "b").write_text("2")
            await until(lambda: has(world, root / "b"))


@pytest.mark.parametrize(("kind", "polled"), [("nfs4", True), ("fuse.sshfs", True), ("cifs", True), ("ext4", False), (None, False)])
def test_network_disks_are_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str | None, *, polled: bool) -> None:
    monkeypatch.setattr(watching, "file_system_type", lambda _root: kind)
    assert (watching.why_polled(os.fsencode(tmp_path), limits=()) is not None) == polled


def test_folders_are_counted_up_to_the_limit(make_files: MakeFiles) -> None:
    root = make_files({f"{number}/deep/a": "a" for number in range(10)})
    (root / "circle").symlink_to(root)
    assert count_folders(os.fsencode(root), 1000) == 21
    assert 5 < count_folders(os.fsencode(root), 5) <= 21
    assert watching.watch_limit((root / "0/deep/a", root / "nowhere")) is None


async def test_what_changes_while_watching_begins_is_found(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody else looks through the root meanwhile, and has passed the folder already."""
    root = make_files({"deep/er/edited": "before", "deep/gone": "g", "stays": "s"})
    await index(small, root)
    add = FolderListener.add

    async def late(listener: FolderListener, number: int, folder: bytes) -> None:
        (root / "deep/er/edited").write_text("after")
        (root / "deep/gone").unlink()
        (root / "late").write_text("late")
        await add(listener, number, folder)

    monkeypatch.setattr(FolderListener, "add", late)
    async with watched(small, catch_up=False):
        await until(lambda: has(small, root / "late"))
        await until(lambda: has(small, root / "deep/er/edited", size=5))

        async def is_gone() -> bool:
            return str(root / "deep/gone") not in await by_path(small)

        await until(is_gone)


def test_what_has_changed_since(make_files: MakeFiles) -> None:
    root = make_files({"a/old": "o", "a/new": "n", "b/old": "o", ".git/new": "n", "c/d/e": "e"})
    for path in ("a", "b", "c", "c/d", "a/old", "a/new", "b/old", "c/d/e", "."):
        (root / path).chmod(0o755)  # its time of change is now
    fresh = root / "a/new"
    since = root.stat().st_ctime_ns  # the last of them
    while fresh.stat().st_ctime_ns == since:
        fresh.chmod(0o644)
    assert changed_since(os.fsencode(root), since + 1) == [b"a/new"]
    (root / "c/d/e").rename(root / "c/f")
    assert set(changed_since(os.fsencode(root), since + 1)) == {b"a/new", b"c", b"c/d", b"c/f"}
    assert changed_since(os.fsencode(root), time.time_ns() + 10**12) == []


# -- the scavenger ---------------------------------------------------------------------------------------------------


async def test_what_nobody_told_is_found_by_looking(make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes made while nobody watched are found at the start; those that the system kept to itself, by the next full look."""
    root = make_files({"a": "1", "b": "2"})

    async def deaf(_self: FolderListener, _number: int, _folder: bytes) -> None:
        """Hear nothing."""

    monkeypatch.setattr(FolderListener, "add", deaf)
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"scavenge_seconds": 0.3}) as world:
        await index(world, root)
        (root / "a").rename(root / "c")
        (root / "d").write_text("4")
        async with watched(world):
            assert set(await by_path(world)) == {str(root / name) for name in "bcd"}
            (root / "e").write_text("5")
            await until(lambda: has(world, root / "e"))


async def test_a_root_that_goes_while_it_is_watched(make_world: MakeWorld, make_files: MakeFiles, reads: list[bytes]) -> None:
    root = make_files({f"{number}": f"content {number}" for number in range(30)})
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"poll_seconds": 0.2}) as world:
        await index(world, root)
        state = world.get_resource(WatchState)
        reads.clear()
        async with watched(world) as news:
            root.rename(root.parent / "away")

            async def is_offline() -> bool:
                return bool(state.as_rows()[0]["mode"] == "offline")

            await until(is_offline)
            assert "plugged in" in str(news[-1].message)
            assert {asset["status"] for asset in await assets(world)} == {"ready"}
            (root.parent / "away").rename(root)

            async def is_back() -> bool:
                return bool(state.as_rows()[0]["mode"] == "live" and news[-1].summary is not None)

            await until(is_back)
            assert (await world.dispatch_command(ListRootsCommand())).one()[0]["status"] == "online"
            assert reads == []
            (root / "fresh").write_text("f")
            await until(lambda: has(world, root / "fresh"))


async def test_a_root_that_is_away_at_the_start(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files({"a": "1"})
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"poll_seconds": 0.2}) as world:
        await index(world, root)
        shutil.move(root, root.parent / "away")
        async with watched(world) as news:
            assert news[0].mode == "offline"
            assert [asset["status"] for asset in await assets(world)] == ["ready"]


async def test_names_that_are_no_text_are_found(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1"})
    await index(small, root)
    async with watched(small):
        odd = Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9"))
        odd.write_text("odd")

        async def is_known() -> bool:
            return len(await by_path(small)) == 2

        await until(is_known)
        (root / "after").write_text("after")
        await until(lambda: has(small, root / "after"))


async def test_a_root_that_is_added_is_watched(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "REFRESH_SECONDS", 0.1)
    files = make_files({"one/a": "a", "two/b": "b"})
    await index(small, files / "one")
    async with watched(small):
        await index(small, files / "two")

        async def is_watched() -> bool:
            return len(small.get_resource(WatchState).as_rows()) == 2

        async def notices_what_is_written() -> bool:
            (files / "two/c").write_text(str(time.monotonic()))  # the system may begin to watch a moment after it was asked to
            return bool(await has(small, files / "two/c"))

        await until(is_watched)
        await until(notices_what_is_written)


async def test_only_known_roots_can_be_watched(small: World, make_files: MakeFiles) -> None:
    await index(small, make_files({"a": "1"}))
    with pytest.raises(UsageError, match="no root 'nowhere'"):
        async with watched(small, "nowhere"):
            pass
    with pytest.raises(PathNotFoundError):
        await index(small, Path("/nowhere"))
