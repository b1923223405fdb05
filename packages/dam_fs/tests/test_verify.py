"""Reading files again: rot is told from an edit, stays told until it is made good, and nothing in place is ever written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from dam.assets.commands import (
    AnalyseAssetsCommand,
    FindAssetCommand,
    FinishAnalysesCommand,
    GetAssetCommand,
    LocateContentCommand,
    OpenContentCommand,
    StoreFilesCommand,
)
from dam.assets.models import LocationCheck
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ContentCorruptError, PathNotFoundError, UsageError
from dam.core.world import World
from dam.models.types import utc_now
from dam_fs.commands import IndexPathCommand, VerifyCommand, VerifySummary
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_fs.systems.verify import open_findings
from dam_test_utils.fixtures import MakeFiles, MakeWorld

BOTH = pytest.mark.usefixtures("database")


@pytest_asyncio.fixture
async def small(make_world: MakeWorld) -> AsyncIterator[World]:
    """A World that knows files, but looks into none."""
    async with make_world(AssetsPlugin, FsPlugin) as world:
        yield world


async def verify(world: World, *paths: Path, **options: Any) -> VerifySummary:
    answer: VerifySummary = (await world.dispatch_command(VerifyCommand(paths=paths, **options))).one()
    return answer


async def store_files(world: World, *paths: Path) -> list[Any]:
    return list((await world.dispatch_command(StoreFilesCommand(paths))).one())


def rot(path: Path) -> bytes:
    """Change a byte as a failing disk does: size, times and number stay, even ctime as far as the database is concerned."""
    mode, found = path.stat().st_mode, path.stat()
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    path.chmod(mode)
    return bytes(content)


async def forget_touch(world: World, path: Path) -> None:
    """A test cannot change bytes without moving ctime; so the database is told that ctime was so before."""
    from sqlalchemy import update

    from dam.assets.models import FileLocationComponent as Location

    async with world.transaction() as transaction:
        statement = update(Location).where(Location.original_filename == path.name).values(ctime_ns=path.stat().st_ctime_ns)
        await transaction.execute(statement)


async def checks(world: World) -> list[Any]:
    async with world.transaction("read") as transaction:
        return list((await transaction.execute(select(LocationCheck.__table__).order_by(LocationCheck.location_id))).all())


@BOTH
async def test_rot_is_found_told_and_stays_until_it_is_made_good(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"a.txt": "alpha" * 100, "copy/a.txt": "alpha" * 100, "b.txt": "beta"})
    await small.dispatch_command(IndexPathCommand(tree))
    sound = await verify(small)
    assert (sound.checked, sound.findings, sound.left) == (3, [], 0)
    good, found = (tree / "a.txt").read_bytes(), rot(tree / "a.txt")
    await forget_touch(small, tree / "a.txt")
    before = (tree / "a.txt").stat()
    told = await verify(small)
    (finding,) = told.findings
    assert (finding["problem"], finding["path"], finding["repaired"]) == ("rot", str(tree / "a.txt"), False)
    assert finding["found"] == hashlib.sha256(found).hexdigest()
    assert finding["sha256"] == hashlib.sha256(good).hexdigest()
    assert finding["copies"] == [str(tree / "copy" / "a.txt")]
    # it stays, also when nothing is read again, and repair does not write in place
    again = await verify(small, tree / "a.txt", seconds=0.0, repair=True)
    assert [(one["found_at"], one["repaired"]) for one in again.findings] == [(finding["found_at"], False)]
    assert (tree / "a.txt").read_bytes() == found
    assert ((tree / "a.txt").stat().st_mtime_ns, (tree / "a.txt").stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    # the good copy is what is handed out
    entity = (await small.dispatch_command(FindAssetCommand(str(tree / "a.txt")))).one()
    assert (await small.dispatch_command(LocateContentCommand(entity))).one() == tree / "copy" / "a.txt"
    asset = (await small.dispatch_command(GetAssetCommand(entity))).one()
    assert asset is not None
    assert {Path(place["path"]).parent.name: place["problem"] for place in asset["locations"]} == {"files": "rot", "copy": None}
    # made good by hand, it is forgotten
    (tree / "a.txt").write_bytes(good)
    os.utime(tree / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    await forget_touch(small, tree / "a.txt")
    assert (await verify(small)).findings == []


@BOTH
async def test_an_edit_is_no_rot(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"edited.txt": "before", "kept mtime.txt": "before", "gone.txt": "x", "still.txt": "still"})
    await small.dispatch_command(IndexPathCommand(tree))
    (tree / "edited.txt").write_text("after!")
    rot(tree / "kept mtime.txt")  # mtime kept, ctime changed: somebody did that
    (tree / "gone.txt").unlink()
    told = await verify(small)
    assert (told.findings, told.checked) == ([], 1)
    assert sorted(told.changed) == [str(tree / "edited.txt"), str(tree / "kept mtime.txt")]
    assert told.gone == [str(tree / "gone.txt")]
    assert len(await checks(small)) == 1  # what indexing has to look at was not checked


@BOTH
async def test_the_store_is_repaired_from_a_good_copy(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"a.bin": b"A" * 5000, "lost.bin": b"L" * 100, "only.bin": b"O" * 100})
    paths = tuple(sorted(tree.iterdir()))
    stored = await store_files(small, *paths)
    only = tree / "only.bin"
    only.unlink()
    await small.dispatch_command(IndexPathCommand(tree))
    store = small.get_resource(FileStorageResource)
    rotten, lost, alone = (store.root / one.sha256[:2] / one.sha256[2:4] / one.sha256 for one in stored)
    bad = rot(rotten)
    lost.unlink()
    rot(alone)
    untouched = {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in tree.iterdir()}
    told = await verify(small, repair=True)
    assert {(one["urn"][-64:], one["problem"], one["repaired"]) for one in told.findings} == {
        (rotten.name, "rot", True), (lost.name, "lost", True), (alone.name, "rot", False)
    }  # fmt: skip
    assert rotten.read_bytes() == b"A" * 5000
    assert lost.read_bytes() == b"L" * 100
    assert [path.read_bytes() for path in (store.root / "quarantine").iterdir()] == [bad]
    assert untouched == {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in tree.iterdir()}
    assert [one["urn"][-64:] for one in (await verify(small)).findings] == [alone.name]


@BOTH
async def test_those_checked_longest_ago_come_first(small: World, make_files: MakeFiles) -> None:
    tree = make_files({f"{number}.txt": str(number) for number in range(10)})
    await small.dispatch_command(IndexPathCommand(tree))
    for _ in range(5):
        told = await verify(small, share=0.2)
        assert (told.checked, told.left) == (2, 8)
    rows = await checks(small)
    assert len(rows) == 10
    future = rows[7].location_id
    async with small.transaction() as transaction:
        await transaction.update_rows(LocationCheck, [{"location_id": future, "checked_at": utc_now() + timedelta(days=4000)}])
    before = {row.location_id: row.checked_at for row in await checks(small)}
    await verify(small, share=0.1)
    after = {row.location_id: row.checked_at for row in await checks(small)}
    assert [one for one in after if after[one] != before[one]] == [future]  # a check in the future counts as none


async def test_what_is_meant(small: World, make_files: MakeFiles, tmp_path: Path) -> None:
    tree = make_files({"a/1.txt": "1", "a/2.txt": "2", "ab.txt": "3"})
    await small.dispatch_command(IndexPathCommand(tree))
    assert (await verify(small, tree / "a")).checked == 2
    assert (await verify(small, tree / "ab.txt")).checked == 1
    assert (await verify(small, tree.parent)).checked == 3
    assert (await verify(small, query="name:ab")).checked == 1
    assert (await verify(small, query="ab")).checked == 1  # a word is looked for in paths, too
    assert (await verify(small, seconds=0.0)).left == 3
    with pytest.raises(PathNotFoundError, match="not in the library"):
        await verify(small, tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        await verify(small, share=0.0)


async def test_a_root_that_is_away_has_lost_nothing(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"a.txt": "1"})
    await small.dispatch_command(IndexPathCommand(tree, "disk"))
    tree.rename(tree.with_name("unplugged"))
    told = await verify(small)
    assert (told.offline, told.checked, told.gone, told.findings) == (["disk"], 0, [], [])


async def test_the_pace_is_kept(make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("dam_fs.functions.verification.time.sleep", slept.append)
    tree = make_files({"a.bin": b"a" * 30_000, "b.bin": b"b" * 30_000})
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"verify_rate": 10_000}) as world:
        await world.dispatch_command(IndexPathCommand(tree))
        assert (await verify(world)).checked == 2
    assert max(slept) > 5  # six seconds' worth of bytes, less what reading took


@BOTH
async def test_a_wrong_object_is_never_handed_out(small: World, make_files: MakeFiles) -> None:
    """Whatever the way: opened in the store, located, opened as an asset's content, or read by an analysis."""
    large = (1 << 20) + 5
    tree = make_files({"small.bin": b"s" * 5000, "large.bin": b"l" * large})
    stored = await store_files(small, tree / "small.bin", tree / "large.bin")
    store = small.get_resource(FileStorageResource)
    for one in stored:
        path = store.get_file_path(one.sha256)
        assert path is not None
        with store.open(one.sha256) as opened:
            assert opened.read() == path.read_bytes()
        assert (await small.dispatch_command(LocateContentCommand(one.entity_id))).one() == path
        rot(path)
        with pytest.raises(ContentCorruptError, match="damaged"):
            store.open(one.sha256)
        assert store.is_sound(one.sha256) is False
        assert (await small.dispatch_command(LocateContentCommand(one.entity_id))).one() is None
        assert (await small.dispatch_command(OpenContentCommand(one.entity_id))).first() is None
        assert store.verify(one.sha256) is False


