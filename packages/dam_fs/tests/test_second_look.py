"""What changes while a pass goes on, and what another pass has seen meanwhile: nothing is written that is not true any more."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from looking import at, index, tagged  # type: ignore[import-not-found]  # beside this file

from dam.assets.resources import DriverRegistry
from dam.core.exceptions import RootError
from dam.core.world import World
from dam.system_events.progress import Progress
from dam_fs.commands import ForgetRootCommand, IndexPathCommand, RelocateRootCommand
from dam_fs.systems.guard import Guard
from dam_fs.systems.index import carry_out, look_through, root_of
from dam_fs.systems.passes import Pass
from dam_test_utils.fixtures import MakeFiles


async def _look(world: World, folder: Path) -> tuple[Pass, AsyncIterator[Progress]]:
    """A pass that has looked through a folder, and the rest of it, which waits."""
    root, below = await root_of(world, IndexPathCommand(folder))
    guard = Guard(world, root)
    this = await look_through(world, guard, (below,))
    return this, carry_out(world, world.get_resource(DriverRegistry), this, guard)


async def _end(rest: AsyncIterator[Progress]) -> None:
    """Let a pass go on to its end."""
    async for _ in rest:
        pass


async def test_a_file_that_was_away_for_a_moment_is_not_missing(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "a", "b": "b", "c": "c"})
    await index(small, root)
    entity_id = await tagged(small, root / "a", "kept")
    (root / "a").rename(root / "away")
    (root / "b").unlink()
    this, rest = await _look(small, root)
    (root / "away").rename(root / "a")
    (root / "b").mkdir()
    assert (await index(small, root)).missing == 1
    await _end(rest)
    assert this.summary.failed == []
    asset = await at(small, root / "a")
    assert (asset["id"], [(one["path"], one["status"]) for one in asset["locations"]]) == (entity_id, [(str(root / "a"), "present")])
    assert (await at(small, root / "b"))["status"] == "missing", "a folder of its name is not the file"


async def test_what_was_read_before_an_edit_is_not_written_after_it(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "one", "b": "b", "c": "c"})
    await index(small, root)
    (root / "a").write_text("two")
    (root / "c").write_text("new words")
    this, rest = await _look(small, root)
    async for _ in rest:  # both files were read, and nothing is written of them yet
        (root / "a").write_text("three")
        (root / "c").unlink()
        assert (await index(small, root)).changed == 1
    assert (await at(small, root / "a"))["size"] == len("three")
    assert ((await at(small, root / "c"))["status"], [one["path"] for one in this.summary.failed]) == ("missing", [str(root / "a")])
    assert (await index(small, root)).unchanged == 2


async def test_a_further_name_of_a_file_that_was_replaced_is_read_for_itself(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "one", "z": "z"})
    (root / "b").hardlink_to(root / "a")
    await index(small, root)
    entity_id = await tagged(small, root / "a", "kept")
    (root / "a").write_text("an edit of both")
    this, rest = await _look(small, root)
    replaced, other = (root / os.fsdecode(one.path) for one in this.to_read)
    make_files({"new": "another file"})
    (root / "new").replace(replaced)
    await _end(rest)
    assert [(await at(small, path))["size"] for path in (replaced, other)] == [len("another file"), len("an edit of both")]
    assert (await at(small, other))["tags"] == ["kept"]
    assert entity_id in {(await at(small, path))["id"] for path in (replaced, other)}


@pytest.mark.usefixtures("database")
async def test_a_pass_over_a_root_that_is_forgotten_or_relocated_meanwhile_writes_nothing(small: World, make_files: MakeFiles) -> None:
    """Another root may have its number by now, so that what was seen in the one would be told of the files of the other."""
    files = make_files({"one/a": "a", "one/b": "b", "two/a": "quite another"})
    await index(small, files / "one")
    shutil.copytree(files / "one", files / "copy")
    (files / "one/b").write_text("edited")
    _, rest = await _look(small, files / "one")
    await small.dispatch_command(RelocateRootCommand("one", files / "copy"))
    with pytest.raises(RootError, match="relocated"):
        await _end(rest)
    assert (await index(small, files / "copy")).unchanged == 2
    (files / "copy/a").write_text("edited, too")
    _, rest = await _look(small, files / "copy")
    await small.dispatch_command(ForgetRootCommand("one"))
    await index(small, files / "two")
    with pytest.raises(RootError, match="forgotten"):
        await _end(rest)
    assert (await at(small, files / "two/a"))["size"] == len("quite another")


async def test_a_file_that_left_a_folder_that_is_ignored_now_has_moved(small: World, make_files: MakeFiles) -> None:
    root = make_files({"d/x": "x", "d/y": "y", "e/z": "z"})
    await index(small, root)
    entity_id = await tagged(small, root / "d/x", "kept")
    (root / ".damignore").write_text("d/\n")
    (root / "d/x").rename(root / "e/x")
    summary = await index(small, root)
    assert (summary.moved, summary.copied, summary.missing) == (1, 0, 1)
    asset = await at(small, root / "e/x")
    assert (asset["id"], [one["path"] for one in asset["locations"]]) == (entity_id, [str(root / "e/x")])
