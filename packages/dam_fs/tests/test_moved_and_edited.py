"""Files that were moved and edited before anybody looked: known by their number, where that proves anything."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from looking import at, index, tagged  # type: ignore[import-not-found]  # beside this file
from sqlalchemy import update

from dam.assets.models import FileLocationComponent
from dam.core.world import World
from dam_fs.commands import AddRootCommand, ListReviewsCommand
from dam_fs.systems import reading as reading_module
from dam_test_utils.fixtures import MakeFiles


async def test_moved_and_edited(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_files({"old/notes.txt": "first words", "old/b": "b"})
    await index(small, root)
    entity_id = await tagged(small, root / "old/notes.txt", "kept")
    (root / "new").mkdir()
    (root / "old/notes.txt").rename(root / "new/notes.txt")
    with (root / "new/notes.txt").open("a") as file:
        file.write(" and more")
    assert (await index(small, root)).changed == 1
    asset = await at(small, root / "new/notes.txt")
    assert (asset["id"], asset["tags"], asset["size"]) == (entity_id, ["kept"], 20)
    assert (await small.dispatch_command(ListReviewsCommand())).one() == []


async def test_moved_and_edited_from_outside_of_what_is_looked_at(small: World, make_files: MakeFiles) -> None:
    """From another part of the root, from another root, and from another root that was looked at before."""
    files = make_files({"one/out/a": "first", "one/in/stays": "s", "one/b": "second", "one/c": "third", "two/stays": "t"})
    for name in ("one", "two"):
        await index(small, files / name)
    ids = [await tagged(small, files / "one" / name, name) for name in ("out/a", "b", "c")]
    found = [files / path for path in ("one/in/x", "two/y", "two/z")]
    for name, path in zip(("out/a", "b"), found, strict=False):
        (files / "one" / name).rename(path)
        path.write_text(f"other words of {name}")
    assert (await index(small, files / "one/in")).changed == 1
    assert (await index(small, files / "two")).changed == 1
    (files / "one/c").rename(found[2])
    found[2].write_text("other words of c")
    assert (await index(small, files / "one")).missing == 1
    summary = await index(small, files / "two")
    assert (summary.changed, summary.new, summary.missing) == (1, 0, 0)
    assets = [await at(small, path) for path in found]
    assert [asset["id"] for asset in assets] == ids
    assert [asset["tags"] for asset in assets] == [["out/a"], ["b"], ["c"]]
    assert all(len([place for place in asset["locations"] if place["status"] == "present"]) == 1 for asset in assets)


async def test_moved_and_edited_and_then_copied(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a root and to another, where the copy would be read and written before the file itself is."""
    monkeypatch.setattr(reading_module, "BATCH", 1)
    files = make_files({"one/b": "first", "one/c": "second", "one/stays": "s", "two/stays": "t"})
    for name in ("one", "two"):
        await index(small, files / name)
    ids = [await tagged(small, files / "one" / name, name) for name in "bc"]
    for known, found, copy in (("b", "one/z/x", "one/a"), ("c", "two/z", "two/a")):
        (files / found).parent.mkdir(exist_ok=True)
        (files / "one" / known).rename(files / found)
        (files / found).write_text(f"other words of {known}")
        shutil.copyfile(files / found, files / copy)
    for name in ("one", "two"):
        summary = await index(small, files / name)
        assert (summary.changed, summary.copied, summary.new) == (1, 1, 0)
    assert [(await at(small, files / path))["id"] for path in ("one/z/x", "one/a", "two/z", "two/a")] == [ids[0]] * 2 + [ids[1]] * 2


