"""Whole passes over real folders: moves between roots, reviews, ignore rules, hard links, odd names, and what a crash leaves."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from looking import assets, at, index, tagged  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import (
    FindAssetCommand,
    GetAssetCommand,
    StoreFilesCommand,
    TrashAssetsCommand,
    UndoCommand,
)
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ConflictError, DamError, EntityNotFoundError, UsageError
from dam.core.faults import FaultError
from dam.core.world import World
from dam_fs.commands import (
    AddRootCommand,
    AnswerReviewCommand,
    ForgetRootCommand,
    ListReviewsCommand,
    ListRootsCommand,
    RelocateRootCommand,
    RenameRootCommand,
)
from dam_fs.plugin import FsPlugin
from dam_fs.systems import reading as reading_module
from dam_test_utils.fixtures import ArmFault, MakeFiles, MakeWorld

# -- moves -----------------------------------------------------------------------------------------------------------


async def test_a_renamed_folder_is_not_read_again(small: World, make_files: MakeFiles, reads: list[bytes]) -> None:
    root = make_files({**{f"old/{number}": f"content {number}" for number in range(30)}, "old/empty": ""})
    await index(small, root)
    entity_id = await tagged(small, root / "old/7", "kept")
    reads.clear()
    (root / "old").rename(root / "new")
    summary = await index(small, root)
    assert (summary.moved, summary.missing, summary.new) == (31, 0, 0)
    assert reads == []
    asset = await at(small, root / "new/7")
    assert (asset["id"], asset["tags"], [Path(one["path"]).parent.name for one in asset["locations"]]) == (entity_id, ["kept"], ["new"])
    assert [(one["path"], one["urn"]) for one in asset["former_locations"]] == [(str(root / "old/7"), "fs://files/old/7")]


async def test_a_move_between_roots_is_a_move_whichever_is_looked_at_first(small: World, make_files: MakeFiles) -> None:
    files = make_files({"one/a": "a", "one/b": "b", "one/stays": "s", "two/c": "c"})
    for name in ("one", "two"):
        await index(small, files / name)
    ids = {name: await tagged(small, files / "one" / name, name) for name in "ab"}
    (files / "one/a").rename(files / "two/a")
    assert (await index(small, files / "two")).moved == 1
    assert (await index(small, files / "one")).missing == 0
    (files / "one/b").rename(files / "two/b")
    assert (await index(small, files / "one")).missing == 1
    assert (await index(small, files / "two")).moved == 1
    for name, entity_id in ids.items():
        asset = await at(small, files / "two" / name)
        assert (asset["id"], asset["tags"], asset["status"]) == (entity_id, [name], "ready")
        assert [one["path"] for one in asset["locations"]] == [str(files / "two" / name)]


async def test_a_copy_of_what_lies_in_a_root_out_of_reach_is_a_further_place(small: World, make_files: MakeFiles) -> None:
    files = make_files({"disk/a": "a", "here/b": "b"})
    for name in ("disk", "here"):
        await index(small, files / name)
    shutil.copyfile(files / "disk/a", files / "here/a")
    (files / "disk").rename(files / "unplugged")
    assert (await index(small, files / "here")).copied == 1
    (files / "disk").mkdir()
    shutil.copyfile(files / "here/a", files / "here/a2")
    assert (await index(small, files / "here")).copied == 1
    assert {one["status"] for one in (await at(small, files / "here/a"))["locations"]} == {"present"}


async def test_a_folder_that_moved_and_left_a_link_behind_has_moved(small: World, make_files: MakeFiles) -> None:
    """What lies behind the link lies elsewhere, so the old places are not there any more, whichever part is looked at first."""
    files = make_files({"one/d/a": "a", "one/e/b": "b", "one/stays": "s", "two/c": "c"})
    for name in ("one", "two"):
        await index(small, files / name)
    for old, new in (("one/d", "two/d"), ("one/e", "one/f")):
        (files / old).rename(files / new)
        (files / old).symlink_to(files / new)
        assert (await index(small, files / new)).moved == 1
    for path in ("two/d/a", "one/f/b"):
        assert [one["path"] for one in (await at(small, files / path))["locations"]] == [str(files / path)]


async def test_a_move_into_the_part_that_is_looked_at(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "a", "b": "b", "sub/c": "c"})
    await index(small, root)
    entity_id = await tagged(small, root / "a", "kept")
    (root / "a").rename(root / "sub/a")
    (root / "b").unlink()
    summary = await index(small, root / "sub")
    assert (summary.moved, summary.missing) == (1, 0)
    assert (await at(small, root / "sub/a"))["id"] == entity_id
    assert (await at(small, root / "b"))["status"] == "ready", "only what is below is judged"


@pytest.mark.parametrize("back", ["a", "z"])
async def test_a_lost_file_comes_back_elsewhere_while_its_path_is_taken(small: World, make_files: MakeFiles, back: str) -> None:
    """The entity follows its content (rule 5), though its path has a new file now, which nothing else has to do with."""
    root = make_files({"m": "lost and found", "stays": "s"})
    await index(small, root)
    entity_id = await tagged(small, root / "m", "kept")
    (root / "m").unlink()
    assert (await index(small, root)).missing == 1
    make_files({"m": "a stranger", back: "lost and found"})
    await index(small, root)
    assert ((await at(small, root / back))["id"], (await at(small, root / back))["tags"]) == (entity_id, ["kept"])
    assert (await at(small, root / "m"))["tags"] == []


async def test_a_name_in_other_letters(small: World, make_files: MakeFiles, reads: list[bytes]) -> None:
    root = make_files({"Photo.JPG": "a", "other": "b"})
    await index(small, root)
    entity_id = await tagged(small, root / "Photo.JPG", "kept")
    (root / "Photo.JPG").rename(root / "photo.jpg")
    assert (await index(small, root)).moved == 1
    asset = await at(small, root / "photo.jpg")
    assert (asset["id"], asset["filename"]) == (entity_id, "photo.jpg")


async def test_many_changes_at_once_across_batches(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Swaps whose halves are read in different batches, among many new files: every entity follows its content."""
    monkeypatch.setattr(reading_module, "BATCH", 5)
    root = make_files({f"{number:03}": f"content {number}" for number in range(60)})
    await index(small, root)
    ids = {f"content {number}": (await at(small, root / f"{number:03}"))["id"] for number in (0, 59, 1, 58)}
    for one, other in ((0, 59), (1, 58)):
        (root / f"{one:03}").write_text(f"content {other}")
        (root / f"{other:03}").write_text(f"content {one}")
    for number in range(40):
        (root / f"new {number}").write_text(f"new {number}")
    summary = await index(small, root)
    assert (summary.new, summary.moved, summary.changed, summary.missing) == (40, 4, 0, 0)
    for content, entity_id in ids.items():
        asset = await small.dispatch_command(GetAssetCommand(entity_id))
        (location,) = (asset.one() or {})["locations"]
        assert Path(location["path"]).read_text() == content


