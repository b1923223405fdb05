"""A check of the whole library reports exactly what is wrong, makes good what it may, and moves the rest aside.

The full figures are run by `poe proof`; `docs/proof/integrity.md` is their report.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, text, update

from dam.assets.commands import GetAssetCommand, StoreFilesCommand
from dam.assets.models import AssetComponent, ContentHashSHA256Component, FileLocationComponent, LocationCheck, LocationStatus
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import CacheResource
from dam.core.world import World
from dam_fs.commands import FsckCommand, FsckReport, IndexPathCommand, VerifyCommand
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_fs.systems.invariants import broken_invariants
from dam_test_utils.fixtures import MakeFiles, MakeWorld

BOTH = pytest.mark.usefixtures("database")


@pytest_asyncio.fixture
async def small(make_world: MakeWorld) -> AsyncIterator[World]:
    """A World that knows files, but looks into none."""
    async with make_world(AssetsPlugin, FsPlugin) as world:
        yield world


async def fsck(world: World, **options: Any) -> FsckReport:
    report: FsckReport = (await world.dispatch_command(FsckCommand(**{"grace": 0.0, **options}))).one()
    return report


async def store_files(world: World, *paths: Path) -> list[Any]:
    return list((await world.dispatch_command(StoreFilesCommand(paths))).one())


def flip_a_bit(path: Path, chance: random.Random) -> None:
    """Change one bit; times stay as they were."""
    found = path.stat()
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    bit = chance.randrange(8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    path.chmod(found.st_mode)


def looks(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Everything that could change about files, by path."""
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()}


