"""Lists, searches, counts and the whole asset: what can be asked about assets."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import unicodedata
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asset_shape import Asset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import select

from dam.assets.commands import (
    AssetPage,
    CountAssetsCommand,
    ExportAssetsCommand,
    FindAssetCommand,
    GetAssetCommand,
    ListAssetsCommand,
    TagAssetsCommand,
)
from dam.assets.functions.cursor import encode_cursor
from dam.assets.functions.search import parse_query
from dam.assets.functions.urn import location_urn
from dam.assets.models import (
    AssetComponent,
    ContentHashSHA256Component,
    FileLocationComponent,
    Root,
    TagComponent,
    TitleComponent,
)
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_test_utils.fixtures import MakeWorld

SORTS = ("captured", "added", "name", "size", "id")
TYPES = ("image", "video", "document")
TAGS = ("animal", "animal/cat", "Beach", "100%", "a_b", "Äpfel")
DAY = datetime(2020, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def library(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(AssetsPlugin) as world:
        yield world


async def add_assets(world: World, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Assets with few different values, many of them unknown, so that sorts have ties; gives what is known of each."""
    chance = random.Random(seed)
    async with world.transaction() as transaction:
        root = (await transaction.execute(select(Root.id))).first()
        root_id = root.id if root else (await transaction.insert_rows_returning(Root, [{"name": "r", "path": b"/r", "mark": {}}]))[0]
        ids = await transaction.create_entities(count)
        made: list[dict[str, Any]] = []
        for entity_id in ids:
            name = chance.choice(["a.jpg", "B 1.png", "é.txt", "E\u0301cole.txt", "100%.gif", "a_b", "z\\z", ""])
            made.append(
                {
                    "id": entity_id,
                    "asset_type": chance.choice(TYPES),
                    "status": chance.choice(["ready", "processing", "error"]),
                    "filename": name,
                    "size": chance.choice([None, 0, 1, 1, 2**40]),
                    "mime_type": chance.choice(["image/png", "image/jpeg", "text/plain", None]),
                    "sort_at": chance.choice([None, DAY, DAY + timedelta(microseconds=1), DAY - timedelta(days=20000)]),
                    "path": f"{chance.choice(['2019', '20%19', 'Sub'])}/{entity_id}/{name or 'x'}",
                    "tags": chance.sample(TAGS, chance.randrange(3)),
                    "title": chance.choice([None, "Summer at the sea", "winter"]),
                }
            )
        columns = ("asset_type", "status", "filename", "size", "mime_type", "sort_at")
        await transaction.insert_rows(AssetComponent, [{"entity_id": one["id"], **{name: one[name] for name in columns}} for one in made])
        places = [
            {"entity_id": one["id"], "root_id": root_id, "path": str(one["path"]).encode(), "content": b"\0" * 32, "original_filename": ""}
            for one in made
        ]
        await transaction.insert_rows_returning(FileLocationComponent, places)
        await transaction.insert_rows(TagComponent, [{"entity_id": one["id"], "tag_name": tag} for one in made for tag in one["tags"]])
        titled = [{"entity_id": one["id"], "value": one["title"], "origin": "person"} for one in made if one["title"]]
        await transaction.insert_rows(TitleComponent, titled)
    return made


async def page(world: World, **options: Any) -> AssetPage:
    found: AssetPage = (await world.dispatch_command(ListAssetsCommand(**options))).one()
    return found


async def all_ids(world: World, **options: Any) -> list[int]:
    ids: list[int] = []
    cursor = None
    while True:
        found = await page(world, cursor=cursor, **options)
        ids += [item["id"] for item in found.items]
        cursor = found.next
        if cursor is None:
            return ids


def sort_key(one: dict[str, Any], sort: str) -> Any:
    value = {"captured": one["sort_at"], "added": one["id"], "id": one["id"], "name": one["filename"], "size": one["size"]}[sort]
    return (value is not None, value if value is not None else 0, one["id"])