# -- guesses ---------------------------------------------------------------------------------------------------------


async def lose(world: World, root: Path) -> tuple[int, dict[str, Any]]:
    """A tagged file that goes, and another of its name elsewhere with other bytes; gives its id and the question."""
    await index(world, root)
    lost = await tagged(world, root / "2019/notes.txt", "kept")
    (root / "2020").mkdir(exist_ok=True)
    (root / "2020/notes.txt").write_text("other words")
    (root / "2019/notes.txt").unlink()
    await index(world, root)
    (question,) = (await world.dispatch_command(ListReviewsCommand())).one()
    return lost, question


async def test_what_may_be_the_lost_one_is_asked_and_accepted(small: World, make_files: MakeFiles) -> None:
    root = make_files({"2019/notes.txt": "first words", "b": "b"})
    lost, question = await lose(small, root)
    assert (question["lost"], question["reason"], question["found_path"]) == (lost, "edited", str(root / "2020/notes.txt"))
    found = await tagged(small, root / "2020/notes.txt", "said since")
    assert found == question["found"] != lost
    assert (await small.dispatch_command(AnswerReviewCommand(question["id"], accept=True))).one() == lost
    await index(small, root)
    asset = await at(small, root / "2020/notes.txt")
    assert (asset["id"], asset["tags"], asset["status"], asset["size"]) == (lost, ["kept", "said since"], "ready", 11)
    assert len(await assets(small)) == 2
    assert (await small.dispatch_command(ListReviewsCommand())).one() == []
    with pytest.raises(UsageError, match="accepted before"):
        await small.dispatch_command(AnswerReviewCommand(question["id"], accept=False))
    with pytest.raises(ConflictError, match="cannot be undone"):
        await small.dispatch_command(UndoCommand())