async def test_nothing_is_learnt_from_a_wrong_object(make_world: MakeWorld, pictures: Any) -> None:
    (picture,) = pictures(1)
    async with make_world(None) as world:
        (stored,) = await store_files(world, picture)
        path = world.get_resource(FileStorageResource).get_file_path(stored.sha256)
        assert path is not None
        rot(path)
        await world.dispatch_command(AnalyseAssetsCommand((stored.entity_id,)))
        await world.dispatch_command(FinishAnalysesCommand())  # another run may have had it in hand
        asset = (await world.dispatch_command(GetAssetCommand(stored.entity_id))).one()
        assert asset is not None
        assert (asset["status"], asset["width"], asset["thumbnails"]) == ("error", None, {})
        assert "damaged" in asset["error_message"]
        told = await verify(world)
        assert [one["problem"] for one in told.findings] == ["rot"]
        assert (await verify(world, repair=True)).findings[0]["repaired"] is False
        await world.dispatch_command(IndexPathCommand(picture.parent))
        assert (await verify(world, repair=True)).findings[0]["repaired"] is True
        await world.dispatch_command(FinishAnalysesCommand())
        asset = (await world.dispatch_command(GetAssetCommand(stored.entity_id))).one()
        assert asset is not None
        assert (asset["status"], asset["width"]) == ("ready", 32)