# -- pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("limit", [3, 1000])
async def test_every_sort_in_both_directions(library: World, limit: int) -> None:
    made = await add_assets(library, 25)
    for sort in SORTS:
        descending = sort in ("captured", "added", "size")
        expected = [one["id"] for one in sorted(made, key=lambda one: sort_key(one, sort), reverse=descending)]
        assert await all_ids(library, sort=sort, limit=limit) == expected, sort
        assert await all_ids(library, sort=f"-{sort}", limit=limit) == expected[::-1], f"-{sort}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=st.sampled_from([*SORTS, *(f"-{sort}" for sort in SORTS)]), limit=st.integers(1, 7), seed=st.integers(0, 10_000))
def test_no_gaps_and_no_doubles_while_assets_come_and_go(make_pages: Any, sort: str, limit: int, seed: int) -> None:
    make_pages(sort, limit, seed)


@pytest.fixture
def make_pages(make_world_now: Any) -> Any:
    """Reads pages while assets are added and removed between them; whatever stayed all the time is told exactly once."""

    async def read(world: World, sort: str, limit: int, seed: int) -> None:
        chance = random.Random(seed)
        stays = {one["id"] for one in await add_assets(world, 12, seed)} | set(await all_ids(world))
        told: list[int] = []
        cursor = None
        while True:
            found = await page(world, sort=sort, limit=limit, cursor=cursor)
            told += [item["id"] for item in found.items]
            cursor = found.next
            if cursor is None:
                break
            if chance.random() < 0.5:
                await add_assets(world, 1, chance.randrange(10_000))
            if chance.random() < 0.3:
                gone = chance.choice(sorted(stays))
                async with world.transaction() as transaction:
                    await transaction.delete_entity(gone)
                stays.discard(gone)
        assert len(told) == len(set(told))
        assert stays <= set(told)
        async with world.transaction() as transaction:
            for entity_id in await all_ids(world):
                await transaction.delete_entity(entity_id)

    return lambda *arguments: make_world_now(read, *arguments)


@pytest.fixture
def make_world_now(migrated_database: Path, tmp_path: Path) -> Iterator[Any]:
    """Runs one thing after the other in a World with a loop of its own."""
    shutil.copyfile(migrated_database, tmp_path / "dam.db")
    world = create_world(settings=WorldSettings.in_directory("pages", tmp_path), plugins=[AssetsPlugin()])
    with asyncio.Runner() as runner:
        runner.run(world.open())
        yield lambda work, *arguments: runner.run(work(world, *arguments))
        runner.run(world.close())


@pytest.mark.parametrize("value", ["text", b"bytes", float("inf"), 10**18, 2**70, "\ud800"])
async def test_a_cursor_that_a_client_made_up_is_refused(library: World, value: Any) -> None:
    with pytest.raises(UsageError):
        await page(library, sort="captured", cursor=encode_cursor(("captured", value, 1)))
    with pytest.raises(UsageError):
        await page(library, sort="size", cursor=encode_cursor(("size", 1, 2**70)))


async def test_wrong_cursors_sorts_and_limits(library: World) -> None:
    await add_assets(library, 5)
    cursor = (await page(library, sort="name", limit=2)).next
    assert cursor is not None
    for options in (
        {"sort": "size", "cursor": cursor},
        {"cursor": "nonsense"},
        {"cursor": cursor[:-3]},
        {"sort": "beauty"},
        {"sort": "--id"},
    ):
        with pytest.raises(UsageError):
            await page(library, **options)
    assert len((await page(library, limit=0)).items) == 1
    assert len((await page(library, limit=-5)).items) == 1
    assert len((await page(library, limit=10**9)).items) == 5
    assert (await page(library, query="name:nothing")) == AssetPage([], None)


# -- the search language beside a plain reference -------------------------------------------------------------------------


def fold(word: str) -> str:
    """A word without what people do not mind: upper and lower case, and how a disk keeps an accent."""
    return unicodedata.normalize("NFC", word).lower()