async def test_a_rejected_guess_is_not_asked_again(small: World, make_files: MakeFiles) -> None:
    root = make_files({"2019/notes.txt": "first words", "b": "b"})
    lost, question = await lose(small, root)
    await small.dispatch_command(AnswerReviewCommand(question["id"], accept=False))
    await index(small, root)
    assert (await small.dispatch_command(ListReviewsCommand())).one() == []
    assert (await small.dispatch_command(GetAssetCommand(lost))).one()["status"] == "missing"  # type: ignore[index]  # it is there
    with pytest.raises(EntityNotFoundError):
        await small.dispatch_command(AnswerReviewCommand(99, accept=True))
    await small.dispatch_command(UndoCommand())
    assert (await small.dispatch_command(ListReviewsCommand())).one() == [question]
    await small.dispatch_command(TrashAssetsCommand((lost,)))
    assert (await small.dispatch_command(ListReviewsCommand())).one() == []


# -- what a rule leaves out ------------------------------------------------------------------------------------------


async def test_ignore_rules_at_every_level(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files(
        {
            "a.txt": "1", "a.tmp": "2", "keep.tmp": "3", "build/x": "4", "deep/build/y": "5", "deep/b.tmp": "6", "deep/c.txt": "7",
            "quiet/.nomedia": "", "quiet/z": "8", "deep/top.txt": "9", "top.txt": "10", "odd\udcff.tmp": "11", "no.bak": "12",
            ".damignore": "*.tmp\n!keep.tmp\nbuild/\n/top.txt\n", "deep/.damignore": "!b.tmp\n# a comment\n",
        }
    )  # fmt: skip
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"ignore": ["*.bak"]}) as world:
        summary = await index(world, root)
        names = {Path(one["locations"][0]["path"]).relative_to(root).as_posix() for one in await assets(world)}
    assert names == {"a.txt", "keep.tmp", "deep/b.tmp", "deep/c.txt", "deep/top.txt", ".damignore", "deep/.damignore"}
    assert (summary.files, summary.failed) == (7, [])


async def test_what_a_rule_leaves_out_now_is_no_mass_deletion(small: World, make_files: MakeFiles) -> None:
    root = make_files({f"{number}.tmp": f"content {number}" for number in range(60)} | {"a": "a"})
    await index(small, root)
    entity_id = await tagged(small, root / "7.tmp", "kept")
    (root / ".damignore").write_text("*.tmp\n")
    summary = await index(small, root)
    assert (summary.files, summary.missing, summary.suspect) == (2, 60, [])
    asset = await at(small, root / "7.tmp")
    assert (asset["id"], asset["locations"][0]["status"], asset["status"], asset["tags"]) == (entity_id, "ignored", "missing", ["kept"])
    (root / ".damignore").unlink()
    await index(small, root)
    asset = await at(small, root / "7.tmp")
    assert (asset["id"], asset["locations"][0]["status"], asset["status"]) == (entity_id, "present", "ready")


# -- hard links, files without bytes, odd names ----------------------------------------------------------------------


async def test_a_hundred_hard_links_are_read_once(small: World, make_files: MakeFiles, reads: list[bytes]) -> None:
    root = make_files({"a": "content"})
    for number in range(99):
        os.link(root / "a", root / f"link {number}")
    summary = await index(small, root)
    assert (summary.new, summary.copied, len(reads)) == (1, 99, 1)
    (asset,) = await assets(small)
    assert len(asset["locations"]) == 100
    assert (await index(small, root)).unchanged == 100