async def test_what_touches_a_rotten_file_makes_it_no_edit(small: World, make_files: MakeFiles) -> None:
    """A backup program that moves ctime, say: the alarm stays, and what is known of the file.

    It ends when the right bytes are there again, or when a new time of modification says that somebody wants the file so.
    """
    root = make_files({"a.bin": b"\x07" * 100, "b.bin": b"\x08" * 100})
    await small.dispatch_command(IndexPathCommand(root))
    paths = [root / "a.bin", root / "b.bin"]
    rotten = [hashlib.sha256(rot(path)).hexdigest() for path in paths]
    for path in paths:
        await forget_touch(small, path)
    findings = (await verify(small)).findings
    assert [(one["problem"], one["found"]) for one in findings] == list(zip(["rot"] * 2, rotten, strict=True))
    for path in paths:
        path.chmod(0o640)
    for _ in range(2):
        summary = (await small.dispatch_command(IndexPathCommand(root))).one()
        assert (summary.changed, {one["path"] for one in summary.failed}) == (0, {str(path) for path in paths})
        assert await open_findings(small) == findings
    paths[0].touch()
    times = paths[1].stat()
    paths[1].write_bytes(b"\x08" * 100)
    os.utime(paths[1], ns=(times.st_atime_ns, times.st_mtime_ns))
    summary = (await small.dispatch_command(IndexPathCommand(root))).one()
    assert (summary.changed, summary.unchanged, summary.failed, await open_findings(small)) == (1, 1, [], [])
