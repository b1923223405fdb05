"""Identity: which entity a file belongs to after it was copied, moved, edited, swapped, lost and found."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dam.assets.commands import ExportAssetsCommand, SetAssetFieldsCommand, TagAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, IndexSummary
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

COUNTS = ("new", "changed", "moved", "copied", "missing", "unchanged")


class Library:
    """A World and the folder that it indexes."""

    def __init__(self, world: World, root: Path) -> None:
        self.world = world
        self.root = root

    async def index(self, below: str = "", **options: Any) -> dict[str, int]:
        summary: IndexSummary = (await self.world.dispatch_command(IndexPathCommand(self.root / below, **options))).one()
        assert not summary.failed
        return {name: getattr(summary, name) for name in COUNTS if getattr(summary, name)}

    async def assets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.world.dispatch_command(ExportAssetsCommand(limit=10_000))).one()
        return found

    async def at(self, name: str) -> dict[str, Any]:
        """The asset whose file is there."""
        path = str(self.root / name)
        there = [asset for asset in await self.assets() for one in asset["locations"] if (one["path"], one["status"]) == (path, "present")]
        assert len(there) == 1, f"{len(there)} assets at {name}"
        return there[0]

    async def with_id(self, entity_id: int) -> dict[str, Any]:
        return next(asset for asset in await self.assets() if asset["id"] == entity_id)

    async def tag(self, name: str, tag: str) -> int:
        entity_id: int = (await self.at(name))["id"]
        await self.world.dispatch_command(TagAssetsCommand((entity_id,), (tag,)))
        return entity_id


@pytest_asyncio.fixture
async def library(make_world: MakeWorld, make_files: MakeFiles) -> AsyncIterator[Library]:
    root = make_files({"a.txt": "content of a", "b.txt": "content of b", "deep/er/c.txt": "content of c"})
    async with make_world(AssetsPlugin, FsPlugin) as world:
        yield Library(world, root)


async def test_first_index_then_all_unchanged(library: Library) -> None:
    assert await library.index() == {"new": 3}
    assert await library.index() == {"unchanged": 3}
    assert sorted(asset["filename"] for asset in await library.assets()) == ["a.txt", "b.txt", "c.txt"]


async def test_an_edited_file_stays_the_same_asset(library: Library) -> None:
    await library.index()
    entity_id = await library.tag("a.txt", "kept")
    before = await library.at("a.txt")
    (library.root / "a.txt").write_text("content of A")  # as long as before
    assert await library.index() == {"changed": 1, "unchanged": 2}
    after = await library.at("a.txt")
    assert after["id"] == entity_id
    assert after["tags"] == ["kept"]
    assert after["sha256"] != before["sha256"]
    assert len(after["locations"]) == 1


async def test_a_copy_is_a_further_place(library: Library) -> None:
    await library.index()
    shutil.copyfile(library.root / "a.txt", library.root / "deep/copy.txt")
    assert await library.index() == {"copied": 1, "unchanged": 3}
    asset = await library.at("a.txt")
    assert {Path(one["path"]).name for one in asset["locations"]} == {"a.txt", "copy.txt"}
    assert len(await library.assets()) == 3


async def test_copies_in_the_first_index_are_one_asset(library: Library) -> None:
    for number in range(3):
        shutil.copyfile(library.root / "a.txt", library.root / f"copy{number}.txt")
    assert await library.index() == {"new": 3, "copied": 3}
    assert len((await library.at("copy2.txt"))["locations"]) == 4


@pytest.mark.usefixtures("database")
async def test_a_moved_file_keeps_id_tags_and_takes_the_new_name(library: Library) -> None:
    await library.index()
    entity_id = await library.tag("a.txt", "kept")
    (library.root / "elsewhere").mkdir()
    (library.root / "a.txt").rename(library.root / "elsewhere/new name.txt")
    assert await library.index() == {"moved": 1, "unchanged": 2}
    asset = await library.at("elsewhere/new name.txt")
    assert (asset["id"], asset["tags"], asset["filename"]) == (entity_id, ["kept"], "new name.txt")
    assert len(asset["locations"]) == 1


async def test_missing_and_back(library: Library) -> None:
    await library.index()
    entity_id = await library.tag("a.txt", "kept")
    (library.root / "a.txt").rename(library.root.parent / "away.txt")
    assert await library.index() == {"missing": 1, "unchanged": 2}
    lost = await library.with_id(entity_id)
    assert (lost["status"], lost["tags"], lost["locations"][0]["status"]) == ("missing", ["kept"], "missing")
    assert await library.index() == {"unchanged": 2}
    (library.root.parent / "away.txt").rename(library.root / "a.txt")
    assert await library.index() == {"unchanged": 3}
    found = await library.at("a.txt")
    assert (found["id"], found["status"]) == (entity_id, "ready")


async def test_missing_and_back_elsewhere(library: Library) -> None:
    await library.index()
    entity_id = await library.tag("a.txt", "kept")
    (library.root / "a.txt").rename(library.root.parent / "away.txt")
    await library.index()
    (library.root.parent / "away.txt").rename(library.root / "deep/z.txt")
    assert await library.index() == {"moved": 1, "unchanged": 2}
    assert (await library.at("deep/z.txt"))["id"] == entity_id


async def test_empty_files_never_share_an_asset(library: Library) -> None:
    for name in ("empty1", "empty2", "deep/empty3"):
        (library.root / name).touch()
    assert await library.index() == {"new": 6}
    assert len({(await library.at(name))["id"] for name in ("empty1", "empty2", "deep/empty3")}) == 3
    (library.root / "a.txt").write_bytes(b"")
    assert await library.index() == {"changed": 1, "unchanged": 5}
    assert len(await library.assets()) == 6


@pytest.mark.usefixtures("database")
async def test_swapped_names_follow_their_contents(library: Library) -> None:
    await library.index()
    one, other = await library.tag("a.txt", "one"), await library.tag("b.txt", "other")
    (library.root / "a.txt").rename(library.root / "swap")
    (library.root / "b.txt").rename(library.root / "a.txt")
    (library.root / "swap").rename(library.root / "b.txt")
    await library.index()
    for name, entity_id, tag in (("b.txt", one, "one"), ("a.txt", other, "other")):
        asset = await library.at(name)
        assert (asset["id"], asset["tags"], asset["filename"], asset["status"]) == (entity_id, [tag], name, "ready")
    assert len(await library.assets()) == 3


async def test_names_swapped_one_pass_after_the_other(library: Library) -> None:
    """The two halves of a swap may be judged in different batches: nothing gets lost between them."""
    await library.index()
    one, other = (await library.at("a.txt"))["id"], (await library.at("b.txt"))["id"]
    first, second = (library.root / "a.txt").read_bytes(), (library.root / "b.txt").read_bytes()
    (library.root / "a.txt").write_bytes(second)
    await library.index()
    (library.root / "b.txt").write_bytes(first)
    await library.index()
    assert {(await library.at("a.txt"))["id"], (await library.at("b.txt"))["id"]} == {one, other}
    assert (await library.at("b.txt"))["id"] == one


async def test_a_backup_beside_the_edited_file_keeps_the_entity(library: Library) -> None:
    await library.index()
    entity_id = await library.tag("a.txt", "kept")
    await library.world.dispatch_command(SetAssetFieldsCommand(entity_id, {"title": "Mine", "rating": 4}))
    (library.root / "a.txt").rename(library.root / "a.txt.bak")
    (library.root / "a.txt").write_text("edited")
    await library.index()
    backup, edited = await library.at("a.txt.bak"), await library.at("a.txt")
    assert backup["id"] == entity_id != edited["id"]
    assert backup["filename"] == "a.txt.bak"
    for asset in (backup, edited):
        assert (asset["tags"], asset["title"], asset["rating"]) == (["kept"], "Mine", 4)
    assert edited["links"] == [{"relation": "version_of", "direction": "out", "id": entity_id, "type": "document"}]


@pytest.mark.usefixtures("database")
async def test_editing_one_of_two_copies_makes_a_version(library: Library) -> None:
    shutil.copyfile(library.root / "a.txt", library.root / "copy.txt")
    await library.index()
    entity_id = await library.tag("a.txt", "kept")
    (library.root / "copy.txt").write_text("edited copy")
    assert await library.index() == {"changed": 1, "unchanged": 3}
    original, edited = await library.at("a.txt"), await library.at("copy.txt")
    assert original["id"] == entity_id != edited["id"]
    assert [one["id"] for one in edited["links"] if one["relation"] == "version_of"] == [entity_id]
    assert edited["tags"] == ["kept"]
    assert [Path(one["path"]).name for one in original["locations"]] == ["a.txt"]


async def test_editing_both_copies_in_the_same_way(library: Library) -> None:
    shutil.copyfile(library.root / "a.txt", library.root / "copy.txt")
    await library.index()
    entity_id = (await library.at("a.txt"))["id"]
    for name in ("a.txt", "copy.txt"):
        (library.root / name).write_text("both edited")
    assert await library.index() == {"changed": 2, "unchanged": 2}
    assert (await library.at("a.txt"))["id"] == (await library.at("copy.txt"))["id"] == entity_id


async def test_overwritten_by_a_known_content(library: Library) -> None:
    await library.index()
    lost, kept = await library.tag("a.txt", "lost"), (await library.at("b.txt"))["id"]
    shutil.copyfile(library.root / "b.txt", library.root / "a.txt")
    assert await library.index() == {"changed": 1, "unchanged": 2}
    assert (await library.at("a.txt"))["id"] == (await library.at("b.txt"))["id"] == kept
    left = await library.with_id(lost)
    assert (left["status"], left["tags"]) == ("missing", ["lost"])


async def test_edit_and_copy_of_the_edited_one(library: Library) -> None:
    await library.index()
    entity_id = await library.tag("b.txt", "kept")
    (library.root / "b.txt").write_text("edited")
    shutil.copyfile(library.root / "b.txt", library.root / "a new path.txt")
    assert await library.index() == {"changed": 1, "copied": 1, "unchanged": 2}
    assert (await library.at("b.txt"))["id"] == (await library.at("a new path.txt"))["id"] == entity_id


async def test_a_missing_copy_that_comes_back_after_an_edit(library: Library) -> None:
    shutil.copyfile(library.root / "a.txt", library.root / "copy.txt")
    await library.index()
    entity_id = (await library.at("a.txt"))["id"]
    (library.root / "copy.txt").rename(library.root.parent / "away")
    await library.index()
    (library.root / "a.txt").write_text("edited")
    await library.index()
    assert (await library.at("a.txt"))["id"] == entity_id
    (library.root.parent / "away").rename(library.root / "copy.txt")
    await library.index()
    assert (await library.at("copy.txt"))["id"] != entity_id
    await check(library)


async def test_a_part_of_a_root(library: Library) -> None:
    await library.index()
    for name in ("a.txt", "deep/er/c.txt"):
        (library.root / name).unlink()
    (library.root / "deep/er/d.txt").write_text("content of d")
    assert await library.index("deep/er") == {"new": 1, "missing": 1}
    assert await library.index() == {"missing": 1, "unchanged": 2}


async def check(library: Library) -> None:
    """What must hold whatever happened: the places that are present are the files on disk, and say what is in them."""
    files = {str(path): path.read_bytes() for path in library.root.rglob("*") if path.is_file()}
    places: dict[str, dict[str, Any]] = {}
    for asset in await library.assets():
        present = [one for one in asset["locations"] if one["status"] == "present"]
        assert (asset["status"] == "missing") == (not present), asset
        for one in present:
            assert one["path"] not in places
            places[one["path"]] = asset
        assert not present or asset["filename"] in {Path(one["path"]).name for one in present}
    assert places.keys() == files.keys()
    by_content: dict[bytes, set[int]] = defaultdict(set)
    empty = 0
    for path, content in files.items():
        assert places[path]["sha256"] == hashlib.sha256(content).hexdigest(), path
        by_content[content].add(places[path]["id"])
        empty += not content
    for content, ids in by_content.items():
        assert len(ids) == (1 if content else empty)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_to_the_files(library: Library, seed: int) -> None:
    """Random histories: after every pass the library says what is on the disk, and a further pass finds nothing to do."""
    chance = random.Random(seed)
    contents = [b"", *(f"content {number}".encode() for number in range(6))]
    names = [f"{folder}{name}" for folder in ("", "one/", "two/") for name in "pqrs"]
    for folder in ("one", "two"):
        (library.root / folder).mkdir()

    def change() -> None:
        name, other = (library.root / one for one in chance.sample(names, 2))
        match chance.randrange(6):
            case 0 | 1:
                name.write_bytes(chance.choice(contents))
            case 2 if name.exists():
                name.rename(other)
            case 3 if name.exists():
                shutil.copyfile(name, other)
            case 4 if name.exists():
                name.unlink()
            case 5 if name.exists() and other.exists():
                name.rename(library.root / "swap")
                other.rename(name)
                (library.root / "swap").rename(other)

    for _ in range(25):
        for _ in range(chance.randrange(1, 6)):
            change()
        await library.index(accept_missing=True)
        await check(library)
    assert list(await library.index()) == ["unchanged"]


async def test_two_passes_at_once(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files({f"{number % 7}/{number}.txt": f"content {number // 2}" for number in range(120)})
    async with make_world(AssetsPlugin, FsPlugin) as world:
        await asyncio.gather(*(world.dispatch_command(IndexPathCommand(root)) for _ in range(3)))
        library = Library(world, root)
        await check(library)
        assert await library.index() == {"unchanged": 120}
        assert len(await library.assets()) == 60


async def test_a_file_that_is_linked_twice_is_one_asset_with_two_places(library: Library) -> None:
    os.link(library.root / "a.txt", library.root / "hard link.txt")
    assert await library.index() == {"new": 3, "copied": 1}
    assert len((await library.at("hard link.txt"))["locations"]) == 2