async def test_files_without_bytes_in_the_store(small: World, make_files: MakeFiles) -> None:
    root = make_files({"one": "", "two": "", "again/one": ""})
    answers = (await small.dispatch_command(StoreFilesCommand((root / "one", root / "two")))).one()
    assert [answer.status for answer in answers] == ["new", "new"]
    assert answers[0].entity_id != answers[1].entity_id
    (again,) = (await small.dispatch_command(StoreFilesCommand((root / "again/one",)))).one()
    assert (again.status, again.entity_id) == ("known", answers[0].entity_id)


def odd_names(count: int) -> list[bytes]:
    chance = random.Random(16)
    names = {bytes(chance.choice([*range(1, 47), *range(48, 256)]) for _ in range(chance.randrange(1, 40))) for _ in range(count)}
    pairs = [
        form.encode() for letter in "éüåñ" for form in (letter, {"é": "e\u0301", "ü": "u\u0308", "å": "a\u030a", "ñ": "n\u0303"}[letter])
    ]
    return sorted((names | {b"\x01\x1b[31m", "\u202egpj".encode(), b"x" * 255, *pairs}) - {b".", b".."})


async def check_odd_names(world: World, root: Path, count: int) -> None:
    names = odd_names(count)
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text(f"content {number}")
    deep = os.open(root, os.O_RDONLY)
    for _ in range(30):
        os.mkdir(b"d" * 200, dir_fd=deep)
        inner = os.open(b"d" * 200, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(os.open(b"bottom", os.O_WRONLY | os.O_CREAT, dir_fd=deep))
    os.close(deep)
    summary = await index(world, root)
    assert (summary.new, summary.failed) == (len(names) + 1, [])
    for asset in await assets(world):
        (location,) = asset["locations"]
        assert (await world.dispatch_command(FindAssetCommand(location["urn"]))).one() == asset["id"]
        if asset["filename"] != "bottom":
            again = await world.dispatch_command(GetAssetCommand(asset["id"]))
            assert (again.one() or {})["sha256"] == asset["sha256"]
    assert (await index(world, root)).unchanged == len(names) + 1


async def test_odd_names_are_found_again(small: World, make_files: MakeFiles) -> None:
    await check_odd_names(small, make_files({}), 25)


@pytest.mark.proof
async def test_five_hundred_odd_names_are_found_again(small: World, make_files: MakeFiles) -> None:
    await check_odd_names(small, make_files({}), 500)


# -- a file that is being written ------------------------------------------------------------------------------------


async def rewrite_and_index(make_world: MakeWorld, root: Path, seconds: float) -> None:
    """A writer rewrites a file in place while it is indexed again and again: no content that is known was ever torn."""
    path, stop = root / "restless", threading.Event()
    whole = {bytes([letter]) * 300_000 for letter in b"abcdefgh"}
    path.write_bytes(b"a" * 300_000)

    def write() -> None:
        chance = random.Random(15)
        while not stop.is_set():
            with path.open("r+b", buffering=0) as file:
                block = chance.choice("abcdefgh").encode() * 30_000
                for _ in range(10):
                    file.write(block)
            time.sleep(chance.random() * 0.02)

    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"settle_seconds": 0.3}) as world:
        writer = threading.Thread(target=write)
        writer.start()
        accepted = set()
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                await index(world, root)
                accepted |= {one["sha256"] for one in await assets(world)}
        finally:
            stop.set()
            writer.join()
        await index(world, root)
        accepted |= {one["sha256"] for one in await assets(world)}
    import hashlib

    assert accepted, "at the end it is known"
    assert accepted <= {hashlib.sha256(content).hexdigest() for content in whole}


async def test_no_torn_content_is_accepted(make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "SETTLE_ROUNDS", 2)
    await rewrite_and_index(make_world, make_files({}), 0.4)


@pytest.mark.proof
async def test_no_torn_content_is_accepted_in_eight_seconds(make_world: MakeWorld, make_files: MakeFiles) -> None:
    await rewrite_and_index(make_world, make_files({}), 8)


