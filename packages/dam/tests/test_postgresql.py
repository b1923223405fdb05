"""What is different about PostgreSQL: lost connections, busy and unreachable servers, what its text cannot hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text
from sqlalchemy.orm import Mapped, mapped_column
from transaction_bodies import Note, Own, Read, Write, count, create, make_world_of_bodies, soon

from dam.core import postgresql as dialect
from dam.core.exceptions import AccessError, ConfigurationError, DamError, DatabaseBusyError, DatabaseUnreachableError
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam.models.core.base_component import UniqueComponent
from dam.models.entity import Entity
from dam.models.types import BigInt, JSONDocument
from dam_test_utils.fixtures import Databases, MakeWorld
from dam_test_utils.postgresql import PostgresServer

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


class PostgresqlOddComponent(UniqueComponent):
    """Values that are hard to keep."""

    __tablename__ = "component_test_postgresql_odd"
    text: Mapped[str]
    document: Mapped[Any] = mapped_column(JSONDocument)
    number: Mapped[int] = mapped_column(BigInt, default=0)
    name: Mapped[bytes] = mapped_column(default=b"")


@pytest_asyncio.fixture
async def world(database: Databases, make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world_of_bodies(make_world) as made:
        yield made


async def lose_connection(transaction: WorldTransaction, server: PostgresServer) -> None:
    process = (await transaction.execute(select(func.pg_backend_pid()))).scalar_one()
    await asyncio.to_thread(server.execute, f"SELECT pg_terminate_backend({process}, 5000)")


async def test_what_a_lost_connection_has_undone_is_done_again(world: World, postgresql: PostgresServer) -> None:
    """In the middle of a write, and of a read: once done, whatever it took."""
    attempts: list[int] = []

    async def write(world: World, transaction: WorldTransaction) -> int:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, Note(text="once"))
        await transaction.flush()
        attempts.append(entity.id)
        if len(attempts) < 3:
            await lose_connection(transaction, postgresql)
            await transaction.execute(select(1))
        return entity.id

    written = await soon(world.dispatch_command(Write(write)).get_all_results())
    assert written == [attempts[-1]]
    assert len(attempts) == 3
    assert await count(world) == 1

    async def read(world: World, transaction: WorldTransaction) -> int:
        attempts.append(0)
        if len(attempts) == 4:
            await lose_connection(transaction, postgresql)
        return len(await transaction.get_components(written[0], Note))

    assert await soon(world.dispatch_command(Read(read)).get_all_results()) == [1]
    assert len(attempts) == 5


async def test_a_connection_that_was_lost_while_idle_is_not_missed(world: World, postgresql: PostgresServer) -> None:
    await world.dispatch_command(Write(create))
    assert await count(world) == 1
    name = world.database.url.database
    postgresql.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
    await world.dispatch_command(Write(create))
    assert await count(world) == 2


async def test_what_has_no_transaction_of_its_own_is_told(world: World, postgresql: PostgresServer) -> None:
    """A command with access "none" may have done anything, so it is not repeated; nor is one whose commit was under way."""

    async def loses(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await lose_connection(transaction, postgresql)
        await transaction.execute(select(1))

    with pytest.raises(DatabaseUnreachableError, match="connection to the database server was lost") as caught:
        await soon(world.dispatch_command(Own(loses)).get_all_results())
    assert caught.value.exit_code == 6

    async def loses_at_the_commit(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await transaction.flush()
        await lose_connection(transaction, postgresql)

    with pytest.raises(DatabaseUnreachableError):
        await soon(world.dispatch_command(Write(loses_at_the_commit)).get_all_results())
    assert await count(world) == 0


async def test_a_reader_cannot_write_whatever_way(world: World) -> None:
    async def hidden(world: World, transaction: WorldTransaction) -> None:
        await transaction.execute(text("SELECT setval(pg_get_serial_sequence('entities', 'id'), 100)"))

    with pytest.raises(AccessError, match="only read"):
        await world.dispatch_command(Read(hidden))


async def test_who_waits_too_long_for_another_writer_is_told(
    database: Databases, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dam.core.database.BUSY_TIMEOUT_MS", 50)
    async with make_world_of_bodies(make_world) as world:
        other = make_world(home=world.settings.data_directory)
        async with world.transaction() as transaction:
            await transaction.create_entity()
            with pytest.raises(DatabaseBusyError, match="another process") as caught:
                async with other.database.writer.begin():
                    pass
    assert caught.value.exit_code == 7


async def test_odd_values(world: World) -> None:
    """NUL and half characters become U+FFFD, numbers that are none null; all else comes back as it went."""
    odd = "a\0b", {"k\0": ["\0", "\ud83d", "😀", float("nan"), 2**70], "text": "\\u0000", "NaN": "Infinity"}, -(2**63), bytes(range(256))

    async def write(world: World, transaction: WorldTransaction) -> Any:
        entity = await transaction.create_entity()
        component = PostgresqlOddComponent(text=odd[0], document=odd[1], number=odd[2], name=odd[3])
        await transaction.add_component_to_entity(entity.id, component)
        await transaction.flush()
        columns = PostgresqlOddComponent.text, PostgresqlOddComponent.document, PostgresqlOddComponent.number, PostgresqlOddComponent.name
        return tuple((await transaction.execute(select(*columns).where(PostgresqlOddComponent.text == odd[0]))).one())

    world.register_component(PostgresqlOddComponent)
    async with world.database.writer.begin() as connection:
        await connection.run_sync(PostgresqlOddComponent.__table__.create)  # type: ignore[attr-defined]  # a Table
    kept = (await world.dispatch_command(Write(write))).one()
    document = {"k\ufffd": ["\ufffd", "\ufffd", "😀", None, 2**70], "text": "\\u0000", "NaN": "Infinity"}
    assert kept == ("a\ufffdb", document, odd[2], odd[3])


async def test_a_text_that_is_too_long_is_told(world: World) -> None:
    async def write(world: World, transaction: WorldTransaction) -> None:
        await transaction.execute(text("CREATE TEMPORARY TABLE short (name varchar(3))"))
        await transaction.execute(text("INSERT INTO short VALUES ('long')"))

    with pytest.raises(DamError, match="longer than the database takes"):
        await world.dispatch_command(Write(write))


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"database": "no_such_one"}, ConfigurationError, "does not exist.*database_url"),
        ({"query": {"host": "/nowhere"}}, DatabaseUnreachableError, "cannot be reached"),
        ({"username": "nobody_knows"}, ConfigurationError, "does not exist.*database_url"),
    ],
)
async def test_a_server_that_cannot_serve_is_told(
    database: Databases, make_world: MakeWorld, tmp_path: Path, change: dict[str, Any], kind: type[DamError], sentence: str
) -> None:
    url = make_world().database.url.set(**change)
    world = create_world(settings=WorldSettings("x", tmp_path / "x", url.render_as_string(hide_password=False)), plugins=[])
    with pytest.raises(kind, match=sentence):
        await world.open()


def test_without_the_driver_it_says_what_to_install(database: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"dam\[postgres\]"):
        create_world(settings=WorldSettings("x", Path(), "postgresql://localhost/x"), plugins=[])


@pytest.mark.proof
async def test_the_server_dies_three_times_under_load(make_world: MakeWorld, database: Databases, tmp_path: Path) -> None:
    """kill -9: nothing that was acknowledged is lost, what was under way is done again, and nobody is told of it."""
    server = PostgresServer(synchronous_commit="on")
    try:
        server.execute("CREATE DATABASE load")
        settings = WorldSettings("load", tmp_path, server.url("load"))
        world = create_world(settings=settings, plugins=[])
        acknowledged: list[int] = []
        busy = True

        async def load() -> None:
            while busy:
                try:
                    async with asyncio.timeout(60):
                        acknowledged.append((await world.dispatch_command(Write(create))).one())
                except DatabaseUnreachableError:
                    continue

        async def write(command: Write, world: World, transaction: WorldTransaction) -> Any:
            return await command.body(world, transaction)

        world.register_system(write, command_type=Write)
        async with world:
            tasks = [asyncio.ensure_future(load()) for _ in range(4)]
            for _ in range(3):
                reached = len(acknowledged) + 100
                while len(acknowledged) < reached:
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
            reached = len(acknowledged) + 100
            while len(acknowledged) < reached:
                await asyncio.sleep(0.01)
            busy = False
            await asyncio.gather(*tasks)
            async with world.transaction("read") as transaction:
                kept = set((await transaction.execute(select(Entity.id))).scalars())
        assert set(acknowledged) <= kept
    finally:
        server.close()