@pytest.mark.usefixtures("database")
async def test_moved_and_edited_while_its_path_was_taken(small: World, make_files: MakeFiles) -> None:
    """A further name of another known file has its path, and that is found before the file is."""
    files = make_files({"one/a": "first", "one/b": "second", "one/stays": "s", "two/stays": "t"})
    for name in ("one", "two"):
        await index(small, files / name)
    entity_id = await tagged(small, files / "one/a", "kept")
    (files / "one/a").rename(files / "two/x")
    (files / "two/x").write_text("other words")
    (files / "one/a").hardlink_to(files / "one/b")
    assert (await index(small, files / "one")).changed == 1
    assert (await index(small, files / "two")).changed == 1
    asset = await at(small, files / "two/x")
    assert (asset["id"], asset["tags"], len(asset["locations"])) == (entity_id, ["kept"], 1)
    assert (await at(small, files / "one/a"))["id"] == (await at(small, files / "one/b"))["id"] != entity_id


async def give_number(world: World, path: bytes, other: Path) -> None:
    """Let the library believe that a file has the number that another one has, and was changed after that was made."""
    found, location = other.stat(), FileLocationComponent
    numbers = {"inode": found.st_ino, "device": found.st_dev, "ctime_ns": time.time_ns()}
    async with world.transaction() as transaction:
        await transaction.execute(update(location).where(location.path == path).values(**numbers))


async def test_the_numbers_of_another_disk_prove_nothing(small: World, make_files: MakeFiles) -> None:
    """Two disks that are plugged in one after the other have one device number, and give their files the same numbers."""
    files = make_files({"one/a": "mine", "one/b": "mine, too", "two/x": "another", "two/y": "one more"})
    await index(small, files / "one")
    ids = [(await at(small, files / "one" / name))["id"] for name in "ab"]
    for known, other in (("a", "x"), ("b", "y")):
        await give_number(small, known.encode(), files / "two" / other)
    (files / "one").rename(files / "unplugged")
    summary = await index(small, files / "two")
    assert (summary.new, summary.changed) == (2, 0)
    (files / "unplugged").rename(files / "one")
    summary = await index(small, files / "one")
    assert (summary.unchanged, summary.new, summary.changed, summary.missing) == (2, 0, 0, 0)
    assert [(await at(small, files / "one" / name))["id"] for name in "ab"] == ids


async def test_the_numbers_of_a_disk_that_took_the_place_of_another_prove_nothing(small: World, make_files: MakeFiles) -> None:
    """A backup that is plugged in for the disk it is of is believed, but one of its files has the number of another that is gone."""
    files = make_files({"one/a": "mine", "one/b": "b", "one/c": "c", "backup/d": "another", "backup/b": "b", "backup/c": "c"})
    for name in "bc":
        os.utime(files / "backup" / name, (moment := (files / "one" / name).stat().st_mtime, moment))
    await index(small, files / "one")
    lost = await tagged(small, files / "one/a", "kept")
    await give_number(small, b"a", files / "backup/d")
    (files / "one").rename(files / "unplugged")
    (files / "backup").rename(files / "one")
    summary = await index(small, files / "one")
    assert (summary.new, summary.changed, summary.missing) == (1, 0, 1)
    assert (await at(small, files / "one/d"))["id"] != lost


async def test_a_file_of_another_owner_is_another_asset(small: World, make_files: MakeFiles) -> None:
    """Also if it is the very file, moved and edited, or has a further name."""
    files = make_files({"one/a": "first", "one/b": "second", "one/stays": "s", "two/stays": "t"})
    await index(small, files / "one")
    ids = [(await at(small, files / "one" / name))["id"] for name in ("a", "b")]
    async with small.transaction() as transaction:
        owner_id = (await transaction.create_entity()).id
    await small.dispatch_command(AddRootCommand(files / "two", "two", owner_id=owner_id))
    (files / "one/a").rename(files / "two/x")
    (files / "two/x").write_text("other words")
    (files / "two/y").hardlink_to(files / "one/b")
    summary = await index(small, files / "two")
    assert (summary.new, summary.changed, summary.copied) == (3, 0, 0)
    assert not set(ids) & {(await at(small, files / "two" / name))["id"] for name in "xy"}
