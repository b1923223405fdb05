"""What people do to assets: tags, titles, ratings, links; and the bytes and thumbnails that they ask for."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from dam.assets.commands import (
    GetAssetCommand,
    GetThumbnailCommand,
    LinkEntitiesCommand,
    ListTagsCommand,
    LocateContentCommand,
    OpenContentCommand,
    SetAssetFieldsCommand,
    TagAssetsCommand,
    TaggedAssets,
    TrashAssetsCommand,
    UnlinkEntitiesCommand,
)
from dam.assets.events import AssetChanged
from dam.assets.models import TagComponent
from dam.assets.plugin import AssetsPlugin
from dam.commands.analysis_commands import AnalysisCommand
from dam.core.exceptions import DamError, EntityNotFoundError, StaleVersionError, UsageError
from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


@pytest_asyncio.fixture
async def library(make_world: MakeWorld, make_files: MakeFiles) -> AsyncIterator[World]:
    """A World with three assets: 1, 2 and 3."""
    async with make_world(AssetsPlugin, FsPlugin) as world:
        await world.dispatch_command(IndexPathCommand(make_files({"a": "content of a", "b": "content of b", "c": "content of c"})))
        yield world


async def asset(world: World, entity_id: int) -> dict[str, Any]:
    found: dict[str, Any] | None = (await world.dispatch_command(GetAssetCommand(entity_id))).one()
    assert found is not None
    return found


async def tag(world: World, *ids: int, add: tuple[str, ...] = (), remove: tuple[str, ...] = (), query: str | None = None) -> int:
    changed: int = (await world.dispatch_command(TagAssetsCommand(ids, add, remove, query))).one().changed
    return changed


@pytest.mark.usefixtures("database")
async def test_giving_and_taking_tags(library: World) -> None:
    assert await tag(library, 1, 2, add=("red", "animal/cat")) == 2
    assert (await asset(library, 1))["tags"] == ["animal/cat", "red"]
    assert await tag(library, 1, 2, 3, add=("red",)) == 1
    assert await tag(library, 1, 2, 3, remove=("animal/cat", "unknown")) == 2
    assert [(await asset(library, number))["tags"] for number in (1, 2, 3)] == [["red"]] * 3
    assert await tag(library, 1, add=("red",), remove=("red",)) in (0, 1)


async def test_twice_is_once_and_changes_no_version(library: World) -> None:
    await tag(library, 1, add=("red",))
    before = await asset(library, 1)
    assert await tag(library, 1, 1, 1, add=("red", "red", " red ")) == 0
    assert await asset(library, 1) == before
    assert before["version"] == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" red ", "red"),
        ("animal / cat ", "animal/cat"),
        ("/a//b/", "a/b"),
        ("zwei Wörter", "zwei Wörter"),
        ("🐈", "🐈"),
        ("x" * 300, "x" * 255),
    ],
)
async def test_tags_are_kept_in_one_form(library: World, given: str, kept: str) -> None:
    await tag(library, 1, add=(given,))
    assert (await asset(library, 1))["tags"] == [kept]
    assert await tag(library, 1, remove=(given,)) == 1
    assert (await asset(library, 1))["tags"] == []


@pytest.mark.usefixtures("database")
async def test_tagging_what_a_query_finds_and_listing_tags(library: World) -> None:
    async def tags(text: str = "") -> list[tuple[str, int]]:
        return [(one.name, one.assets) for one in (await library.dispatch_command(ListTagsCommand(text))).one()]

    dry = (await library.dispatch_command(TagAssetsCommand((), ("Red",), query="name:a", dry_run=True))).one()
    assert (dry, await tags()) == (TaggedAssets(1), [])
    done = (await library.dispatch_command(TagAssetsCommand((2,), ("Red",), query="name:a"))).one()
    assert (done.changed, done.action) == (2, 1)
    await tag(library, 3, add=("blue", "light/red"))
    assert await tags() == [("Red", 2), ("blue", 1), ("light/red", 1)]
    assert await tags("RED") == [("Red", 2), ("light/red", 1)]
    assert await tags("e") == [("Red", 2), ("blue", 1), ("light/red", 1)]
    assert await tags("L") == [("light/red", 1), ("blue", 1)]
    await library.dispatch_command(TrashAssetsCommand((3,)))
    assert await tags() == [("Red", 2)]
    assert await tag(library, query="blue", remove=("blue",)) == 0  # what is in the trash is left alone
    with pytest.raises(UsageError, match="which assets"):
        await tag(library, add=("red",))


async def test_what_is_no_tag_is_refused(library: World) -> None:
    for words in ((), ("",), (" / ",), tuple(map(str, range(40_000)))):
        with pytest.raises(UsageError):
            await tag(library, 1, add=words)


async def test_an_unknown_asset_changes_nothing(library: World) -> None:
    with pytest.raises(EntityNotFoundError, match="4711"):
        await tag(library, 1, 4711, add=("red",))
    assert (await asset(library, 1))["tags"] == []


async def test_a_tag_of_the_file_becomes_a_persons(library: World) -> None:
    async with library.transaction() as transaction:
        await transaction.insert_rows(TagComponent, [{"entity_id": 1, "tag_name": "found", "origin": "file:test"}])
    await tag(library, 1, add=("found",))
    async with library.transaction("read") as transaction:
        origins = (await transaction.execute(select(TagComponent.origin).where(TagComponent.entity_id == 1))).scalars().all()
    assert origins == ["person"]


@pytest.mark.usefixtures("database")
async def test_many_people_tag_at_once(library: World) -> None:
    await asyncio.gather(*(tag(library, 1, 2, add=(f"tag {number}",)) for number in range(20)))
    for number in (1, 2):
        found = await asset(library, number)
        assert (len(found["tags"]), found["version"]) == (20, 21)


async def test_changes_are_announced(library: World) -> None:
    heard: list[int] = []

    async def listen(event: AssetChanged) -> None:
        heard.append(event.entity_id)

    library.register_system(listen, event_type=AssetChanged)
    await tag(library, 1, 2, add=("red",))
    await tag(library, 1, 2, 3, add=("red",))
    await library.dispatch_command(SetAssetFieldsCommand(2, {"rating": 3}))
    await library.settled()
    assert heard == [1, 2, 3, 2]


async def set_fields(world: World, entity_id: int = 1, expected_version: int | None = None, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await world.dispatch_command(SetAssetFieldsCommand(entity_id, fields, expected_version))).one()
    return found


async def test_setting_fields(library: World) -> None:
    found = await set_fields(library, title="Title", description="Words", rating=5, visibility="public")
    assert (found["title"], found["description"], found["rating"], found["visibility"]) == ("Title", "Words", 5, "public")
    assert found["version"] == 2
    assert found.pop("action") == 1
    assert found == await asset(library, 1)
    found = await set_fields(library, title=None, rating=-1)
    assert (found["title"], found["description"], found["rating"], found["version"]) == (None, "Words", -1, 3)


async def test_a_change_made_meanwhile_is_not_overwritten(library: World) -> None:
    await set_fields(library, expected_version=1, title="first")
    with pytest.raises(StaleVersionError, match="version 2"):
        await set_fields(library, expected_version=1, title="second")
    assert (await asset(library, 1))["title"] == "first"
    await set_fields(library, expected_version=2, title="second")


@pytest.mark.usefixtures("database")
async def test_of_two_with_the_same_version_one_wins(library: World) -> None:
    answers = await asyncio.gather(
        *(set_fields(library, expected_version=1, title=f"{number}") for number in range(5)), return_exceptions=True
    )
    assert [isinstance(one, dict) for one in answers].count(True) == 1
    assert (await asset(library, 1))["version"] == 2


@pytest.mark.parametrize(
    "fields",
    [{"rating": 6}, {"rating": -2}, {"rating": 2.5}, {"rating": True}, {"rating": "3"}, {"title": 7}, {"visibility": "all"},
     {"visibility": None}, {"id": 5}, {"status": "ready"}, {"title": "fine", "nonsense": 1}],
)  # fmt: skip
async def test_impossible_fields_change_nothing(library: World, fields: dict[str, Any]) -> None:
    before = await asset(library, 1)
    with pytest.raises(UsageError):
        await set_fields(library, **fields)
    assert await asset(library, 1) == before


async def test_fields_of_an_unknown_asset(library: World) -> None:
    with pytest.raises(EntityNotFoundError):
        await set_fields(library, 4711, title="x")


# -- links ----------------------------------------------------------------------------------------------------------------


async def link(world: World, source: int, target: int, relation: str = "contains", **more: Any) -> int:
    link_id: int = (await world.dispatch_command(LinkEntitiesCommand(source, target, relation, **more))).one()
    return link_id


@pytest.mark.usefixtures("database")
async def test_linking_and_unlinking(library: World) -> None:
    first = await link(library, 1, 2)
    assert await link(library, 1, 2, weight=0.5) == first
    assert await link(library, 2, 1) != first
    out, back = (await asset(library, 1))["links"], (await asset(library, 2))["links"]
    assert {"relation": "contains", "direction": "out", "id": 2, "type": "document"} in out
    assert {"relation": "contains", "direction": "in", "id": 1, "type": "document"} in back
    assert (len(out), len(back)) == (2, 2)
    assert [(await library.dispatch_command(UnlinkEntitiesCommand(1, 2, "contains"))).one() for _ in range(2)] == [True, False]
    assert len((await asset(library, 1))["links"]) == 1


async def test_wrong_links(library: World) -> None:
    with pytest.raises(UsageError, match="no relation"):
        await link(library, 1, 2, "likes")
    for source, target in ((1, 4711), (4711, 1)):
        with pytest.raises(EntityNotFoundError):
            await link(library, source, target)
    async with library.transaction() as transaction:
        entity = await transaction.create_entity()
    await link(library, 1, entity.id, "belongs_to")
    assert (await asset(library, 1))["links"][0]["type"] == "entity"


# -- bytes ------------------------------------------------------------------------------------------------------------------


class LookCommand(AnalysisCommand[bytes, Any]):
    """Reads a content."""


async def test_the_content_as_a_stream(library: World) -> None:
    content = {number: ((await library.dispatch_command(LocateContentCommand(number))).one() or Path()).read_bytes() for number in (1, 2)}
    stream = (await library.dispatch_command(OpenContentCommand(1))).one()
    assert stream is not None
    with stream:
        assert stream.read() == content[1]
        assert stream.seek(0) == 0
    async with LookCommand(2).open_stream(library) as opened:
        assert opened is not None
        assert opened.read() == content[2]
    assert opened.closed


async def test_a_stream_that_is_given_is_read_from_its_beginning_and_stays_open(library: World) -> None:
    given = io.BytesIO(b"given")
    given.read()
    async with LookCommand(2, stream=given).open_stream(library) as opened:
        assert opened is given
        assert opened.read() == b"given"
    assert not given.closed


async def test_a_content_that_cannot_be_reached(library: World, tmp_path: Path) -> None:
    path = (await library.dispatch_command(LocateContentCommand(1))).one()
    assert path is not None
    path.unlink()
    assert (await library.dispatch_command(LocateContentCommand(1))).one() is None
    assert (await library.dispatch_command(OpenContentCommand(1))).one() is None
    async with LookCommand(1).open_stream(library) as opened:
        assert opened is None
    assert (await library.dispatch_command(OpenContentCommand(4711))).one() is None


async def test_thumbnails_that_are_not_there(library: World) -> None:
    for size in ("small", "medium", "large"):
        assert (await library.dispatch_command(GetThumbnailCommand(1, size))).one() is None
    with pytest.raises(UsageError, match="no thumbnail size"):
        await library.dispatch_command(GetThumbnailCommand(1, "huge"))
    with pytest.raises(EntityNotFoundError):
        await library.dispatch_command(GetThumbnailCommand(4711))
    assert issubclass(EntityNotFoundError, DamError)
