"""What was acknowledged is there, whole and once: the order of syncs, several processes at once, cancellation at any moment."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, event, func, select, text

from dam.assets.models import AssetComponent, ContentHashSHA256Component, FileLocationComponent, TagComponent, TextComponent
from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam.models.entity import Entity
from dam_fs.commands import StoreContentCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import Databases, MakeWorld


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(AssetsPlugin, FsPlugin) as made:
        yield made


async def store(world: World, content: bytes) -> int:
    told = (await world.dispatch_command(StoreContentCommand(content, "some.txt"))).one()
    assert told.entity_id is not None
    return told.entity_id


async def test_a_content_is_safe_on_the_disk_before_its_row_is_committed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """fsync(file) < its name < fsync(folder) < COMMIT, in each of 50 stores."""
    done: list[str] = []

    def note(name: str, real: Any, what: Any) -> None:
        def call(*arguments: Any, **options: Any) -> Any:
            told = real(*arguments, **options)
            done.append(what(*arguments))
            return told

        monkeypatch.setattr(os, name, call)

    note("fsync", os.fsync, lambda descriptor: "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
    note("link", os.link, lambda *_: "name")
    note("rename", os.rename, lambda *_: "name")
    event.listen(world.database.writer.sync_engine, "commit", lambda _: done.append("commit"))
    for number in range(50):
        done.clear()
        await store(world, f"content {number}".encode())
        assert done.count("commit") == 1
        before = done[: done.index("commit")]
        named = before.index("name")
        assert before[:named].count("file") == 1
        assert "folder" in before[named:]
        assert "file" not in before[named:]


COUNT = """
import asyncio, os, pathlib, sys
from dam.assets.models import TextComponent
from dam.commands.core import BaseCommand
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.world_settings import WorldSettings
from dataclasses import dataclass

@dataclass
class Count(BaseCommand[None]):
    pass

async def handle_count(command: Count, transaction: WorldTransaction) -> None:
    text = await transaction.get_component(1, TextComponent)
    await transaction.add_component_to_entity(1, TextComponent(text=str(int(text.text) + 1)))

async def main():
    world = World(WorldSettings("counting", pathlib.Path(sys.argv[1]), sys.argv[2]))
    world.register_component(TextComponent)
    world.register_system(handle_count, command_type=Count)
    async with world:
        for _ in range(int(sys.argv[3])):
            await world.dispatch_command(Count())

children = []
for _ in range(4):  # forked, so that everything is imported once
    child = os.fork()
    if not child:
        asyncio.run(main())
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] for child in children) and 1)
"""


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("times", [10, pytest.param(300, marks=pytest.mark.proof)])
async def test_four_processes_lose_no_update(make_world: MakeWorld, database: Databases, times: int) -> None:
    world = make_world()
    home = world.settings.data_directory
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, TextComponent(text="0"))
    command = [sys.executable, "-c", COUNT, str(home), database.url(home), str(times)]
    ended = await asyncio.to_thread(subprocess.run, command, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    async with world.transaction("read") as transaction:
        counted = await transaction.get_component(entity.id, TextComponent)
    assert counted is not None
    assert counted.text == str(4 * times)


def halves(connection: Connection) -> list[Any]:
    """Entities that are there without all that a stored content has, and counts that are not one."""
    parts = (AssetComponent, FileLocationComponent, ContentHashSHA256Component)
    counts = [select(func.count()).select_from(part).where(part.entity_id == Entity.id).scalar_subquery() for part in parts]
    return [tuple(row) for row in connection.execute(select(Entity.id, *counts)) if tuple(row)[1:] != (1, 1, 1)]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("times", [30, pytest.param(600, marks=pytest.mark.proof)])
async def test_a_store_that_is_cancelled_at_any_moment(world: World, times: int) -> None:
    """Nothing half-written, no connection or lock kept, and doing it again gives one asset."""
    chance = random.Random(5)
    started = time.perf_counter()
    await store(world, b"how long it takes")
    usual = time.perf_counter() - started
    for number in range(times):
        task = asyncio.ensure_future(store(world, f"cancelled {number}".encode()))
        await asyncio.wait([task], timeout=chance.uniform(0, usual))
        task.cancel()
        await asyncio.wait([task])
    assert await world.database.read(halves) == []
    for engine in (world.database.writer, world.database.reader):
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # it is a queue of connections
    assert not world.units
    again = [await asyncio.wait_for(store(world, f"cancelled {number}".encode()), 30) for number in range(times)]
    assert len(set(again)) == times
    assert await world.database.read(halves) == []
    assert await world.database.read(lambda own: own.execute(select(func.count()).select_from(Entity)).scalar_one()) == times + 1


@pytest.mark.usefixtures("database")
async def test_a_content_is_found_by_its_hash_with_an_index(world: World, database: Databases) -> None:
    """And says where it lies: by its hash, in the store, under the name that it came with."""
    entity_id = await store(world, b"some content")

    def plan(connection: Connection) -> str:
        if database.kind == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # it would read a table of one row whole
        explain = "EXPLAIN QUERY PLAN" if database.kind == "sqlite" else "EXPLAIN"
        value = "x'00'" if database.kind == "sqlite" else r"'\\x00'::bytea"
        rows = connection.execute(text(f"{explain} SELECT entity_id FROM component_content_hash_sha256 WHERE hash_value = {value}"))
        return " ".join(map(str, rows))

    assert "ix_component_content_hash_sha256_hash_value" in await world.database.read(plan)
    async with world.transaction("read") as transaction:
        place = await transaction.get_component(entity_id, FileLocationComponent)
        digest = await transaction.get_component(entity_id, ContentHashSHA256Component)
    assert digest is not None
    assert digest.hash_value == hashlib.sha256(b"some content").digest()
    assert place is not None
    assert str(place.storage_type) == "local_content_addressable"
    assert place.original_filename == "some.txt"
    assert place.file_identifier == digest.hash_value.hex()


@pytest.mark.usefixtures("database")
async def test_all_components_of_an_entity_in_three_statements(make_world: MakeWorld) -> None:
    """Of every installed type; and of a thousand entities in as many as of one."""
    async with make_world(None) as world:
        async with world.transaction() as transaction:
            ids = await transaction.create_entities(1000)
            tags = [(one, TagComponent(tag_name=tag)) for one in ids for tag in ("a", "b")]
            await transaction.add_components([*tags, *((one, TextComponent(text=str(one))) for one in ids)])
        statements: list[str] = []
        event.listen(world.database.reader.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        for asked in (ids[:1], ids):
            statements.clear()
            async with world.transaction("read") as transaction:
                found = await transaction.get_all_components(asked)
            selects = [one for one in statements if one.startswith("SELECT")]
            assert len(selects) <= 3
            for one in asked:
                kinds = sorted(type(component).__name__ for component in found[one])
                assert kinds == ["TagComponent", "TagComponent", "TextComponent"]
                assert {component.entity_id for component in found[one]} == {one}  # type: ignore[attr-defined]  # all have it