async def damaged_library(world: World, make_files: MakeFiles, objects: int, seed: int) -> tuple[FsckReport, FsckReport, FsckReport]:
    """Store files, index a quarter of them in place too, do harm, check, repair, and check again (R17)."""
    chance = random.Random(seed)
    harm = {"damaged": objects // 20, "dangling": objects // 100, "strange": objects // 100}
    tree = make_files({f"{number % 4}/{number}.bin": chance.randbytes(chance.randrange(1, 5000)) for number in range(objects)})
    stored = await store_files(world, *(path for path in sorted(tree.rglob("*")) if path.is_file()))
    await world.dispatch_command(IndexPathCommand(tree / "0"))
    originals = looks(tree)
    store = world.get_resource(FileStorageResource)
    chosen = chance.sample([one.sha256 for one in stored], harm["damaged"] + harm["dangling"])
    for identifier in chosen[: harm["damaged"]]:
        flip_a_bit(store.root / identifier[:2] / identifier[2:4] / identifier, chance)
    for identifier in chosen[harm["damaged"] :]:
        (store.root / identifier[:2] / identifier[2:4] / identifier).unlink()
    for number in range(harm["strange"]):
        if number % 2:
            store.store_file(f"nobody knows {number}".encode())
        else:
            (store.root / stored[number].sha256[:2] / f"stranger {number}").write_bytes(b"?")
    found = await fsck(world)
    repaired = await fsck(world, repair=True)
    again = await fsck(world)
    assert looks(tree) == originals
    counts = Counter(one.kind for one in found.findings)
    assert (counts.pop("damaged"), counts.pop("dangling")) == (harm["damaged"], harm["dangling"])
    assert sum(counts.values()) == counts["orphan"] + counts["stranger"] == harm["strange"]
    assert {one.subject for one in found.findings if one.kind in ("damaged", "dangling")} == set(chosen)
    assert all(one.repaired is None for one in found.findings)
    assert all(one.repaired is not None for one in repaired.findings)
    assert len(repaired.findings) == len(found.findings)
    in_quarantine = harm["damaged"] + harm["strange"]
    assert len(list((store.root / "quarantine").iterdir())) == in_quarantine  # nothing was deleted
    assert again.findings == []
    return found, repaired, again


@BOTH
async def test_exactly_what_was_damaged_is_found_and_repaired(small: World, make_files: MakeFiles) -> None:
    _, repaired, _ = await damaged_library(small, make_files, 100, seed=17)
    assert {one.repaired for one in repaired.findings} <= {"replaced", "quarantined", "marked missing"}


@pytest.mark.proof
async def test_the_full_figures_of_bit_rot(small: World, make_files: MakeFiles, pytestconfig: pytest.Config) -> None:
    began = time.monotonic()
    found, repaired, again = await damaged_library(small, make_files, 2000, seed=18)
    counts = found.counts
    strange = counts["orphan"] + counts["stranger"]
    done = sorted(Counter(str(one.repaired) for one in repaired.findings).items())
    lines = [
        "# Damage in the store",
        "",
        "2,000 objects, a quarter of which have a twin in place: one bit flipped in 100 of them, 20 deleted, 20 strangers added.",
        "",
        "| | |",
        "|---|---|",
        f"| reported as damaged, dangling, orphan or stranger | {counts['damaged']}, {counts['dangling']}, {strange} |",
        f"| repaired: {', '.join(kind for kind, _ in done)} | {', '.join(str(number) for _, number in done)} |",
        f"| found by the next check | {len(again.findings)} |",
        "| originals changed, files deleted | 0, 0 |",
        f"| seconds for all | {time.monotonic() - began:.0f} |",
        "",
        "`poe proof` writes this; the test is in `packages/dam_fs/tests/test_fsck.py`.",
        "",
    ]
    (pytestconfig.rootpath / "docs" / "proof" / "integrity.md").write_text("\n".join(lines), "utf-8")


@BOTH
async def test_a_sound_library_has_nothing_wrong(make_world: MakeWorld, make_files: MakeFiles, pictures: Any) -> None:
    tree = make_files({"a.txt": "a", "b.txt": "a", "empty": ""})
    paths = pictures(2)
    async with make_world(None) as world:
        assert (await fsck(world)).findings == []
        await world.dispatch_command(IndexPathCommand(tree))
        await store_files(world, paths[0], tree / "a.txt")
        await world.settled()
        report = await fsck(world)
        assert (report.findings, report.notes) == ([], [])
        assert report.checked == {"roots": 2, "objects": 2, "rows": 2, "read": 2, "bytes": report.checked["bytes"], "thumbnails": 4}


@BOTH
async def test_what_the_tables_say_wrongly(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"a.txt": "a", "b.txt": "b", "c.txt": "c", "d.txt": "d"})
    await small.dispatch_command(IndexPathCommand(tree))
    assert await small.database.read(broken_invariants) == []
    location = FileLocationComponent
    async with small.transaction() as transaction:
        await transaction.execute(delete(ContentHashSHA256Component).where(ContentHashSHA256Component.entity_id == 1))
        await transaction.update_rows(ContentHashSHA256Component, [{"entity_id": 2, "hash_value": bytes(32)}])
        await transaction.update_rows(AssetComponent, [{"entity_id": 3, "status": "missing", "member": True}])
        await transaction.execute(update(location).where(location.entity_id == 4).values(status=LocationStatus.MISSING))
        (stranger,) = await transaction.create_entities(1)
        await transaction.execute(update(location).where(location.entity_id == 2).values(path=b"../b.txt"))
    wrong = {(one.kind, one.entity_id) for one in await small.database.read(broken_invariants)}
    told = {("hash_absent", 1), ("contents_disagree", 2), ("missing_but_there", 3), ("lost_but_not_missing", 4), ("place_outside_root", 2)}
    told.add(("member_mark_wrong", 3))
    assert wrong == told
    async with small.transaction() as transaction:
        await transaction.execute(update(location).where(location.entity_id == 1).values(entity_id=stranger))
    assert ("place_without_asset", stranger) in {(one.kind, one.entity_id) for one in await small.database.read(broken_invariants)}
    async with small.transaction() as transaction:
        await transaction.execute(update(location).where(location.entity_id == stranger).values(entity_id=1))
    repaired = {(one.kind, one.repaired) for one in (await fsck(small, repair=True)).findings}
    assert repaired == {
        ("hash_absent", "rebuilt"), ("missing_but_there", "rebuilt"), ("lost_but_not_missing", "marked missing"),
        ("contents_disagree", None), ("place_outside_root", None), ("member_mark_wrong", "marked"),
    }  # fmt: skip
    assert {one.kind for one in await small.database.read(broken_invariants)} == {"contents_disagree", "place_outside_root"}


