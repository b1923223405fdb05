"""A backup, made while others write, comes back elsewhere whole; what is damaged is told, and nothing is overwritten.

The full figures (ten runs) are run by `poe proof`.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from dam.assets.commands import ExportAssetsCommand, StoreFilesCommand, TagAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ContentCorruptError, DamError, DatabaseBusyError, PathNotFoundError, UsageError
from dam.core.world import World
from dam_fs.commands import (
    BackupCommand,
    BackupSummary,
    FsckCommand,
    FsckReport,
    IndexPathCommand,
    RestoreCommand,
    RestoreSummary,
    StoreContentCommand,
)
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_test_utils.fixtures import ArmFault, Databases, MakeFiles, MakeWorld

BOTH = pytest.mark.usefixtures("database")
PLUGINS = (AssetsPlugin, FsPlugin)


@pytest.fixture(autouse=True)
def _needs_programs(request: pytest.FixtureRequest) -> None:
    if "database" in request.fixturenames:
        database: Databases = request.getfixturevalue("database")
        if database.kind == "postgresql" and (shutil.which("pg_dump") is None or shutil.which("pg_restore") is None):
            pytest.skip("no pg_dump and pg_restore on the PATH")


async def backup(world: World, target: Path) -> BackupSummary:
    summary: BackupSummary = (await world.dispatch_command(BackupCommand(target))).one()
    return summary


async def restore(world: World, source: Path, name: str | None = None) -> RestoreSummary:
    summary: RestoreSummary = (await world.dispatch_command(RestoreCommand(source, name))).one()
    return summary


async def fsck(world: World) -> FsckReport:
    report: FsckReport = (await world.dispatch_command(FsckCommand(grace=0.0))).one()
    return report


async def export(world: World) -> list[dict[str, Any]]:
    return list((await world.dispatch_command(ExportAssetsCommand(limit=1000))).one())


@BOTH
async def test_what_is_backed_up_comes_back_elsewhere(make_world: MakeWorld, make_files: MakeFiles, pictures: Any, tmp_path: Path) -> None:
    tree = make_files({"a.txt": "alpha", "b.txt": "beta", "nothing.txt": ""})
    (picture,) = pictures(1, folder="pictures")
    async with make_world(None) as world:
        await world.dispatch_command(IndexPathCommand(tree))
        await world.dispatch_command(StoreFilesCommand((tree / "a.txt", picture, tree / "nothing.txt"), ("kept",)))
        await world.settled()
        summary = await backup(world, tmp_path / "safe")
        assert (summary.objects, summary.copied, summary.damaged) == (3, 3, [])
        before = await export(world)
    async with make_world(None) as other:
        told = await restore(other, tmp_path / "safe")
        assert (told.objects, told.damaged, told.rows["component_tag"]) == (3, [], 3)
        assert (await fsck(other)).findings == []
        await other.dispatch_command(IndexPathCommand(tree))
        after = await export(other)
        for one in (*before, *after):  # the store lies elsewhere; times and numbers of rows are those of the two libraries
            one.update(updated_at="", analyses=sorted(map(str, one["analyses"])), components=sorted(one["components"]))
            for place in one["locations"]:
                place["path"] = ""
        assert after == before
        assert all(one["thumbnails"] for one in after if one["type"] == "image")
        store = other.get_resource(FileStorageResource)
        assert all(map(store.verify, store.identifiers()))


async def write_all_the_time(world: World, stop: asyncio.Event, seed: int) -> list[int]:
    """Store and tag until it is told to stop; gives what was acknowledged."""
    chance = random.Random(seed)
    acknowledged: list[int] = []
    while not stop.is_set() or len(acknowledged) < 3:
        stored = (await world.dispatch_command(StoreContentCommand(chance.randbytes(500), f"{seed}.bin"))).one()
        assert stored.entity_id is not None
        await world.dispatch_command(TagAssetsCommand((stored.entity_id,), (f"tag/{chance.randrange(9)}",)))
        acknowledged.append(stored.entity_id)
    return acknowledged


async def backed_up_under_load(make_world: MakeWorld, folder: Path, seed: int) -> None:
    """Four Worlds write to one library while it is backed up; what was there before is in it, and it comes back whole (R19)."""
    home = folder / f"library{seed}"
    worlds = [make_world(*PLUGINS, home=home) for _ in range(5)]
    stop = asyncio.Event()
    writers = [asyncio.create_task(write_all_the_time(world, stop, 10 * seed + number)) for number, world in enumerate(worlds[1:])]
    try:
        while len(await export(worlds[0])) < 8:
            await asyncio.sleep(0.01)
        before = {one["id"]: one["sha256"] for one in await export(worlds[0])}
        summary = await backup(worlds[0], folder / f"safe{seed}")
        assert summary.damaged == []
    finally:
        stop.set()
        acknowledged = await asyncio.gather(*writers)
    assert all(len(ids) >= 3 for ids in acknowledged)
    again = await backup(worlds[0], folder / f"safe{seed}")
    assert again.copied == again.objects - summary.objects  # only what is new
    for world in worlds:
        await world.close()
    other = make_world(*PLUGINS, home=folder / f"restored{seed}")
    told = await restore(other, folder / f"safe{seed}", summary.name)
    assert (told.damaged, told.objects) == ([], summary.objects)
    held = {one["id"]: one["sha256"] for one in await export(other)}
    assert before.items() <= held.items()
    assert len(held) == summary.objects
    assert (await fsck(other)).findings == []
    await other.close()


@BOTH
async def test_a_backup_under_load_is_whole(make_world: MakeWorld, tmp_path: Path) -> None:
    await backed_up_under_load(make_world, tmp_path, 0)


@pytest.mark.proof
@BOTH
async def test_ten_backups_under_load(make_world: MakeWorld, tmp_path: Path) -> None:
    for seed in range(10):
        await backed_up_under_load(make_world, tmp_path, seed)


async def test_nothing_is_overwritten(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    tree = make_files({"a.txt": "a"})
    world = make_world(*PLUGINS)
    await world.dispatch_command(IndexPathCommand(tree))
    with pytest.raises(UsageError, match="indexed and only read"):
        await backup(world, tree / "safe")
    with pytest.raises(UsageError, match="belongs to the library itself"):
        await backup(world, world.get_resource(FileStorageResource).root / "safe")
    await backup(world, tmp_path / "safe")
    with pytest.raises(UsageError, match="is not empty"):
        await restore(world, tmp_path / "safe")
    with pytest.raises(PathNotFoundError):
        await restore(make_world(*PLUGINS), tmp_path / "elsewhere")
    with pytest.raises(PathNotFoundError, match="'none'"):
        await restore(make_world(*PLUGINS), tmp_path / "safe", "none")


async def test_damage_is_told(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    tree = make_files({"a.txt": "a" * 100, "b.txt": "b", "c.txt": "c"})
    world = make_world(*PLUGINS)
    a, b, c = (one.sha256 for one in (await world.dispatch_command(StoreFilesCommand(tuple(sorted(tree.iterdir()))))).one())
    store = world.get_resource(FileStorageResource)
    await backup(world, tmp_path / "safe")
    assert a is not None and b is not None and c is not None  # noqa: PT018 - one thing: all were stored
    damage(store, a)
    summary = await backup(world, tmp_path / "second")
    assert summary.damaged == [a]  # what is wrong is not taken into a backup
    kept = FileStorageResource(tmp_path / "safe" / "store")
    damage(kept, b)
    (kept.root / c[:2] / c[2:4] / c).unlink()
    other = make_world(*PLUGINS)
    told = await restore(other, tmp_path / "safe")
    assert sorted(told.damaged) == sorted([b, c])
    assert (await fsck(other)).findings == []
    assert {one["sha256"]: one["status"] for one in await export(other)} == {a: "ready", b: "missing", c: "missing"}
    manifest = next((tmp_path / "second" / "backups").glob("*/manifest.json"))
    for name in ("database.db", "objects.txt"):
        held = (manifest.parent / name).read_bytes()
        (manifest.parent / name).write_bytes(held + b"x")
        with pytest.raises(ContentCorruptError, match=name):
            await restore(make_world(*PLUGINS), tmp_path / "second")
        (manifest.parent / name).write_bytes(held)
    told_so = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(told_so | {"format": 99}))
    with pytest.raises(DamError, match="another version"):
        await restore(make_world(*PLUGINS), tmp_path / "second")
    manifest.write_text("{")
    with pytest.raises(ContentCorruptError):
        await restore(make_world(*PLUGINS), tmp_path / "second")


def damage(store: FileStorageResource, identifier: str) -> None:
    """Change the bytes of an object, but not how many there are."""
    path = store.get_file_path(identifier)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"?" * path.stat().st_size)


async def test_an_interrupted_backup_or_restore_goes_on(
    make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path, faults: ArmFault
) -> None:
    tree = make_files({f"{number}.txt": str(number) for number in range(6)})
    world = make_world(*PLUGINS)
    await world.dispatch_command(StoreFilesCommand(tuple(tree.iterdir())))
    armed = faults("store.after_sync", "raise", at=4)
    with pytest.raises(Exception, match="told to raise"):
        await backup(world, tmp_path / "safe")
    with pytest.raises(PathNotFoundError):
        await restore(make_world(*PLUGINS), tmp_path / "safe")
    assert list((tmp_path / "safe" / "backups").iterdir()) == []
    summary = await backup(world, tmp_path / "safe")
    assert (summary.objects, summary.copied) == (6, 2)
    other = make_world(*PLUGINS)
    armed.clear()
    faults("store.after_sync", "raise", at=3)
    with pytest.raises(Exception, match="told to raise"):
        await restore(other, tmp_path / "safe")
    assert await export(other) == []
    assert (await restore(other, tmp_path / "safe")).objects == 6
    assert len(await export(other)) == 6
    assert (await fsck(other)).findings == []


async def test_nothing_is_deleted_while_a_backup_is_made(make_world: MakeWorld) -> None:
    store = make_world(*PLUGINS).get_resource(FileStorageResource)
    with store.keeping_all(), store.keeping_all(), pytest.raises(DatabaseBusyError), store.keeping_all(deleting=True):
        pass  # two backups at once may be, a deletion may not
    with store.keeping_all(deleting=True), pytest.raises(DatabaseBusyError), store.keeping_all():
        pass


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_without_postgresql_programs_it_says_so(
    database: Databases, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = make_world(*PLUGINS)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(DamError, match="no pg_dump"):
        await backup(world, tmp_path / "safe")


async def test_a_library_that_is_begun_while_a_backup_comes_back_is_not_overwritten(
    make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path
) -> None:
    tree = make_files({"a.txt": "alpha"})
    async with make_world(AssetsPlugin, FsPlugin) as world:
        await world.dispatch_command(StoreFilesCommand((tree / "a.txt",)))
        await backup(world, tmp_path / "safe")
    async with make_world(AssetsPlugin, FsPlugin) as other:
        with pytest.raises(UsageError, match="not empty"):
            async with other.dispatch_command(RestoreCommand(tmp_path / "safe")) as restoring:
                async for told in restoring:
                    if told.message == "Copying the database":
                        await other.dispatch_command(IndexPathCommand(tree))
        assert [asset["filename"] for asset in await export(other)] == ["a.txt"]
        assert (await export(other))[0]["storage_urn"].startswith("fs://")
