"""Roots that go away: whatever happens to a disk, no asset changes its state, nothing is deleted, and coming back reads no file."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from looking import index  # type: ignore[import-not-found]  # beside this file
from sqlalchemy import Connection, func, select

from dam.assets.functions.file_numbers import signed
from dam.assets.models import AssetComponent, ContentHashSHA256Component, FileLocationComponent
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import RootOfflineError, UsageError
from dam.core.world import World
from dam.core.writes import table_of
from dam_fs.commands import AddRootCommand, ForgetRootCommand, ListMissingCommand, ListRootsCommand, ProbeRootsCommand
from dam_fs.functions import probe, walk
from dam_fs.functions.guard import Sight, why_offline
from dam_fs.functions.mark import take_mark
from dam_fs.plugin import FsPlugin
from dam_fs.resources import Prober
from dam_fs.systems import reading as reading_module
from dam_test_utils.fixtures import MakeFiles, MakeWorld

FAILING_DISK = """
import errno, os, runpy, sys
def fail(*_arguments, **_options):
    raise OSError(errno.EIO, os.strerror(errno.EIO))
setattr(os, sys.argv.pop(2), fail)
runpy.run_path(sys.argv[1], run_name="__main__")
"""
HANGING_DISK = "import time; time.sleep(3600)"


async def status_of(world: World, name: str) -> str:
    return str(next(row["status"] for row in (await world.dispatch_command(ListRootsCommand())).one() if row["name"] == name))


def facts(connection: Connection) -> dict[str, Any]:
    """What must not change: how many assets and places there are, by their status."""
    told: dict[str, Any] = {}
    for model in (AssetComponent, FileLocationComponent):
        table = table_of(model)
        found = connection.execute(select(table.c.status, func.count()).group_by(table.c.status))
        told[table.name] = {row[0]: row[1] for row in found}
    return told


async def fill(world: World, root: Path, count: int) -> None:
    """Files on the disk and, without reading them, all that is known of them; the pass at the end leaves the root's mark."""
    root_id = (await world.dispatch_command(AddRootCommand(root))).one()
    rows = []
    for number in range(count):
        folder = root / f"{number // 500:04}"
        if number % 500 == 0:
            folder.mkdir()
        path = folder / f"{number:06}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, str(number).encode())
        found = os.fstat(descriptor)
        os.close(descriptor)
        looks = {"size": found.st_size, "mtime_ns": found.st_mtime_ns, "ctime_ns": found.st_ctime_ns}
        numbers = {"inode": signed(found.st_ino), "device": signed(found.st_dev)}
        name = os.fsencode(path.relative_to(root))
        rows.append({"path": name, "content": number.to_bytes(32), "original_filename": path.name, **looks, **numbers})
    async with world.transaction() as transaction:
        ids = await transaction.create_entities(count)
        for row, entity_id in zip(rows, ids, strict=True):
            row |= {"entity_id": entity_id, "root_id": root_id, "storage_type": "in_place", "status": "present"}
        assets = [{"entity_id": one, "asset_type": "other", "status": "ready", "visibility": "private", "version": 1} for one in ids]
        await transaction.upsert_rows(AssetComponent, assets)
        hashes = [{"entity_id": row["entity_id"], "hash_value": row["content"]} for row in rows]
        await transaction.upsert_rows(ContentHashSHA256Component, hashes)
        await transaction.insert_rows(FileLocationComponent, rows)
    assert (await index(world, root)).unchanged == count