async def test_rows_that_point_nowhere(small: World) -> None:
    async with small.database.writer.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("PRAGMA foreign_keys=OFF")
        await connection.execute(
            text("INSERT INTO links (source_id, target_id, relation, weight, data, origin, created_at) VALUES (7, 8, 'x', 1, '{}', '', 0)")
        )
        await connection.commit()
        await driver.execute("PRAGMA foreign_keys=ON")
    assert Counter(one.kind for one in (await fsck(small)).findings) == {"dangling_reference": 2, "link_without_end": 2}


@BOTH
async def test_an_import_under_way_is_no_orphan(small: World) -> None:
    store = small.get_resource(FileStorageResource)
    store.store_file(b"its row is not written yet")
    report = await fsck(small, grace=3600.0, repair=True)
    assert (report.findings, report.checked["young"]) == ([], 1)
    assert len(list(store.identifiers())) == 1


@BOTH
async def test_an_object_that_comes_back_is_taken_up_again(small: World, make_files: MakeFiles) -> None:
    path = make_files({"a.txt": "a"}) / "a.txt"
    (stored,) = await store_files(small, path)
    store = small.get_resource(FileStorageResource)
    place = store.get_file_path(stored.sha256)
    assert place is not None
    place.unlink()
    assert [one.repaired for one in (await fsck(small, repair=True)).findings] == ["marked missing"]
    store.store_file(b"a")
    assert [(one.kind, one.repaired) for one in (await fsck(small, repair=True)).findings] == [("returned", "brought back")]
    assert (await fsck(small)).findings == []
    await small.settled()
    asset = (await small.dispatch_command(GetAssetCommand(stored.entity_id))).one()
    assert asset is not None
    assert (asset["status"], asset["locations"][0]["status"]) == ("ready", "present")


@BOTH
async def test_thumbnails_and_the_cache(make_world: MakeWorld, pictures: Any) -> None:
    paths = pictures(3)
    async with make_world(None) as world:
        await world.dispatch_command(IndexPathCommand(paths[0].parent))
        cache = world.get_resource(CacheResource)
        files = sorted(cache.root.glob("??/??/*/small.webp"))
        assert len(files) == 3
        files[0].unlink()
        forgotten = cache.folder(bytes(32))
        forgotten.mkdir(parents=True)
        (forgotten / "small.webp").write_bytes(b"of nobody")
        found = await fsck(world)
        assert {(one.kind, one.subject) for one in found.findings} == {
            ("thumbnail_absent", f"{files[0].parent.name} small"), ("cache_orphan", "0" * 64)
        }  # fmt: skip
        repaired = await fsck(world, repair=True)
        assert {one.repaired for one in repaired.findings} == {"rebuilt"}
        assert files[0].is_file()
        assert not forgotten.exists()
        assert (await fsck(world)).findings == []


@BOTH
async def test_a_share_of_the_store_each_time(small: World, make_files: MakeFiles) -> None:
    """The whole store has been read after as many runs as there are shares; what was found stays told meanwhile."""
    tree = make_files({f"{number}.txt": str(number) for number in range(10)})
    stored = await store_files(small, *tree.iterdir())
    store = small.get_resource(FileStorageResource)
    path = store.get_file_path(stored[0].sha256)
    assert path is not None
    flip_a_bit(path, random.Random(1))
    reports = [await fsck(small, share=0.2) for _ in range(5)]
    assert [report.checked["read"] for report in reports] == [2] * 5
    assert [one.kind for one in reports[-1].findings] == ["damaged"]
    assert (await fsck(small, seconds=0.0)).counts == {"damaged": 1}


