"""What people do can be undone and done again, and never overwrites unasked what somebody did since."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from dam.assets.commands import (
    EmptyTrashCommand,
    ExportAssetsCommand,
    GetAssetCommand,
    LinkEntitiesCommand,
    ListActionsCommand,
    RestoreAssetsCommand,
    SetAssetFieldsCommand,
    SetMetadataCommand,
    TagAssetsCommand,
    TrashAssetsCommand,
    UndoCommand,
    UndoOutcome,
    UnlinkEntitiesCommand,
)
from dam.assets.models import JournalAction, JournalChange
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ConflictError, EntityNotFoundError, UsageError
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, ListRootsCommand, RenameRootCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

on_both_databases = pytest.mark.usefixtures("database")


class Library:
    """A World with three assets: 1, 2 and 3."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def do(self, command: Any) -> Any:
        return (await self.world.dispatch_command(command)).one()

    async def undo(self, *arguments: Any, **options: Any) -> UndoOutcome:
        outcome: UndoOutcome = await self.do(UndoCommand(*arguments, **options))
        return outcome

    async def tags(self, entity_id: int) -> list[str]:
        found: list[str] = (await self.do(GetAssetCommand(entity_id)))["tags"]
        return found

    async def state(self) -> list[dict[str, Any]]:
        """All that an export says, but for what only ever grows: versions, moments, and the numbers of rows."""
        found = []
        for asset in await self.do(ExportAssetsCommand()):
            asset["links"].sort(key=str)
            plain = {name: value for name, value in asset.items() if name not in ("version", "updated_at")}
            components = {kind: [{**row, "id": 0} for row in rows] for kind, rows in asset["components"].items()}
            found.append(plain | {"components": components})
        return found


@pytest_asyncio.fixture
async def library(make_world: MakeWorld, make_files: MakeFiles) -> AsyncIterator[Library]:
    async with make_world(AssetsPlugin, FsPlugin, dam_assets={"undo_actions": 40}) as world:
        await world.dispatch_command(IndexPathCommand(make_files({"a": "content of a", "b": "content of b", "c": "content of c"}), "root"))
        yield Library(world)


def some_action(chance: random.Random) -> Any:
    """Anything that a person may do."""
    one, other = chance.sample((1, 2, 3), 2)
    tags = tuple(chance.sample(("red", "green", "blue/dark"), chance.randint(1, 2)))
    fields: dict[str, tuple[Any, ...]] = {
        "title": ("A", "B", None), "description": ("long", None), "rating": (-1, 0, 5, None), "visibility": ("private", "public"),
    }  # fmt: skip
    chosen = chance.sample(sorted(fields), 2)
    return chance.choice(
        (
            TagAssetsCommand((one, other), add=tags),
            TagAssetsCommand((1, 2, 3), remove=tags),
            TagAssetsCommand((one,), add=tags[:1], remove=tags[1:]),
            SetAssetFieldsCommand(one, {name: chance.choice(fields[name]) for name in chosen}),
            LinkEntitiesCommand(one, other, "related_to", chance.choice((0.5, 1.0)), {"why": chance.choice("xyz")}),
            UnlinkEntitiesCommand(one, other, "related_to"),
            SetMetadataCommand(one, "notes", chance.choice(({}, {"a": 1}, {"a": [1, None]}))),
            TrashAssetsCommand((one,)),
            RestoreAssetsCommand((one, other)),
        )
    )


@on_both_databases
async def test_undone_one_after_the_other_all_is_as_it_was(library: Library) -> None:
    for seed in range(2):
        chance = random.Random(seed)
        states = []
        for _ in range(12):
            before, last = await library.state(), await library.do(ListActionsCommand(1))
            await library.do(some_action(chance))
            if await library.do(ListActionsCommand(1)) != last:  # what changes nothing is no action
                states.append(before)
        end = await library.state()
        for before in reversed(states):
            await library.undo()
            assert await library.state() == before, seed
        for _ in states:
            await library.undo(redo=True)
        assert await library.state() == end, seed


@on_both_databases
async def test_what_was_changed_since_is_not_overwritten_unasked(library: Library) -> None:
    await library.do(TagAssetsCommand((1, 2, 3), ("red",)))
    await library.do(TagAssetsCommand((2,), (), ("red",)))
    with pytest.raises(ConflictError, match=r"1 of 3 things were changed since \(asset 2: its tag red is another now"):
        await library.undo(1)
    assert [await library.tags(one) for one in (1, 2, 3)] == [["red"], [], ["red"]]
    tried = await library.undo(1, on_conflict="skip", dry_run=True)
    assert (tried.changed, len(tried.skipped)) == (2, 1)
    assert (await library.undo(1, on_conflict="skip")).skipped == ["asset 2: its tag red is another now"]
    assert [await library.tags(one) for one in (1, 2, 3)] == [[], [], []]
    await library.do(SetAssetFieldsCommand(1, {"title": "First"}))
    await library.do(SetAssetFieldsCommand(1, {"title": "Second"}))
    with pytest.raises(ConflictError):
        await library.undo(3)
    await library.undo(3, on_conflict="overwrite")
    assert (await library.do(GetAssetCommand(1)))["title"] is None


