"""Taking files, and bytes in memory, into the store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dam.assets.commands import ExportAssetsCommand, FindAssetCommand, GetAssetCommand, RegisteredFile, StoreFilesCommand, TagAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import DamError, EntityNotFoundError, UsageError
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, StoreContentCommand
from dam_fs.events import FileStored
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_test_utils.fixtures import MakeFiles, MakeWorld


@pytest_asyncio.fixture
async def small(make_world: MakeWorld) -> AsyncIterator[World]:
    """A World that knows files, but looks into none."""
    async with make_world(AssetsPlugin, FsPlugin) as world:
        yield world


@pytest.fixture
def announced(small: World) -> list[FileStored]:
    """The files that were announced."""
    heard: list[FileStored] = []

    async def listen(event: FileStored) -> None:
        heard.append(event)

    small.register_system(listen, event_type=FileStored)
    return heard


async def store(world: World, *paths: Path, tags: tuple[str, ...] = ()) -> list[RegisteredFile]:
    answers: list[RegisteredFile] = (await world.dispatch_command(StoreFilesCommand(paths, tags))).one()
    return answers


async def asset(world: World, entity_id: int | None) -> dict[str, Any]:
    found: dict[str, Any] | None = (await world.dispatch_command(GetAssetCommand(entity_id or 0))).one()
    assert found is not None
    return found


@pytest.mark.usefixtures("database")
async def test_a_file_is_copied_and_the_original_stays(small: World, make_files: MakeFiles, announced: list[FileStored]) -> None:
    path = make_files({"a.txt": "content"}) / "a.txt"
    before = path.stat()
    (answer,) = await store(small, path, tags=("one", "two"))
    await small.settled()
    digest = sha256(b"content").hexdigest()
    assert (answer.path, answer.status, answer.sha256, answer.error) == (path, "new", digest, None)
    found = await asset(small, answer.entity_id)
    assert (found["filename"], found["tags"], found["sha256"]) == ("a.txt", ["one", "two"], digest)
    assert [one["urn"] for one in found["locations"]] == [f"cas://sha256/{digest}"]
    copy = small.get_resource(FileStorageResource).get_file_path(digest)
    assert copy is not None
    assert copy.read_bytes() == b"content"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert [(event.entity.id, event.file_id, event.file_path) for event in announced] == [(answer.entity_id, answer.file_id, copy)]


async def test_each_file_is_told_and_a_failure_stops_nobody(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1", "b": "2", "same as a": "1"})
    paths = (root / "a", root / "nowhere", root, root / "b", root / "same as a")
    async with small.dispatch_command(StoreFilesCommand(paths)) as executor:
        told = [event async for event in executor]
        answers = (await executor).one()
    assert sorted(one.path for one in told) == sorted(paths)
    assert [one.path for one in answers] == list(paths)
    assert [one.status for one in answers] == ["new", "failed", "failed", "new", "known"]
    assert answers[0].entity_id == answers[4].entity_id
    assert all(one.error and "\n" not in one.error for one in answers[1:3])


@pytest.mark.usefixtures("database")
async def test_twice_is_once(small: World, make_files: MakeFiles) -> None:
    path = make_files({"a": "1"}) / "a"
    first, second = [(await store(small, path))[0] for _ in range(2)]
    assert (first.status, second.status) == ("new", "known")
    assert (first.entity_id, first.file_id) == (second.entity_id, second.file_id)
    assert len((await small.dispatch_command(ExportAssetsCommand())).one()) == 1


async def test_a_name_stays_when_the_content_comes_again_under_another(small: World, make_files: MakeFiles) -> None:
    root = make_files({"first.txt": "1", "second.txt": "1"})
    (first,) = await store(small, root / "first.txt")
    await store(small, root / "second.txt")
    assert (await asset(small, first.entity_id))["filename"] == "first.txt"


async def test_a_content_that_is_indexed_gets_a_further_place(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "content"})
    await small.dispatch_command(IndexPathCommand(root))
    indexed = (await small.dispatch_command(FindAssetCommand(str(root / "a.txt")))).one()
    (answer,) = await store(small, root / "a.txt")
    assert (answer.status, answer.entity_id) == ("copied", indexed)
    assert [one["storage_type"] for one in (await asset(small, indexed))["locations"]] == ["in_place", "local_content_addressable"]


async def test_an_indexed_file_that_is_stored_is_not_lost_with_its_original(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "content", "b.txt": "other"})
    await small.dispatch_command(IndexPathCommand(root))
    (answer,) = await store(small, root / "a.txt")
    (root / "a.txt").unlink()
    assert (await small.dispatch_command(IndexPathCommand(root))).one().missing == 1
    found = await asset(small, answer.entity_id)
    assert (found["status"], [one["status"] for one in found["locations"]]) == ("ready", ["missing", "present"])


async def test_many_at_once(small: World, make_files: MakeFiles) -> None:
    root = make_files({f"{number}": f"content {number % 150}" for number in range(250)})
    paths = sorted(root.iterdir())
    first, second = await asyncio.gather(store(small, *paths), store(small, *reversed(paths)))
    assert not [one for one in (*first, *second) if one.error]
    assert {one.path: one.entity_id for one in first} == {one.path: one.entity_id for one in second}
    assert len((await small.dispatch_command(ExportAssetsCommand(limit=1000))).one()) == 150


async def test_odd_names(small: World, make_files: MakeFiles) -> None:
    path = Path(os.fsdecode(os.fsencode(make_files({})) + b"/caf\xe9\n.txt"))
    path.write_text("1")
    (answer,) = await store(small, path)
    assert answer.error is None
    (await asset(small, answer.entity_id))["filename"].encode()


async def test_a_store_that_cannot_be_written(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("")
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"store": str(tmp_path / "no folder")}) as world:
        (answer,) = await store(world, make_files({"a": "1"}) / "a")
        assert answer.status == "failed"
        assert answer.error
        assert (await world.dispatch_command(ExportAssetsCommand())).one() == []


# -- bytes in memory ------------------------------------------------------------------------------------------------------


async def new_entity(world: World) -> int:
    async with world.transaction() as transaction:
        return (await transaction.create_entity()).id


async def exists(world: World, entity_id: int) -> bool:
    async with world.transaction() as transaction:
        return await transaction.get_entity(entity_id) is not None


async def take(world: World, content: bytes, entity_id: int | None = None) -> RegisteredFile:
    answer: RegisteredFile = (await world.dispatch_command(StoreContentCommand(content, "name.txt", entity_id))).one()
    await world.settled()
    return answer


async def test_bytes_become_the_content_of_their_entity(small: World, announced: list[FileStored]) -> None:
    entity_id = await new_entity(small)
    answer = await take(small, b"content", entity_id)
    assert (answer.entity_id, answer.status) == (entity_id, "new")
    assert (await asset(small, entity_id))["filename"] == "name.txt"
    assert [(one.entity.id, one.file_id) for one in announced] == [(entity_id, answer.file_id)]


async def test_bytes_without_an_entity_get_one(small: World) -> None:
    answer = await take(small, b"content")
    assert answer.entity_id
    assert (await take(small, b"content")).entity_id == answer.entity_id


@pytest.mark.usefixtures("database")
async def test_the_known_entity_wins_and_the_empty_one_goes(small: World, announced: list[FileStored]) -> None:
    known = await take(small, b"content")
    announced.clear()
    entity_id = await new_entity(small)
    answer = await take(small, b"content", entity_id)
    assert (answer.entity_id, answer.file_id) == (known.entity_id, known.file_id)
    assert not await exists(small, entity_id)
    assert [(one.entity.id, one.file_id) for one in announced] == [(known.entity_id, known.file_id)]
    assert announced[0].file_path.read_bytes() == b"content"


async def test_an_entity_of_which_more_is_known_stays(small: World) -> None:
    known = await take(small, b"content")
    entity_id = await new_entity(small)
    await small.dispatch_command(TagAssetsCommand((entity_id,), ("precious",)))
    assert (await take(small, b"content", entity_id)).entity_id == known.entity_id
    assert await exists(small, entity_id)


async def test_the_same_request_twice(small: World, announced: list[FileStored]) -> None:
    entity_id = await new_entity(small)
    answers = [await take(small, b"content", entity_id) for _ in range(2)]
    assert [one.entity_id for one in answers] == [entity_id, entity_id]
    assert await exists(small, entity_id)
    assert len(announced) == 2


async def test_wrong_entities_are_refused(small: World) -> None:
    with pytest.raises(EntityNotFoundError):
        await take(small, b"content", 4711)
    entity_id = await new_entity(small)
    await take(small, b"one content", entity_id)
    with pytest.raises(UsageError, match="another content"):
        await take(small, b"another content", entity_id)
    assert (await asset(small, entity_id))["size"] == len(b"one content")
    assert isinstance(EntityNotFoundError(), DamError)