async def test_rot_in_place_is_told_and_never_touched(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"a.txt": "a"})
    await small.dispatch_command(IndexPathCommand(tree))
    await small.dispatch_command(VerifyCommand())
    async with small.transaction() as transaction:
        await transaction.execute(update(LocationCheck).values(problem="rot", found=bytes(32)))
    before = looks(tree)
    (finding,) = (await fsck(small, repair=True)).findings
    assert (finding.stage, finding.kind, finding.subject, finding.repaired) == ("places", "damaged", str(tree / "a.txt"), None)
    assert looks(tree) == before


async def test_a_root_that_is_away_is_a_note(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"a.txt": "a"})
    await small.dispatch_command(IndexPathCommand(tree, "disk"))
    tree.rename(tree.with_name("unplugged"))
    report = await fsck(small, repair=True)
    assert report.findings == []
    assert "'disk'" in report.notes[0]


async def test_a_store_that_is_away_is_no_sound_one(small: World, make_files: MakeFiles) -> None:
    (stored,) = await store_files(small, make_files({"a.txt": "a"}) / "a.txt")
    store = small.get_resource(FileStorageResource)
    store.root.rename(store.root.with_name("unplugged"))
    for _ in range(2):
        report = await fsck(small, repair=True)
        assert [(one.kind, one.repaired) for one in report.findings] == [("store_unreachable", None)]
    asset = (await small.dispatch_command(GetAssetCommand(stored.entity_id))).one()
    assert asset is not None
    assert asset["status"] != "missing"


async def test_very_many_lost_objects_are_not_believed_at_once(small: World, make_files: MakeFiles) -> None:
    tree = make_files({f"{number}.txt": str(number) for number in range(30)})
    stored = await store_files(small, *tree.iterdir())
    store = small.get_resource(FileStorageResource)
    for one in stored[:25]:
        (store.root / one.sha256[:2] / one.sha256[2:4] / one.sha256).unlink()
    report = await fsck(small, repair=True)
    assert (report.counts, {one.repaired for one in report.findings}) == ({"dangling": 25}, {None})
    assert "--accept-missing" in report.notes[0]
    accepted = await fsck(small, repair=True, accept_missing=True)
    assert {one.repaired for one in accepted.findings} == {"marked missing"}
    assert (await fsck(small)).findings == []


async def test_a_file_without_bytes_belongs_to_the_store_and_is_made_anew(small: World, make_files: MakeFiles) -> None:
    tree = make_files({"one.txt": "", "two.txt": ""})
    await store_files(small, tree / "one.txt", tree / "two.txt")
    assert (await fsck(small, repair=True)).findings == []
    empty = small.get_resource(FileStorageResource).root / "empty"
    shutil.rmtree(empty)
    assert (await fsck(small)).counts == {"dangling": 2}
    assert [one.repaired for one in (await fsck(small, repair=True)).findings] == ["replaced", "replaced"]
    assert (len(list(empty.iterdir())), (await fsck(small)).findings) == (2, [])


async def test_a_library_that_was_moved_has_its_store_where_it_is_now(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    """Only a repair says so, and only if the objects lie there: a setting may be wrong."""
    root = make_files({"a": "content of a", "b": "content of b"})
    async with make_world(AssetsPlugin, FsPlugin, home=tmp_path / "old") as world:
        await store_files(world, root / "a", root / "b")
    (tmp_path / "old").rename(tmp_path / "new")
    async with make_world(AssetsPlugin, FsPlugin, home=tmp_path / "new") as world:
        assert [(one.kind, one.repaired) for one in (await fsck(world)).findings] == [("store_elsewhere", None)]
        store = world.get_resource(FileStorageResource)
        store.root.rename(store.root.with_name("aside"))
        assert [(one.kind, one.repaired) for one in (await fsck(world, repair=True)).findings] == [("store_elsewhere", None)]
        store.root.with_name("aside").rename(store.root)
        report = await fsck(world, repair=True)
        assert [(one.kind, one.repaired) for one in report.findings] == [("store_elsewhere", "moved")]
        assert report.checked["read"] == 2
        assert (await fsck(world)).findings == []
        assert (await world.dispatch_command(VerifyCommand())).one().checked == 2