async def test_actions_are_listed_with_who_and_when(library: Library) -> None:
    with pytest.raises(EntityNotFoundError):
        await library.undo()
    await library.do(TagAssetsCommand((1, 2), ("red",), ("blue",)))
    await library.do(TagAssetsCommand((1, 2), ("red",)))
    trashed = await library.do(TrashAssetsCommand((1,)))
    last, first = await library.do(ListActionsCommand())
    assert (first["verb"], first["details"], first["count"], first["undoable"]) == ("tag", "+red -blue", 2, True)
    assert (last["id"], last["verb"], last["details"], last["undone_at"]) == (trashed.action, "trash", "a", None)
    assert first["who"]
    assert first["at"] <= last["at"]
    assert [row["id"] for row in await library.do(ListActionsCommand(before_id=last["id"]))] == [first["id"]]
    outcome = await library.undo(first["id"])
    assert (outcome.action["id"], outcome.changed, outcome.skipped) == (first["id"], 2, [])
    assert (await library.do(ListActionsCommand()))[1]["undone_by"] == first["who"]
    with pytest.raises(UsageError, match="was undone already"):
        await library.undo(first["id"])
    with pytest.raises(UsageError, match="was not undone"):
        await library.undo(last["id"], redo=True)
    with pytest.raises(EntityNotFoundError, match="4711"):
        await library.undo(4711)


async def test_what_is_gone_for_good_is_told(library: Library) -> None:
    await library.do(TagAssetsCommand((1, 2), ("red",)))
    await library.do(LinkEntitiesCommand(2, 1, "related_to"))
    await library.do(TrashAssetsCommand((1,)))
    await library.do(EmptyTrashCommand(confirmed=True))
    with pytest.raises(ConflictError, match=r"\(empty trash\) cannot be undone\. An earlier one can"):
        await library.undo()
    with pytest.raises(ConflictError, match="its place in the trash is another now"):
        await library.undo(3)
    assert (await library.undo(1, on_conflict="skip")).skipped == ["asset 1: its tag red is another now"]
    async with library.world.transaction() as transaction:
        await transaction.delete_entity(1)
    with pytest.raises(ConflictError):
        await library.undo(2)
    with pytest.raises(ConflictError, match="is gone"):
        await library.undo(1, redo=True)
    assert (await library.undo(1, redo=True, on_conflict="skip")).changed == 1
    assert await library.tags(2) == ["red"]


async def test_a_root_gets_its_name_back_unless_another_has_it(library: Library, make_files: MakeFiles) -> None:
    await library.do(RenameRootCommand("root", "pictures"))
    await library.undo()
    assert [row["name"] for row in await library.do(ListRootsCommand())] == ["root"]
    await library.undo(redo=True)
    other = make_files({"../other/d": "content of d"}).parent / "other"
    await library.do(IndexPathCommand(other, "root"))
    with pytest.raises(ConflictError):
        await library.undo()
    assert [row["name"] for row in await library.do(ListRootsCommand())] == ["pictures", "root"]


async def test_one_action_on_very_many_is_kept_in_few_rows(library: Library) -> None:
    async with library.world.transaction() as transaction:
        ids = tuple(await transaction.create_entities(4_000))
    assert (await library.do(TagAssetsCommand(ids, ("many",)))).changed == 4_000
    async with library.world.transaction("read") as transaction:
        assert (await transaction.execute(select(func.count()).select_from(JournalChange))).scalar_one() == 8
    assert (await library.undo()).changed == 4_000
    assert (await library.undo(redo=True)).changed == 4_000


async def test_old_actions_are_forgotten(library: Library) -> None:
    for number in range(45):
        await library.do(SetAssetFieldsCommand(1, {"title": f"title {number}"}))
    async with library.world.transaction("read") as transaction:
        kept = (await transaction.execute(select(JournalAction.id).order_by(JournalAction.id))).scalars().all()
        changes = (await transaction.execute(select(func.count()).select_from(JournalChange))).scalar_one()
    assert (list(kept), changes) == (list(range(6, 46)), 40)
