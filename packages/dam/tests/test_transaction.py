"""Transactions: access modes, what is written when, and what a cancellation leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from weakref import WeakSet

import pytest
import pytest_asyncio
from sqlalchemy import Connection, func, insert, select, text
from transaction_bodies import (
    Body,
    Colour,
    Note,
    Own,
    Read,
    Told,
    Write,
    count,
    create,
    make_world_of_bodies,
    soon,
)

from dam.commands.core import ExecutionStrategy
from dam.core.exceptions import AccessError, EntityNotFoundError, TransactionAbortedError
from dam.core.transaction import MOST_WAITING, WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.entity import Entity
from dam_test_utils.fixtures import MakeWorld


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world_of_bodies(make_world) as made:
        yield made


# -- access -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_a_write_commits_and_an_error_rolls_back(world: World) -> None:
    assert await world.dispatch_command(Write(create)).get_one_value() == 1

    async def fails(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        raise KeyError

    with pytest.raises(KeyError):
        await world.dispatch_command(Write(fails))
    assert await count(world) == 1


async def test_several_handlers_share_one_transaction(world: World) -> None:
    async def fails(command: Write) -> None:
        raise KeyError

    world.register_system(fails, command_type=Write)
    with pytest.raises(KeyError):
        await world.dispatch_command(Write(create))
    assert await count(world) == 0


async def raw_insert(world: World, transaction: WorldTransaction) -> None:
    await transaction.session.execute(insert(table_of(Entity)), [{}])


async def raw_text(world: World, transaction: WorldTransaction) -> None:
    await transaction.session.execute(text("INSERT INTO entities (created_at) SELECT created_at FROM entities LIMIT 1"))


async def raw_with(world: World, transaction: WorldTransaction) -> None:
    await transaction.session.execute(
        text("WITH x AS (SELECT created_at FROM entities LIMIT 1) INSERT INTO entities (created_at) SELECT created_at FROM x")
    )


async def raw_object(world: World, transaction: WorldTransaction) -> None:
    transaction.session.add(Entity())
    await transaction.session.flush()


async def raw_object_left(world: World, transaction: WorldTransaction) -> None:
    transaction.session.add(Entity())


async def raw_connection(world: World, transaction: WorldTransaction) -> None:
    connection = await transaction.session.connection()
    await connection.exec_driver_sql("DELETE FROM entities")


async def through_read(world: World, transaction: WorldTransaction) -> None:
    def write(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM entities")

    await transaction.session.connection()  # so that it is the transaction's own connection
    await transaction.read(write)


async def through_methods(world: World, transaction: WorldTransaction) -> None:
    await transaction.create_entity()


async def through_queue(world: World, transaction: WorldTransaction) -> None:
    await transaction.add_component_to_entity(1, Colour(colour="red"))


async def through_execute(world: World, transaction: WorldTransaction) -> None:
    await transaction.execute(text("DELETE FROM entities"))


WAYS_TO_WRITE = [
    raw_insert, raw_text, raw_with, raw_object, raw_object_left, raw_connection,
    through_read, through_methods, through_queue, through_execute,
]  # fmt: skip


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("way", WAYS_TO_WRITE)
async def test_a_reader_cannot_write(world: World, way: Body) -> None:
    await world.dispatch_command(Write(create))
    with pytest.raises(AccessError):
        await world.dispatch_command(Read(way))
    assert await count(world) == 1


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
async def test_a_reader_that_joined_a_writer_cannot_write_either(world: World, way: Body) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await world.dispatch_command(Read(way))

    with pytest.raises(AccessError):
        await world.dispatch_command(Write(outer))
    assert await count(world) == 0


@pytest.mark.parametrize("way", [raw_insert, raw_text, raw_with, raw_object, raw_object_left, raw_connection, through_execute])
async def test_a_writer_can_write_in_every_way(world: World, way: Body) -> None:
    await world.dispatch_command(Write(create))
    await world.dispatch_command(Write(way))
    assert await count(world) == (0 if way in (raw_connection, through_execute) else 2)


@pytest.mark.usefixtures("database")
async def test_a_reader_sees_a_snapshot(world: World) -> None:
    async def read(world: World, transaction: WorldTransaction) -> tuple[bool, bool]:
        before = await transaction.get_entity(1) is not None
        task = asyncio.get_running_loop().create_task(outside(world))
        await task
        return before, (await transaction.execute(select(func.count()).select_from(Entity))).scalar_one() > 0

    async def outside(world: World) -> None:
        from dam.core.unit import CURRENT

        CURRENT.set(None)
        await world.dispatch_command(Write(create))

    assert await world.dispatch_command(Read(read)).get_one_value() == (False, False)
    assert await count(world) == 1


async def test_a_closed_transaction_says_so(world: World) -> None:
    async def keep(world: World, transaction: WorldTransaction) -> WorldTransaction:
        return transaction

    kept = await world.dispatch_command(Write(keep)).get_one_value()
    with pytest.raises(TransactionAbortedError, match="Write has ended"):
        await kept.create_entity()
    with pytest.raises(TransactionAbortedError):
        await kept.add_component_to_entity(1, Colour(colour="red"))
    with pytest.raises(TransactionAbortedError):
        _ = kept.session
    with pytest.raises(TransactionAbortedError):
        kept.send_event(Told())


# -- a transaction of its own -----------------------------------------------------------------------------------------------


async def test_a_none_handler_gets_a_transaction_of_its_own(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> int:
        await world.dispatch_command(Write(create))  # not joined: committed at once
        assert await count(world) == 1
        entity = await transaction.create_entity()
        assert await count(world) == 1
        return entity.id

    assert await soon(world.dispatch_command(Own(body)).get_all_results()) == [2]
    assert await count(world) == 2


@pytest.mark.usefixtures("database")
async def test_its_own_transaction_lets_go_of_the_writer_for_a_nested_write(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> bool:
        assert await transaction.get_entity(1) is None  # begun, nothing written
        await world.dispatch_command(Write(create))
        return await transaction.get_entity(1) is not None  # begun anew: sees it

    assert await soon(world.dispatch_command(Own(body)).get_all_results()) == [True]


async def test_its_own_transaction_with_writes_refuses_a_nested_write(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await world.dispatch_command(Read(create_nothing))
        await world.dispatch_command(Write(create))

    async def create_nothing(world: World, transaction: WorldTransaction) -> None:
        assert await transaction.get_entity(1) is None  # a snapshot of its own

    with pytest.raises(AccessError, match="uncommitted changes"):
        await soon(world.dispatch_command(Own(body)).get_all_results())
    assert await count(world) == 0


async def test_two_handlers_with_transactions_of_their_own(world: World) -> None:
    async def fails(command: Own, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        raise KeyError

    world.register_system(fails, command_type=Own)
    with pytest.raises(KeyError):
        await world.dispatch_command(Own(create))
    assert await count(world) == 1


# -- the queue of components ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_raw_statements_see_what_was_queued(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> None:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, Colour(colour="red"))
        assert (await transaction.session.execute(select(Colour.colour))).scalars().all() == ["red"]
        await transaction.add_component_to_entity(entity.id, Note(text="a"))
        assert (await transaction.session.scalars(select(Note))).one().text == "a"
        await transaction.add_component_to_entity(entity.id, Note(text="b"))
        assert (await transaction.session.execute(text("SELECT count(*) FROM component_test_transaction_note"))).scalar_one() == 2

    await world.dispatch_command(Write(body))


@pytest.mark.usefixtures("database")
async def test_a_unique_component_is_updated(world: World) -> None:
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, Colour(colour="red"))
    async with world.transaction() as transaction:
        await transaction.add_component_to_entity(entity.id, Colour(colour="blue", weight=2.0))
        await transaction.add_component_to_entity(entity.id, Note(text="one"))
        await transaction.add_component_to_entity(entity.id, Note(text="two"))
    async with world.transaction("read") as transaction:
        colour = await transaction.get_component(entity.id, Colour)
        assert colour is not None
        assert (colour.colour, colour.weight) == ("blue", 2.0)
        assert colour.updated_at >= colour.created_at
        assert [note.text for note in await transaction.get_components(entity.id, Note)] == ["one", "two"]


async def test_an_update_takes_the_defaults_of_the_new_component_too(world: World) -> None:
    for loads_first in (False, True):
        async with world.transaction() as transaction:
            entity = await transaction.create_entity()
            await transaction.add_component_to_entity(entity.id, Colour(colour="red", weight=2.0))
        async with world.transaction() as transaction:
            if loads_first:
                await transaction.get_component(entity.id, Colour)
            await transaction.add_component_to_entity(entity.id, Colour(colour="blue"))
        async with world.transaction("read") as transaction:
            colour = await transaction.get_component(entity.id, Colour)
            assert colour is not None
            assert (colour.colour, colour.weight) == ("blue", None)


async def test_a_loaded_component_can_be_given_to_another_entity_beside_a_new_one(world: World) -> None:
    async with world.transaction() as transaction:
        ids = await transaction.create_entities(3)
        await transaction.add_component_to_entity(ids[0], Colour(colour="red"))
    async with world.transaction("read") as transaction:
        loaded = await transaction.get_component(ids[0], Colour)
        assert loaded is not None
    async with world.transaction() as transaction:  # a loaded one has more columns set than a new one
        await transaction.add_components([(ids[1], loaded), (ids[2], Colour(colour="blue"))])
    async with world.transaction("read") as transaction:
        assert [found.colour for one in ids if (found := await transaction.get_component(one, Colour))] == ["red", "red", "blue"]


async def test_new_components_know_their_ids_after_a_flush(world: World) -> None:
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        notes = [Note(text=str(number)) for number in range(5)]
        await transaction.add_components((entity.id, note) for note in notes)
        await transaction.flush()
        assert [note.id for note in notes] == [1, 2, 3, 4, 5]
        loaded = await transaction.get_components(entity.id, Note)
        assert [note.text for note in loaded] == ["0", "1", "2", "3", "4"]


@pytest.mark.usefixtures("database")
async def test_many_components_are_not_held_in_memory(world: World) -> None:
    alive: WeakSet[Any] = WeakSet()
    most = 0

    def notes() -> Iterator[tuple[int, Any]]:
        nonlocal most
        for number in range(2 * MOST_WAITING + 1):
            alive.add(note := Note(text=f"{number}"))
            yield 1, note
            del note
            most = max(most, len(alive))

    async with world.transaction() as transaction:
        await transaction.create_entities(1)
        await transaction.add_components(notes())
    async with world.transaction(access="read") as transaction:
        assert [note.text for note in await transaction.get_components(1, Note)] == [f"{number}" for number in range(2 * MOST_WAITING + 1)]
    assert most <= MOST_WAITING


async def test_entities_and_their_components(world: World) -> None:
    async with world.transaction() as transaction:
        ids = await transaction.create_entities(3)
        assert ids == [1, 2, 3]
        assert await transaction.create_entities(0) == []
        await transaction.add_components((one, Note(text=str(one))) for one in ids)
        assert await transaction.has_component(1, Note)
        assert await transaction.remove_components(1, Note) == 1
        assert await transaction.get_component(1, Note) is None
        await transaction.delete_entity(2)
        everything = await transaction.get_all_components([1, 2, 3])
        assert {one: len(components) for one, components in everything.items()} == {1: 0, 2: 0, 3: 1}
        with pytest.raises(EntityNotFoundError):
            await transaction.delete_entity(2)
        assert await transaction.get_entity(2) is None
        entity = await transaction.create_entity()
        assert entity.id == 4


@pytest.mark.usefixtures("database")
async def test_rows(world: World) -> None:
    async with world.transaction() as transaction:
        ids = await transaction.create_entities(2)
        await transaction.insert_rows(Colour, [{"entity_id": one, "colour": "red"} for one in ids])
        await transaction.insert_rows(Colour, [{"entity_id": one, "colour": "black"} for one in ids], ignore_known=True)
        await transaction.upsert_rows(Colour, [{"entity_id": ids[0], "colour": "blue"}])
        await transaction.update_rows(Colour, [{"entity_id": ids[1], "weight": 1.5}])
        assert await transaction.insert_rows_returning(Note, [{"entity_id": one, "text": "x"} for one in ids]) == [1, 2]
        rows = (await transaction.execute(select(Colour.colour, Colour.weight).order_by(Colour.entity_id))).all()
        assert [tuple(row) for row in rows] == [("blue", None), ("red", 1.5)]
        assert await transaction.read(lambda connection: connection.execute(select(func.count()).select_from(Note)).scalar_one()) == 2


# -- cancellation -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_a_call_that_is_cancelled_while_it_commits_has_committed_and_announced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.ext.asyncio import AsyncSession

    heard: list[str] = []

    async def listen(event: Told) -> None:
        heard.append(event.text)

    world.register_system(listen, event_type=Told)
    committing, go_on = asyncio.Event(), asyncio.Event()
    original = AsyncSession.commit

    async def slow(self: AsyncSession) -> None:
        committing.set()
        await go_on.wait()
        await original(self)

    monkeypatch.setattr(AsyncSession, "commit", slow)

    async def body(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        transaction.send_event(Told("committed"))

    task = asyncio.ensure_future(world.dispatch_command(Write(body)).get_all_results())
    await committing.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await world.settled()
    assert await count(world) == 1
    assert heard == ["committed"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("turns", range(1, 50, 4))
async def test_a_cancellation_anywhere_leaves_a_sound_writer(world: World, turns: int) -> None:
    async def body(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await transaction.add_component_to_entity(1, Colour(colour="red"))
        await world.dispatch_command(Write(create))

    task = asyncio.ensure_future(world.dispatch_command(Write(body)).get_all_results())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert await count(world) in (0, 2)
    before = await count(world)
    assert await soon(world.dispatch_command(Write(create)).get_one_value())
    assert await count(world) == before + 1


async def test_a_cancelled_wait_for_the_writer_leaves_the_line(world: World) -> None:
    async with world.transaction() as transaction:
        await transaction.create_entity()
        waiting = asyncio.get_running_loop().create_task(_elsewhere(world))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert await soon(world.dispatch_command(Write(create)).get_one_value()) == 2


async def _elsewhere(world: World) -> None:
    from dam.core.unit import CURRENT

    CURRENT.set(None)
    await world.dispatch_command(Write(create))


@pytest.mark.usefixtures("database")
async def test_writers_take_turns(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> None:
        number = (await transaction.execute(select(func.count()).select_from(Entity))).scalar_one()
        await asyncio.sleep(0)
        assert (await transaction.create_entity()).id == number + 1

    await asyncio.gather(*(world.dispatch_command(Write(body)).get_all_results() for _ in range(20)))
    assert await count(world) == 20


async def test_concurrent_joins_take_turns_statement_by_statement(world: World) -> None:
    async def inner(world: World, transaction: WorldTransaction) -> None:
        for _ in range(5):
            await transaction.create_entity()

    async def look(world: World, transaction: WorldTransaction) -> None:
        for _ in range(5):
            await transaction.get_entity(1)

    async def outer(world: World, transaction: WorldTransaction) -> None:
        nested = [Write(inner), Read(look), Write(inner), Read(look)]
        await asyncio.gather(*(world.dispatch_command(command).get_all_results() for command in nested))
        await raw_insert(world, transaction)  # the readers have left no mark on the writer

    await soon(world.dispatch_command(Write(outer)).get_all_results())
    assert await count(world) == 11


async def test_closing_the_world_rolls_an_open_block_back(make_world: MakeWorld) -> None:
    world = make_world()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def block() -> None:
        async with world.transaction() as transaction:
            await transaction.create_entity()
            began.set()
            await go_on.wait()

    task = asyncio.ensure_future(block())
    await began.wait()
    await world.close()
    go_on.set()
    with pytest.raises(TransactionAbortedError, match="has ended"):
        await task
    async with world:
        assert await count(world) == 0


async def test_the_session_is_not_shared_in_parallel(world: World) -> None:
    async def more(command: Write, world: World, transaction: WorldTransaction) -> Any:
        return await command.body(world, transaction)

    world.register_system(more, command_type=Write)

    async def uses_session(world: World, transaction: WorldTransaction) -> None:
        _ = transaction.session

    async def outer(world: World, transaction: WorldTransaction) -> None:
        with pytest.raises(AccessError, match="beside other handlers"):
            async with transaction.savepoint():
                await world.dispatch_command(Write(uses_session, execution_strategy=ExecutionStrategy.PARALLEL))
        _ = transaction.session  # ours alone again

    async with world.transaction() as transaction:
        await outer(world, transaction)