def matches(one: dict[str, Any], query: str) -> bool:
    def has(text: str | None, part: str) -> bool:
        return text is not None and fold(part) in fold(text)

    def fulfils(term: Any) -> bool:
        value = term.value
        match term.field:
            case "type":
                return bool(one["asset_type"] == value.lower())
            case "status":
                return bool(one["status"] == value.lower())
            case "tag":
                return any(fold(tag) == fold(value) or fold(tag).startswith(fold(value) + "/") for tag in one["tags"])
            case "name":
                return has(one["filename"], value)
            case "path":
                return has(f"/r/{one['path']}", value)
            case "mime":
                kind, star, _ = value.partition("*")
                mime = one["mime_type"] or ""
                return mime.startswith(kind) if star else mime == value
            case _:
                texts = [one["filename"], one["path"], one["title"], *one["tags"]]
                return any(has(text, value) for text in texts)

    return all(fulfils(term) != term.negated for term in parse_query(query).terms)


QUERIES = [
    "", "a", "A", "B 1",
    '"B 1"', "é", "É", "e\u0301COLE", "name:école", "path:École", "tag:äpfel", "tag:A\u0308PFEL", "-tag:Äpfel",
    "100%", "%", "_", "a_b", "\\", "summer", "Summer sea", '"at the sea"', "-summer", "cat", "type:image",
    "-type:image", "TYPE:IMAGE", "status:ready", "mime:image/*", "mime:image/png", "-mime:image/*",
    "tag:animal", "tag:ANIMAL/CAT", "tag:anim",
    "tag:100%", "tag:a_b", "-tag:animal", "path:2019/", "path:20%19", "-path:sub", "path:/R/sub/", "-path:/r/20", "/r/",
    'name:"B 1"', "name:a.jpg", "a -tag:beach type:document",
    "type:image type:video", "status:partial", "tag:animal -tag:animal/cat",
]  # fmt: skip


@pytest.mark.usefixtures("database")
async def test_queries_find_what_a_plain_reading_finds(library: World) -> None:
    made = await add_assets(library, 60, seed=7)
    for query in QUERIES:
        expected = [one["id"] for one in made if matches(one, query)]
        assert await all_ids(library, query=query, sort="id") == expected, query
        exported = (await library.dispatch_command(ExportAssetsCommand(query))).one()
        assert [one["id"] for one in exported] == expected, query


async def test_types_and_tags_narrow_a_query(library: World) -> None:
    made = await add_assets(library, 60, seed=8)
    found = await all_ids(library, query="-summer", types=("image", "video"), tags=("animal", "beach"), sort="id", limit=2)
    expected = [one["id"] for one in made if matches(one, "-summer tag:animal tag:beach") and one["asset_type"] in ("image", "video")]
    assert found == expected


async def test_wrong_queries_are_refused_in_one_sentence(library: World) -> None:
    for query in ("colour:red", "tag:", "type:", "x" * 5000, "null\0byte"):
        with pytest.raises(UsageError):
            await page(library, query=query)


async def test_export_goes_on_after_an_id(library: World) -> None:
    made = await add_assets(library, 7)
    ids: list[int] = []
    while True:
        found = (await library.dispatch_command(ExportAssetsCommand(after_id=ids[-1] if ids else 0, limit=3))).one()
        ids += [one["id"] for one in found]
        if len(found) < 3:
            break
    assert ids == [one["id"] for one in made]


@pytest.mark.usefixtures("database")
async def test_counts(library: World) -> None:
    counts = (await library.dispatch_command(CountAssetsCommand())).one()
    assert (counts.total, counts.by_status, counts.by_type, counts.pending, counts.bytes) == (0, {}, {}, 0, 0)
    made = await add_assets(library, 40)
    counts = (await library.dispatch_command(CountAssetsCommand())).one()
    assert counts.total == sum(counts.by_status.values()) == sum(counts.by_type.values()) == 40
    assert counts.pending == sum(one["status"] == "processing" for one in made)
    assert counts.bytes == sum(one["size"] or 0 for one in made)


