"""The trash: what is in it is not shown and not lost; emptying it deletes what is ours, and never a file of the user's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dam.assets.commands import (
    ArchiveMember,
    CountAssetsCommand,
    EmptiedTrash,
    EmptyTrashCommand,
    ExportAssetsCommand,
    GetAssetCommand,
    LinkEntitiesCommand,
    ListAssetsCommand,
    RegisteredFile,
    RegisterMembersCommand,
    RestoreAssetsCommand,
    SetAssetFieldsCommand,
    StoreFilesCommand,
    TagAssetsCommand,
    TrashAssetsCommand,
    TrashOutcome,
)
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import ConflictError, DatabaseBusyError, EntityNotFoundError, StaleVersionError, UsageError
from dam.core.faults import FaultError
from dam.core.world import World
from dam.system_events.requests import ConfirmationRequest, ConfirmationResponse
from dam_fs.commands import FsckCommand, IndexPathCommand, ListMissingCommand
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_test_utils.fixtures import ArmFault, MakeFiles, MakeWorld

on_both_databases = pytest.mark.usefixtures("database")
PLACED = {"a.txt": "content of a", "b.txt": "content of b", "below/c.txt": "content of c"}


class Library:
    """A World, and the folder that it indexes."""

    def __init__(self, world: World, root: Path) -> None:
        self.world, self.root = world, root

    async def do(self, command: Any) -> Any:
        return (await self.world.dispatch_command(command)).one()

    async def listed(self, among: Any = "library", query: str = "") -> list[str]:
        return [row["filename"] for row in (await self.do(ListAssetsCommand(query, sort="id", among=among))).items]

    async def show(self, entity_id: int) -> dict[str, Any]:
        found: dict[str, Any] = await self.do(GetAssetCommand(entity_id))
        return found

    async def trash(self, *ids: int, **options: Any) -> TrashOutcome:
        outcome: TrashOutcome = await self.do(TrashAssetsCommand(ids, **options))
        return outcome

    async def restore(self, *ids: int, **options: Any) -> TrashOutcome:
        outcome: TrashOutcome = await self.do(RestoreAssetsCommand(ids, **options))
        return outcome

    async def empty(self, **options: Any) -> EmptiedTrash:
        done: EmptiedTrash = await self.do(EmptyTrashCommand(**{"confirmed": True, **options}))
        return done

    async def index(self) -> Any:
        return await self.do(IndexPathCommand(self.root))

    async def store(self, name: str, content: str) -> RegisteredFile:
        path = self.root.with_name(name)
        path.write_text(content)
        (told,) = await self.do(StoreFilesCommand((path,)))
        assert isinstance(told, RegisteredFile)
        return told

    async def assert_sound(self) -> None:
        assert (await self.do(FsckCommand(grace=0.0))).findings == []

    def objects(self) -> set[str]:
        return set(self.world.get_resource(FileStorageResource).identifiers())

    def files(self) -> dict[str, tuple[int, int, int, bytes]]:
        """How the files in place look: none of this may ever change by our doing."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            status = path.stat()
            found[str(path)] = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, path.read_bytes() if path.is_file() else b"")
        return found


@pytest_asyncio.fixture
async def library(make_world: MakeWorld, make_files: MakeFiles) -> AsyncIterator[Library]:
    """A World with three assets in place: 1, 2 and 3."""
    async with make_world(AssetsPlugin, FsPlugin) as world:
        made = Library(world, make_files(PLACED))
        await made.index()
        yield made


@on_both_databases
async def test_what_is_in_the_trash_is_shown_nowhere_else_and_keeps_all(library: Library) -> None:
    await library.do(TagAssetsCommand((1, 2), ("red",)))
    await library.do(SetAssetFieldsCommand(1, {"title": "The first", "rating": 4}))
    await library.do(LinkEntitiesCommand(1, 2, "related_to"))
    before = await library.show(1)
    assert await library.trash(1) == TrashOutcome(changed=1)
    assert await library.listed() == ["b.txt", "c.txt"]
    assert await library.listed(query="tag:red") == ["b.txt"]
    assert [asset["id"] for asset in await library.do(ExportAssetsCommand())] == [2, 3]
    counts = await library.do(CountAssetsCommand())
    assert (counts.total, sum(counts.by_status.values()), sum(counts.by_type.values()), counts.bytes) == (2, 2, 2, 24)
    assert counts.trashed == 1
    assert await library.listed("trash") == ["a.txt"]
    trashed = await library.show(1)
    assert trashed["trashed_at"] is not None
    assert await library.restore(1) == TrashOutcome(changed=1)
    after = await library.show(1)
    changing = ("version", "updated_at")
    assert {k: v for k, v in after.items() if k not in changing} == {k: v for k, v in before.items() if k not in changing}
    assert after["version"] == before["version"] + 2
    await library.assert_sound()