class Away:
    """The five ways in which a disk goes, and how it comes back."""

    def __init__(self, world: World, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.world, self.root, self.patch = world, root, patch
        self.hidden = root.parent / "hidden"

    def _renamed(self) -> None:
        self.root.rename(self.hidden)

    def _back(self) -> None:
        if self.root.exists():
            shutil.rmtree(self.root)
        self.hidden.rename(self.root)

    def unmounted(self) -> None:
        self._renamed()

    def empty_mount_point(self) -> None:
        self._renamed()
        self.root.mkdir()

    def another_disk(self) -> None:
        self._renamed()
        for number in range(30):
            (self.root / f"0000/{number:06}").parent.mkdir(parents=True, exist_ok=True)
            (self.root / f"0000/{number:06}").write_text(f"a file of another disk {number}")

    def failing_disk(self) -> None:
        """Every look at the disk ends with EIO, also that of the child."""
        program = self.root.parent / "failing_disk.py"
        program.write_text(FAILING_DISK)
        prober = self.world.get_resource(Prober)
        self.patch.setattr(prober, "_idle", [])
        self.patch.setattr(prober, "program", (sys.executable, "-I", str(program), probe.__file__, "scandir"))

    def half_gone(self) -> None:
        self.hidden.mkdir()
        folders = sorted(self.root.iterdir())
        for folder in folders[: (len(folders) + 1) // 2]:
            folder.rename(self.hidden / folder.name)

    def half_back(self) -> None:
        for folder in self.hidden.iterdir():
            folder.rename(self.root / folder.name)
        self.hidden.rmdir()


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.proof)])
async def test_a_root_that_goes_away_changes_nothing(
    small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    root = make_files({})
    await fill(small, root, count)
    before = await small.database.read(facts)
    assert before["component_asset"] == {"ready": count}
    read: list[bytes] = []
    monkeypatch.setattr(reading_module, "fingerprint_file", lambda _root, path, **_options: read.append(path))
    away = Away(small, root, monkeypatch)
    for leave in (away.unmounted, away.empty_mount_point, away.another_disk):
        leave()
        with pytest.raises(RootOfflineError):
            await index(small, root)
        assert await status_of(small, "files") == "offline"
        assert await small.database.read(facts) == before, leave.__name__
        away._back()
        assert (await index(small, root)).unchanged == count
        assert await status_of(small, "files") == "online"
    idle = small.get_resource(Prober)._idle
    with monkeypatch.context() as patch:
        away.patch = patch
        away.failing_disk()
        with pytest.raises(RootOfflineError, match="Input/output error"):
            await index(small, root)
        for child in small.get_resource(Prober)._idle:
            child.end()
    assert small.get_resource(Prober)._idle is idle
    assert await small.database.read(facts) == before
    assert (await index(small, root)).unchanged == count
    away.half_gone()
    summary = await index(small, root)
    assert (summary.missing, len(summary.suspect)) == (0, 1)
    assert await status_of(small, "files") == "suspect"
    assert await small.database.read(facts) == before
    away.half_back()
    assert (await index(small, root)).unchanged == count
    assert await status_of(small, "files") == "online"
    assert await small.database.read(facts) == before
    assert read == []


async def test_a_disk_that_fails_while_it_is_walked(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_files({f"{folder}/{number}": f"{folder} {number}" for folder in range(3) for number in range(3)})
    await index(small, root)
    scandir, calls = os.scandir, []

    def failing(where: Any) -> Any:
        calls.append(where)
        if len(calls) > 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scandir(where)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", failing)
        summary = await index(small, root)
    assert (summary.missing, len(summary.failed)) == (0, 2)
    assert (await small.database.read(facts))["component_file_location"] == {"present": 9}


async def test_a_disk_that_goes_while_it_is_walked(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk meets an empty folder where files were; the look after it says that the root has gone."""
    root = make_files({f"{number}": f"content {number}" for number in range(9)})
    await index(small, root)
    from dam_fs.systems import index as index_module

    def walk_and_lose(*arguments: Any, **options: Any) -> Any:
        (root / "0").rename(root / "1")
        yield from walk.walk_folder(*arguments, **options)
        root.rename(root.parent / "away")

    monkeypatch.setattr(index_module, "walk_folder", walk_and_lose)
    with pytest.raises(RootOfflineError):
        await index(small, root)
    assert (await small.database.read(facts))["component_file_location"] == {"present": 9}
    assert await status_of(small, "files") == "offline"


async def test_a_disk_that_hangs_blocks_nothing(make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_files({"hangs/a": "a", "fine/b": "b"})
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"probe_seconds": 0.5}) as world:
        for name in ("hangs", "fine"):
            await index(world, files / name)
        prober = world.get_resource(Prober)
        with monkeypatch.context() as patch:
            patch.setattr(prober, "program", (sys.executable, "-I", "-S", "-c", HANGING_DISK))
            patch.setattr(prober, "_idle", [])
            began = time.monotonic()
            with pytest.raises(RootOfflineError, match="does not answer"):
                await index(world, files / "hangs")
            assert time.monotonic() - began < 60
            assert await status_of(world, "hangs") == "offline"
        told = {row["name"]: row["status"] for row in (await world.dispatch_command(ProbeRootsCommand())).one()}
        assert told == {"hangs": "online", "fine": "online"}


async def test_roots_are_looked_at_without_a_pass(small: World, make_files: MakeFiles) -> None:
    files = make_files({"one/a": "a", "two/b": "b", "none/c": "c"})
    for name in ("one", "two", "none"):
        await index(small, files / name)
    (files / "none/c").unlink()
    await index(small, files / "none", accept_missing=True)
    (files / "two").rename(files / "away")
    for _ in range(2):
        rows = {row["name"]: row for row in (await small.dispatch_command(ProbeRootsCommand())).one()}
        assert {name: row["status"] for name, row in rows.items()} == {"one": "online", "two": "offline", "none": "online"}
        assert "plugged in" in rows["two"]["reason"]
        assert await status_of(small, "two") == "offline"
    (files / "away").rename(files / "two")
    await small.dispatch_command(ProbeRootsCommand())
    assert await status_of(small, "two") == "online"


async def test_a_move_out_of_another_disk_is_not_seen(small: World, make_files: MakeFiles) -> None:
    """A file that is not on the disk that is plugged in now has not moved: it is on the one that was."""
    files = make_files({"disk/a": "a", "disk/x": "x", "here/b": "b"})
    for name in ("disk", "here"):
        await index(small, files / name)
    (files / "disk").rename(files / "unplugged")
    (files / "disk").mkdir()
    (files / "disk/other").write_text("another disk")
    shutil.copyfile(files / "unplugged/a", files / "here/a")
    summary = await index(small, files / "here")
    assert (summary.copied, summary.moved) == (1, 0)


async def test_what_is_missing_is_listed(small: World, make_files: MakeFiles) -> None:
    files = make_files({"one/a": "a", "one/copy": "a", "one/b": "b", "one/c": "c", "two/d": "d", "two/e": "e"})
    for name in ("one", "two"):
        await index(small, files / name)
    for path in ("one/copy", "one/b", "two/d"):
        (files / path).unlink()
    for name in ("one", "two"):
        await index(small, files / name)
    rows = (await small.dispatch_command(ListMissingCommand())).one()
    told = {row["path"]: (row["status"], row["places"], row["root"]) for row in rows}
    assert told == {
        str(files / "one/copy"): ("ready", 1, "one"),
        str(files / "one/b"): ("missing", 0, "one"),
        str(files / "two/d"): ("missing", 0, "two"),
    }
    assert [row["urn"] for row in (await small.dispatch_command(ListMissingCommand("two"))).one()] == ["fs://two/d"]
    with pytest.raises(UsageError, match="no root"):
        await small.dispatch_command(ListMissingCommand("three"))
    shutil.copyfile(files / "two/e", files / "one/c")  # the path is another asset's now, and the one that was there has none
    await index(small, files / "one")
    newest, *others = (await small.dispatch_command(ListMissingCommand())).one()
    assert (newest["urn"], newest["status"], newest["places"], others) == ("fs://one/c", "missing", 0, rows)
    await small.dispatch_command(ForgetRootCommand("one"))
    lost = [row for row in (await small.dispatch_command(ListMissingCommand())).one() if row["urn"] is None]
    assert {(row["filename"], row["root"], row["path"]) for row in lost} == {("a", None, None), ("b", None, None), ("c", None, None)}


def test_the_samples_decide(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    mark = take_mark(os.fsencode(tmp_path), [(b"a", 1, 0), (b"b", 1, 0)])
    numbers = [mark["file_system"], mark["device"], mark["inode"]]
    assert why_offline(mark, Sight(numbers=numbers, matching=0)) is None, "the very folder: somebody has changed what is in it"
    assert why_offline(mark, Sight(numbers=[1, 2, 3], matching=1)) is None, "other numbers, and half of the files"
    assert "another disk" in str(why_offline(mark, Sight(numbers=[1, 2, 3], matching=0)))
    assert "empty" in str(why_offline(mark, Sight(empty=True, numbers=numbers)))
    assert why_offline(mark, Sight(empty=True, numbers=numbers), emptied=True) is None
    assert "empty" in str(why_offline(mark, Sight(empty=True, numbers=[1, 2, 3]), emptied=True))
    assert why_offline({}, Sight(empty=True)) is None
    assert "Input" in str(why_offline({}, Sight("Input/output error")))
