"""What `dam relink accept` leaves behind: the history of places, members of archives, and the truth about what has gone since."""

from __future__ import annotations

from pathlib import Path

import pytest
from looking import at, index, tagged  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import ArchiveMember, GetAssetCommand, RegisterMembersCommand
from dam.core.world import World
from dam_fs.commands import AnswerReviewCommand, ListReviewsCommand
from dam_fs.systems.invariants import broken_invariants
from dam_test_utils.fixtures import MakeFiles


async def _lose_and_find(world: World, make_files: MakeFiles) -> tuple[Path, int, int]:
    """A file is lost, and another of its name is found elsewhere; gives the folder, the lost asset and the question about it."""
    root = make_files({"old/notes.txt": "first words", "b": "b"})
    await index(world, root)
    lost = await tagged(world, root / "old/notes.txt", "kept")
    (root / "old/notes.txt").unlink()
    make_files({"new/notes.txt": "quite other words"})
    await index(world, root)
    (question,) = (await world.dispatch_command(ListReviewsCommand())).one()
    return root, lost, question["id"]


@pytest.mark.usefixtures("database")
async def test_the_old_place_stays_in_the_history_of_what_is_relinked(small: World, make_files: MakeFiles) -> None:
    root, lost, question = await _lose_and_find(small, make_files)
    await small.dispatch_command(AnswerReviewCommand(question, accept=True))
    asset = await at(small, root / "new/notes.txt")
    assert (asset["id"], asset["tags"]) == (lost, ["kept"])
    assert [one["path"] for one in asset["former_locations"]] == [str(root / "old/notes.txt")]


async def test_what_is_relinked_to_a_file_that_has_gone_since_is_missing(small: World, make_files: MakeFiles) -> None:
    root, lost, question = await _lose_and_find(small, make_files)
    (root / "new/notes.txt").unlink()
    await index(small, root)
    await small.dispatch_command(AnswerReviewCommand(question, accept=True))
    assert ((await small.dispatch_command(GetAssetCommand(lost))).one() or {})["status"] == "missing"
    assert await small.database.read(broken_invariants) == []
    make_files({"new/notes.txt": "quite other words"})
    await index(small, root)
    assert (await at(small, root / "new/notes.txt"))["id"] == lost


async def test_members_of_relinked_archives_have_no_place_in_one_that_is_no_more(small: World, make_files: MakeFiles) -> None:
    root, lost, question = await _lose_and_find(small, make_files)
    found = (await at(small, root / "new/notes.txt"))["id"]
    members = [ArchiveMember(name, name[-1:] * 32, 3, "text/plain") for name in (b"one", b"two", b"new")]
    (gone, kept) = (await small.dispatch_command(RegisterMembersCommand(lost, tuple(members[:2])))).one()
    (_, new) = (await small.dispatch_command(RegisterMembersCommand(found, tuple(members[1:])))).one()
    await small.dispatch_command(AnswerReviewCommand(question, accept=True))
    assert [await _places(small, one) for one in (gone, kept, new)] == [
        {f"archive://{lost}/one": "missing"},
        {f"archive://{lost}/two": "missing"},
        {},
    ]
    assert await small.database.read(broken_invariants) == []
    await small.dispatch_command(RegisterMembersCommand(lost, tuple(members[1:])))
    assert [await _places(small, one) for one in (kept, new)] == [
        {f"archive://{lost}/two": "present"},
        {f"archive://{lost}/new": "present"},
    ]
    (root / "new/notes.txt").unlink()
    await index(small, root)
    assert set((await _places(small, new)).values()) == {"missing"}


async def _places(world: World, entity_id: int) -> dict[str, str]:
    asset = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    return {one["urn"]: one["status"] for one in asset["locations"]}