@on_both_databases
async def test_a_pass_neither_brings_it_back_nor_makes_another(library: Library) -> None:
    await library.trash(1, 2)
    (library.root / "a.txt").rename(library.root / "moved.txt")
    (library.root / "b.txt").write_text("another content of b")
    (library.root / "copy of b.txt").write_text("another content of b")
    await library.index()
    assert await library.listed() == ["c.txt"]
    assert await library.listed("trash") == ["moved.txt", "b.txt"]
    (library.root / "b.txt").rename(library.root / "b.txt~")  # as an editor saves that keeps a backup
    (library.root / "b.txt").write_text("saved anew")
    await library.index()
    assert await library.listed() == ["c.txt"]
    (library.root / "moved.txt").unlink()
    await library.index()
    assert await library.do(ListMissingCommand()) == []
    assert len((await library.do(ListAssetsCommand(among="trash"))).items) == 3
    await library.assert_sound()


async def test_many_by_a_query_and_what_makes_no_sense(library: Library) -> None:
    assert await library.trash(query="name:.txt", dry_run=True) == TrashOutcome(changed=3)
    assert await library.listed() == ["a.txt", "b.txt", "c.txt"]
    assert await library.trash(1, query="name:b.txt") == TrashOutcome(changed=2)
    assert await library.trash(1, 2, 3) == TrashOutcome(changed=1, unchanged=2)
    assert await library.restore(query="name:c.txt") == TrashOutcome(changed=1)
    assert await library.restore(3, 1, dry_run=True) == TrashOutcome(changed=1, unchanged=1)
    assert await library.listed() == ["c.txt"]
    with pytest.raises(EntityNotFoundError, match="4711"):
        await library.trash(3, 4711)
    with pytest.raises(UsageError, match="by a query"):
        await library.trash()
    with pytest.raises(StaleVersionError, match="at version"):
        await library.trash(3, expected_version=1)
    assert await library.listed() == ["c.txt"]


@on_both_databases
async def test_emptying_forgets_files_in_place_and_touches_none(library: Library) -> None:
    files = library.files()
    await library.do(TagAssetsCommand((1,), ("red",)))
    await library.do(LinkEntitiesCommand(1, 2, "related_to"))
    await library.trash(1)
    assert await library.empty() == EmptiedTrash(assets=1, forgotten=1)
    assert library.files() == files
    assert (await library.index()).unchanged == 3
    assert await library.listed() == ["b.txt", "c.txt"]
    assert await library.listed("trash") == []
    assert await library.listed("forgotten") == ["a.txt"]
    forgotten = await library.show(1)
    assert (forgotten["tags"], forgotten["links"], (await library.show(2))["links"]) == ([], [], [])
    (library.root / "a.txt").rename(library.root / "elsewhere.txt")
    await library.index()
    assert await library.listed() == ["b.txt", "c.txt"]
    await library.assert_sound()
    assert await library.restore(1) == TrashOutcome(changed=1)
    assert (await library.show(1))["status"] in ("processing", "ready")
    assert await library.listed() == ["elsewhere.txt", "b.txt", "c.txt"]


async def test_nothing_is_left_of_a_file_that_is_gone(library: Library) -> None:
    await library.trash(1, 2)
    await library.empty(entity_ids=(2,))
    for name in ("a.txt", "b.txt"):
        (library.root / name).unlink()
    await library.index()
    assert await library.empty() == EmptiedTrash(assets=1)
    assert await library.do(GetAssetCommand(1)) is None
    assert await library.do(GetAssetCommand(2)) is None, "it was forgotten, and its file is gone now"
    await library.assert_sound()


@on_both_databases
async def test_an_object_goes_when_nothing_else_needs_it(library: Library) -> None:
    alone = await library.store("d.txt", "content of d")
    shared = await library.store("a copy.txt", PLACED["a.txt"])
    assert shared.entity_id == 1
    await library.trash(1, alone.entity_id or 0)
    assert await library.empty(dry_run=True) == EmptiedTrash(assets=2, forgotten=1, objects=2, bytes=24)
    assert len(library.objects()) == 2
    assert await library.empty() == EmptiedTrash(assets=2, forgotten=1, objects=2, bytes=24)
    assert library.objects() == set()
    assert (library.root / "a.txt").read_text() == PLACED["a.txt"]
    assert await library.listed("forgotten") == ["a.txt"]
    await library.assert_sound()


async def test_storing_it_again_takes_it_out_of_the_trash(library: Library) -> None:
    told = await library.store("d.txt", "content of d")
    await library.trash(told.entity_id or 0)
    again = await library.store("d again.txt", "content of d")
    assert (again.status, again.entity_id) == ("restored", told.entity_id)
    assert (await library.show(told.entity_id or 0))["trashed_at"] is None
    await library.trash(told.entity_id or 0)
    await library.empty()
    assert library.objects() == set()
    anew = await library.store("d.txt", "content of d")
    assert (anew.status, len(library.objects())) == ("new", 1)
    assert anew.entity_id != told.entity_id