# -- a crash in between ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["index.before_batch", "index.after_batch", "index.before_finish", "unit.before_commit"])
async def test_a_pass_that_was_cut_off_is_made_good_by_the_next(
    small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch, faults: ArmFault, point: str
) -> None:
    monkeypatch.setattr("dam_fs.systems.passes.CHUNK", 2)
    root = make_files({name: f"content {name}" for name in "abcdefg"})
    await index(small, root)
    ids = {name: await tagged(small, root / name, name) for name in "abcdefg"}
    (root / "a").rename(root / "a.bak")
    (root / "a").write_text("edited")
    (root / "b").rename(root / "swap")
    (root / "c").rename(root / "b")
    (root / "swap").rename(root / "c")
    (root / "d").rename(root / "moved")
    (root / "e").write_text("another version")
    shutil.copyfile(root / "f", root / "g")
    for time_ in range(1, 7):
        armed = faults(point, "raise", at=time_)
        with suppress(FaultError):
            await index(small, root)
        armed.clear()
    await index(small, root)
    where = {"a.bak": "a", "c": "b", "b": "c", "moved": "d", "e": "e", "f": "f", "g": "f"}
    assert {path: (await at(small, root / path))["id"] for path in where} == {path: ids[name] for path, name in where.items()}
    edited = await at(small, root / "a")
    assert (edited["tags"], edited["links"][0]["relation"], edited["links"][0]["id"]) == (["a"], "version_of", ids["a"])
    lost = (await small.dispatch_command(GetAssetCommand(ids["g"]))).one() or {}
    assert (lost["status"], lost["tags"]) == ("missing", ["g"])
    (question,) = (await small.dispatch_command(ListReviewsCommand())).one()
    assert (question["reason"], question["lost"]) == ("replaced", ids["g"])
    assert len(await assets(small)) == 8
    assert (await index(small, root)).unchanged == 8


# -- roots -----------------------------------------------------------------------------------------------------------


async def test_a_root_that_lies_elsewhere_now(small: World, make_files: MakeFiles, reads: list[bytes]) -> None:
    files = make_files({f"old/{number}": f"content {number}" for number in range(40)} | {"wrong/x": "x", "rest/y": "y"})
    await index(small, files / "old", name="mine")
    await index(small, files / "rest")
    entity_id = await tagged(small, files / "old/7", "kept")
    shutil.copytree(files / "old", files / "new", copy_function=shutil.copy2)
    shutil.rmtree(files / "old")
    reads.clear()
    with pytest.raises(DamError, match="0 of 32"):
        await small.dispatch_command(RelocateRootCommand("mine", files / "wrong"))
    with pytest.raises(UsageError, match="another root"):
        await small.dispatch_command(RelocateRootCommand("mine", files / "rest"))
    foreseen = (await small.dispatch_command(RelocateRootCommand("mine", files / "new", dry_run=True))).one()
    done = (await small.dispatch_command(RelocateRootCommand("mine", files / "new"))).one()
    assert done == foreseen == {"name": "mine", "path": str(files / "new"), "samples": 32, "matching": 32, "files": 40}
    assert (await index(small, files / "new")).unchanged == 40
    assert reads == []
    assert (await at(small, files / "new/7"))["id"] == entity_id


async def test_a_root_is_renamed_and_forgotten(small: World, make_files: MakeFiles) -> None:
    files = make_files({"one/a": "a", "one/shared": "s", "two/shared": "s"})
    for name in ("one", "two"):
        await index(small, files / name)
    entity_id = await tagged(small, files / "one/a", "kept")
    await small.dispatch_command(RenameRootCommand("one", "first"))
    assert (await at(small, files / "one/a"))["locations"][0]["urn"] == "fs://first/a"
    for taken in ("two", "store", "", "a/b"):
        with pytest.raises(UsageError):
            await small.dispatch_command(RenameRootCommand("first", taken))
    with pytest.raises(UsageError, match="part of"):
        await small.dispatch_command(AddRootCommand(files / "two/deeper"))
    assert (await small.dispatch_command(ForgetRootCommand("first", dry_run=True))).one() == {"files": 2, "missing": 1}
    assert (await small.dispatch_command(ForgetRootCommand("first"))).one() == {"files": 2, "missing": 1}
    assert [row["name"] for row in (await small.dispatch_command(ListRootsCommand())).one()] == ["two"]
    kept = (await small.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    assert (kept["status"], kept["tags"], kept["locations"]) == ("missing", ["kept"], [])
    await index(small, files / "one")
    assert (await at(small, files / "one/a"))["id"] == entity_id, "its content is known still"