# -- the whole asset --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_the_shape_of_an_asset(library: World) -> None:
    made = await add_assets(library, 30)
    exported = (await library.dispatch_command(ExportAssetsCommand())).one()
    assert len(exported) == 30
    for one in exported:
        TypeAdapter(Asset).validate_python(one)
        json.dumps(one, allow_nan=False)
        assert (await library.dispatch_command(GetAssetCommand(one["id"]))).one() == one
    assert [sorted(one["tags"]) for one in made] == [one["tags"] for one in exported]


async def test_an_asset_of_which_nothing_is_known(library: World) -> None:
    async with library.transaction() as transaction:
        (bare, entity) = await transaction.create_entities(2)
        await transaction.insert_rows(AssetComponent, [{"entity_id": bare}])
    found = (await library.dispatch_command(GetAssetCommand(bare))).one()
    TypeAdapter(Asset).validate_python(found)
    assert (await library.dispatch_command(GetAssetCommand(entity))).one() is None
    assert (await library.dispatch_command(GetAssetCommand(4711))).one() is None


# -- the asset that a person means ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_finding_by_id_path_urn_and_hash(library: World, tmp_path: Path) -> None:
    made = await add_assets(library, 4)
    digests = [bytes.fromhex(start + "0" * (64 - len(start))) for start in ("abcdef01", "abcdef02", "99887766", "12345678")]
    async with library.transaction() as transaction:
        rows = [{"entity_id": one["id"], "hash_value": digest} for one, digest in zip(made, digests, strict=True)]
        await transaction.insert_rows(ContentHashSHA256Component, rows)

    async def find(reference: str) -> int:
        found: int = (await library.dispatch_command(FindAssetCommand(reference))).one()
        return found

    first = made[0]["id"]
    assert await find(str(first)) == first
    assert await find(digests[0].hex()) == first
    assert await find(digests[0].hex().upper()) == first
    assert await find("cas://sha256/" + digests[0].hex()) == first
    assert await find("abcdef01") == first
    assert await find("1234567") == made[3]["id"]
    assert await find("12345678") == made[3]["id"], "eight decimal digits that are no id may be a hash"
    assert await find(f"/r/{made[0]['path']}") == first
    assert await find(f"/nowhere/../r/{made[0]['path']}") == first
    assert await find(os.path.relpath(f"/r/{made[0]['path']}")) == first
    (tmp_path / "link").symlink_to("/r")
    assert await find(f"{tmp_path}/link/{made[0]['path']}") == first
    assert await find(location_urn("r", str(made[0]["path"]).encode())) == first
    assert await find(location_urn("local", b"r/" + str(made[0]["path"]).encode())) == first
    for nothing in (
        "0",
        "999999",
        "fs://r/nowhere",
        "fs://nobody/a",
        "/nowhere",
        "abc",
        "",
        "deadbeef",
        "cas://sha256/" + "0" * 64,
        "caf\udce9",
        "~nobody-of-this-name/a.jpg",
        "caf\ud800",
        "nul\0",
    ):
        with pytest.raises(EntityNotFoundError):
            await find(nothing)
    with pytest.raises(EntityNotFoundError, match="fits 2 assets"):
        await find("abcdef")
    with pytest.raises(EntityNotFoundError):
        await find("9" * 40)


async def test_items_of_a_page_show_what_a_list_needs(library: World) -> None:
    made = await add_assets(library, 3)
    await library.dispatch_command(TagAssetsCommand((made[0]["id"],), ("shown",)))
    items = {item["id"]: item for item in (await page(library)).items}
    keys = "id type category status visibility version filename title size mime_type sha256 width height duration captured_at color tags"
    for one in made:
        assert {*keys.split(), "path", "root", "thumbnails", "added_at", "trashed_at"} <= items[one["id"]].keys()
        shown = unicodedata.normalize("NFC", f"/r/{one['path']}")  # as people read it; what opens the file keeps its accents as they are
        assert (items[one["id"]]["path"], items[one["id"]]["title"]) == (shown, one["title"])
    assert "shown" in items[made[0]["id"]]["tags"]
