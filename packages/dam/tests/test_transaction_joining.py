"""Transactions: who joins whom, what dooms, and what is undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from transaction_bodies import (
    Colour,
    Long,
    LongTalk,
    Note,
    Own,
    Read,
    ReadTalk,
    Talk,
    Told,
    Write,
    count,
    create,
    make_world_of_bodies,
    soon,
)

from dam.commands.core import BaseCommand
from dam.core.exceptions import AccessError, DatabaseBusyError, EntityNotFoundError, TransactionAbortedError
from dam.core.executor import Result
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam_test_utils.fixtures import MakeWorld


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world_of_bodies(make_world) as made:
        yield made


# -- joining ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_write_joins_write_and_all_or_nothing_holds(world: World) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        first = await create(world, transaction)
        second = await world.dispatch_command(Write(create)).get_one_value()
        assert second == first + 1
        assert await count(world) == 0
        raise KeyError

    with pytest.raises(KeyError):
        await world.dispatch_command(Write(outer))
    assert await count(world) == 0


@pytest.mark.usefixtures("database")
async def test_read_joins_write_and_sees_what_it_wrote(world: World) -> None:
    async def see(world: World, transaction: WorldTransaction) -> Any:
        return await transaction.get_component(1, Colour)

    async def outer(world: World, transaction: WorldTransaction) -> Any:
        await transaction.create_entity()
        await transaction.add_component_to_entity(1, Colour(colour="red"))
        return await world.dispatch_command(Read(see))

    assert (await world.dispatch_command(Write(outer))).one().colour == "red"


async def test_a_joined_reader_does_not_stop_the_writers_own_changed_objects(world: World) -> None:
    async def see(world: World, transaction: WorldTransaction) -> Any:
        return (await transaction.execute(select(Colour.colour))).scalar_one()

    async def outer(world: World, transaction: WorldTransaction) -> Any:
        await transaction.create_entity()
        await transaction.add_component_to_entity(1, Colour(colour="red"))
        colour = await transaction.get_component(1, Colour)
        assert colour is not None
        colour.colour = "green"
        seen = await world.dispatch_command(Read(see)).get_one_value()
        await transaction.add_component_to_entity(1, Colour(colour="blue"))
        return seen, await world.dispatch_command(Read(see)).get_one_value(), colour.colour

    assert (await world.dispatch_command(Write(outer))).one() == ("green", "blue", "blue")


async def test_read_joins_read(world: World) -> None:
    async def inner(world: World, transaction: WorldTransaction) -> Any:
        return transaction.session

    async def outer(world: World, transaction: WorldTransaction) -> bool:
        return await world.dispatch_command(Read(inner)).get_one_value() is transaction.session

    assert await world.dispatch_command(Read(outer)).get_one_value()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("begun", [False, True])
async def test_write_inside_read_is_refused_at_once(world: World, begun: bool) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        if begun:
            await transaction.get_entity(1)
        await world.dispatch_command(Write(create))

    with pytest.raises(AccessError, match="Write writes, but it was dispatched by Read"):
        await soon(world.dispatch_command(Read(outer)).get_all_results())


async def test_write_inside_a_joined_read_is_refused(world: World) -> None:
    async def middle(world: World, transaction: WorldTransaction) -> None:
        await world.dispatch_command(Write(create))

    async def outer(world: World, transaction: WorldTransaction) -> None:
        await world.dispatch_command(Read(middle))

    with pytest.raises(AccessError):
        await world.dispatch_command(Write(outer))


@pytest.mark.usefixtures("database")
async def test_none_inside_a_write_that_has_begun_is_refused_at_once(world: World) -> None:
    async def inner(world: World) -> Any:
        return int(await world.dispatch_command(Write(create)).get_one_value())

    async def begun(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await world.dispatch_command(Long(inner))

    async def not_begun(world: World, transaction: WorldTransaction) -> Any:
        return int(await world.dispatch_command(Long(inner)).get_one_value()) + await create(world, transaction)

    with pytest.raises(AccessError, match="Long takes long"):
        await soon(world.dispatch_command(Write(begun)).get_all_results())
    ids = (await soon(world.dispatch_command(Write(not_begun)).get_all_results()))[0]
    assert ids % 2 == 1  # two that follow each other; PostgreSQL does not give out again what a rollback has freed
    assert await count(world) == 2


async def test_a_none_command_never_waits_for_a_caller_that_begins_to_write_meanwhile(world: World) -> None:
    async def inner(world: World) -> AsyncGenerator[Any, Any]:
        yield Told()
        await world.dispatch_command(Write(create))

    async def outer(world: World, transaction: WorldTransaction) -> None:
        async for _ in world.dispatch_command(LongTalk(inner)):
            await transaction.create_entity()

    with pytest.raises(AccessError, match="has begun to write meanwhile"):
        await soon(world.dispatch_command(Write(outer)).get_all_results())
    assert await count(world) == 0


@pytest.mark.parametrize("deep", [False, True])
async def test_a_task_of_a_handler_never_waits_for_that_handler(world: World, deep: bool) -> None:
    """The handler takes the writer while its task is on the way to it, then awaits the task: they would wait for each other."""
    going, go_on = asyncio.Event(), asyncio.Event()

    async def inner(world: World, transaction: WorldTransaction) -> None:
        going.set()
        await go_on.wait()
        await transaction.create_entity()

    async def between(world: World) -> None:
        await world.dispatch_command(Write(inner))

    async def outer(world: World, transaction: WorldTransaction) -> None:
        task = asyncio.ensure_future(world.dispatch_command(Long(between) if deep else Write(inner)).get_all_results())
        await going.wait()
        await transaction.create_entity()
        go_on.set()
        await task

    with pytest.raises(AccessError, match="would wait for each other"):
        await soon(world.dispatch_command(Own(outer)).get_all_results())
    assert await count(world) == 0
    assert not world.units


async def test_two_tasks_that_wait_for_each_other_end_with_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.database.writer.sync_engine.pool, "_timeout", 0.1)
    holds = asyncio.Event()

    async def outer(world: World) -> None:
        async def one() -> None:
            async with world.transaction() as transaction:
                await transaction.create_entity()
                holds.set()
                await other

        async def two() -> None:
            await holds.wait()
            await world.dispatch_command(Write(create))

        other = asyncio.ensure_future(two())
        await one()

    with pytest.raises(DatabaseBusyError, match=r"Write cannot write: world.transaction\(\) holds the writer"):
        await soon(world.dispatch_command(Long(outer)).get_all_results())
    assert await count(world) == 0
    assert not world.units


async def test_none_inside_read(world: World) -> None:
    async def inner(world: World) -> Any:
        return await world.dispatch_command(Write(create)).get_one_value()

    async def outer(world: World, transaction: WorldTransaction) -> Any:
        await transaction.get_entity(1)
        return await world.dispatch_command(Long(inner)).get_one_value()

    assert await soon(world.dispatch_command(Read(outer)).get_all_results()) == [1]


async def test_world_transaction_joins_like_a_dispatch(world: World) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        async with world.transaction() as inner:
            await inner.create_entity()
            assert inner.session is transaction.session
        assert await count(world) == 0

    await world.dispatch_command(Write(outer))
    assert await count(world) == 1
    async with world.transaction() as transaction:
        await transaction.create_entity()
        assert await world.dispatch_command(Write(create)).get_one_value() == 3
    assert await count(world) == 3
    async with world.transaction("read") as transaction:
        with pytest.raises(AccessError):
            await transaction.create_entity()
        with pytest.raises(AccessError):
            await world.dispatch_command(Write(create))


async def test_world_transaction_in_a_handler_that_speaks_inside_it(world: World) -> None:
    async def body(world: World) -> AsyncGenerator[Any, Any]:
        async with world.transaction() as transaction:
            await transaction.create_entity()
            yield Told("inside")
            await world.dispatch_command(Write(create))  # joins the block, though the handler was away meanwhile
            assert await count(world) == 0
        yield Told("outside")

    async def consume() -> list[tuple[str, int]]:
        seen = []
        async for event in world.dispatch_command(LongTalk(body)):
            assert await world.dispatch_command(Write(create)).get_one_value()  # would wait for ever for the writer
            seen.append((event.text, await count(world)))
        return seen

    assert await soon(consume()) == [("inside", 3), ("outside", 4)]


async def test_rollback_of_world_transaction(world: World) -> None:
    with pytest.raises(KeyError):
        async with world.transaction() as transaction:
            await transaction.create_entity()
            raise KeyError
    assert await count(world) == 0
    with pytest.raises(TypeError):
        async with world.transaction("none"):
            pass


# -- failing ----------------------------------------------------------------------------------------------------------------


async def failing(world: World, transaction: WorldTransaction) -> None:
    await transaction.create_entity()
    raise KeyError("inner")


async def test_a_failed_join_dooms_the_transaction_though_the_error_is_caught(world: World) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        with pytest.raises(KeyError):
            await world.dispatch_command(Write(failing))
        with pytest.raises(TransactionAbortedError, match="because Write failed"):
            await transaction.create_entity()
        with pytest.raises(TransactionAbortedError):
            await world.dispatch_command(Read(create))

    with pytest.raises(TransactionAbortedError, match="rolled back because Write failed"):
        await world.dispatch_command(Write(outer))
    assert await count(world) == 0


async def test_a_failed_block_dooms_too(world: World) -> None:
    async with world.transaction():
        await world.dispatch_command(Write(create))
    with pytest.raises(TransactionAbortedError):
        async with world.transaction() as outer:
            with pytest.raises(KeyError):
                async with world.transaction() as inner:
                    await inner.create_entity()
                    raise KeyError
            await outer.flush()
    assert await count(world) == 1


@pytest.mark.usefixtures("database")
async def test_a_savepoint_survives_a_failure(world: World) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        first = await create(world, transaction)
        transaction.send_event(Told("kept"))
        with pytest.raises(KeyError):
            async with transaction.savepoint():
                transaction.send_event(Told("dropped"))
                await transaction.add_component_to_entity(first, Colour(colour="red"))
                await world.dispatch_command(Write(failing))
        assert not await transaction.has_component(first, Colour)
        async with transaction.savepoint():
            await transaction.add_component_to_entity(first, Colour(colour="blue"))
            await transaction.create_entity()

    heard: list[str] = []

    async def listen(event: Told) -> None:
        heard.append(event.text)

    world.register_system(listen, event_type=Told)
    await world.dispatch_command(Write(outer))
    await world.settled()
    assert await count(world) == 2
    assert heard == ["kept"]
    async with world.transaction("read") as transaction:
        colour = await transaction.get_component(1, Colour)
        assert colour is not None
        assert colour.colour == "blue"


async def test_a_savepoint_with_a_swallowed_failure_fails_at_its_end(world: World) -> None:
    async def outer(world: World, transaction: WorldTransaction) -> None:
        with pytest.raises(TransactionAbortedError):
            async with transaction.savepoint():
                with pytest.raises(KeyError):
                    await world.dispatch_command(Write(failing))
        await transaction.create_entity()

    await world.dispatch_command(Write(outer))
    assert await count(world) == 1


async def test_savepoints_nest(world: World) -> None:
    async with world.transaction() as transaction:
        async with transaction.savepoint():
            await transaction.create_entity()
            with pytest.raises(KeyError):
                async with transaction.savepoint():
                    await transaction.create_entity()
                    raise KeyError
        await transaction.create_entity()
    assert await count(world) == 2


async def test_what_joined_must_have_ended(world: World) -> None:
    async def inner(world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.create_entity()
        yield Told()
        await transaction.create_entity()

    left: list[Any] = []

    async def outer(world: World, transaction: WorldTransaction) -> None:
        left.append(world.dispatch_command(Talk(inner)))
        assert await anext(left[0]) == Told()

    with pytest.raises(TransactionAbortedError, match="Talk still runs in the transaction of Write"):
        await world.dispatch_command(Write(outer))
    assert await count(world) == 0
    with pytest.raises(TransactionAbortedError, match="has ended"):
        await left[0]


async def test_a_task_that_was_left_behind_is_named(world: World) -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def slow(world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await asyncio.sleep(0.02)
        await transaction.create_entity()

    async def outer(world: World, transaction: WorldTransaction) -> None:
        tasks.append(asyncio.ensure_future(world.dispatch_command(Write(slow)).get_all_results()))
        await asyncio.sleep(0.01)

    with pytest.raises(TransactionAbortedError, match="Write still runs"):
        await world.dispatch_command(Write(outer))
    with pytest.raises(TransactionAbortedError):
        await tasks[0]
    assert await count(world) == 0


async def test_closing_a_joined_conversation_that_wrote_dooms(world: World) -> None:
    async def wrote(world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.create_entity()
        yield Told()

    async def only_read(world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.get_entity(1)
        yield Told()

    async def outer(world: World, transaction: WorldTransaction, inner: BaseCommand[Any, Any]) -> None:
        async with world.dispatch_command(inner) as executor:
            await anext(executor)

    await world.dispatch_command(Write(lambda world, transaction: outer(world, transaction, ReadTalk(only_read))))
    await world.dispatch_command(Write(lambda world, transaction: outer(world, transaction, Talk(only_read))))
    with pytest.raises(TransactionAbortedError, match="Talk failed"):
        await world.dispatch_command(Write(lambda world, transaction: outer(world, transaction, Talk(wrote))))
    assert await count(world) == 0


@pytest.mark.usefixtures("database")
async def test_a_failed_queue_dooms_what_was_half_written(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> None:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, Colour(colour="red"))
        await transaction.add_component_to_entity(99, Note(text="nobody's"))
        with pytest.raises(EntityNotFoundError, match="99"):
            await transaction.flush()

    with pytest.raises(TransactionAbortedError):
        await world.dispatch_command(Write(body))
    assert await count(world) == 0


# -- the current transaction ------------------------------------------------------------------------------------------------


async def test_the_consumer_of_events_does_not_join(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.get_entity(1)
        yield Told()
        yield Told()

    seen = []
    async for _ in world.dispatch_command(ReadTalk(body)):
        async with asyncio.timeout(10):
            await world.dispatch_command(Write(create))  # inside the read it would raise
        seen.append(await count(world))
    assert seen == [1, 2]


async def test_a_conversation_may_change_tasks(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        for _ in range(3):
            await transaction.get_entity(1)
            yield Told()
        yield Result(await world.dispatch_command(Read(joined)).get_one_value() is transaction.session)

    async def joined(world: World, transaction: WorldTransaction) -> Any:
        return transaction.session

    executor = world.dispatch_command(ReadTalk(body))
    for _ in range(3):
        assert await asyncio.get_running_loop().create_task(executor.asend(None)) == Told()
    assert (await executor).one() is True


async def test_what_a_handler_tells_while_it_holds_the_writer_comes_after_the_commit(world: World) -> None:
    async def body(world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        yield Told("before")
        await transaction.create_entity()
        yield Told("held")
        yield Told("held too")
        await transaction.create_entity()

    seen = [(event.text, await count(world)) async for event in world.dispatch_command(Talk(body))]
    assert seen == [("before", 0), ("held", 2), ("held too", 2)]