async def test_only_what_has_been_there_for_long(library: Library) -> None:
    await library.trash(1, 2)
    assert await library.empty(older_than=1) == EmptiedTrash()
    for impossible in (-1, 1e20, float("nan"), float("inf")):
        with pytest.raises(UsageError):
            await library.empty(older_than=impossible)
    assert await library.empty(older_than=0, entity_ids=(1,)) == EmptiedTrash(assets=1, forgotten=1)
    assert await library.listed("trash") == ["b.txt"]


async def test_it_asks_before_and_a_no_changes_nothing(library: Library) -> None:
    await library.store("d.txt", "content of d")
    await library.trash(1, 4)
    questions = []
    async with library.world.dispatch_command(EmptyTrashCommand()) as executor:
        async for event in executor:
            assert isinstance(event, ConfirmationRequest)
            questions.append(event.message)
            event.respond(ConfirmationResponse(confirmed=False))
        assert (await executor).one() == EmptiedTrash()
    assert len(questions) == 1
    assert questions[0] == (
        "2 assets leave the trash for good, with all that was said of them. 1 file of the store is deleted (12 bytes). "
        "1 of them stays on its disk as it is, and is not shown again. This cannot be undone. Go on?"
    )
    assert len(await library.listed("trash")) == 2
    with pytest.raises(ConflictError, match="2 assets"):
        await library.empty(expected=3)
    assert (await library.empty(expected=2)).assets == 2
    assert await library.empty() == EmptiedTrash(), "nothing is asked about nothing"


async def test_a_crash_between_rows_and_objects_leaves_an_orphan_that_is_known(library: Library, faults: ArmFault) -> None:
    await library.store("d.txt", "content of d")
    await library.trash(4)
    armed = faults("trash.before_objects", "raise")
    with pytest.raises(FaultError):
        await library.empty()
    armed.clear()
    assert await library.do(GetAssetCommand(4)) is None
    assert [finding.kind for finding in (await library.do(FsckCommand(grace=0.0))).findings] == ["orphan"]
    assert (await library.store("d.txt", "content of d")).status == "new", "it is taken up again"
    await library.assert_sound()


async def test_nothing_is_deleted_during_a_backup(library: Library) -> None:
    await library.store("d.txt", "content of d")
    await library.trash(4)
    with library.world.get_resource(FileStorageResource).keeping_all(), pytest.raises(DatabaseBusyError):
        await library.empty()
    assert await library.listed("trash") == ["d.txt"]
    assert (await library.empty()).objects == 1


@on_both_databases
async def test_an_archive_stays_for_what_lies_in_it(library: Library) -> None:
    archive = (await library.store("all.zip", "stands for an archive")).entity_id or 0
    members = [ArchiveMember(b"one.txt", b"1" * 32, 3, "text/plain"), ArchiveMember(b"a.txt", b"2" * 32, 12, "text/plain")]
    inside = await library.do(RegisterMembersCommand(archive, tuple(members)))
    assert await library.trash(archive, dry_run=True) == TrashOutcome(changed=1, members=2)
    await library.trash(archive)
    assert set(inside) <= {asset["id"] for asset in await library.do(ExportAssetsCommand())}
    done = await library.empty()
    assert (done.assets, [one["id"] for one in done.kept]) == (0, [archive])
    assert await library.trash(archive, members=True) == TrashOutcome(changed=2, unchanged=1)
    assert (await library.empty()).assets == 3
    assert library.objects() == set()
    for entity_id in (archive, *inside):
        assert await library.do(GetAssetCommand(entity_id)) is None
    await library.assert_sound()


@on_both_databases
async def test_what_somebody_wants_again_while_the_question_is_open_stays(library: Library) -> None:
    """Taken out of the trash, or its file is back: it was not that what was asked about."""
    await library.index()
    wanted, going = [(await library.store(name, f"content of {name}")).entity_id or 0 for name in ("d.txt", "e.txt")]
    (library.root / "a.txt").unlink()
    await library.index()
    await library.trash(1, wanted, going)
    async with library.world.dispatch_command(EmptyTrashCommand()) as emptying:
        assert "3 assets" in (await anext(emptying)).message
        await library.restore(wanted)
        (library.root / "a.txt").write_text(PLACED["a.txt"])
        await library.index()
        with pytest.raises(StopAsyncIteration):
            await emptying.asend(ConfirmationResponse(confirmed=True))
        done = (await emptying).one()
    assert (done.assets, done.objects, [one["id"] for one in done.kept]) == (1, 1, [1, wanted])
    assert [await library.listed(among) for among in ("library", "trash")] == [["b.txt", "c.txt", "d.txt"], ["a.txt"]]
    assert len(library.objects()) == 1
    assert (await library.empty()).forgotten == 1
    await library.assert_sound()
