"""Several handlers of one command: in turn and at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from dam.commands.core import Access, BaseCommand, ExecutionStrategy
from dam.core.executor import Result
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld

PARALLEL, SERIAL = ExecutionStrategy.PARALLEL, ExecutionStrategy.SERIAL


@dataclass
class Told(BaseEvent):
    handler: int = 0
    number: int = 0


@dataclass
class Long(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"


@dataclass
class Write(BaseCommand[Any, Any]):
    pass


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world() as made:
        yield made


async def count(world: World) -> int:
    async with world.transaction("read") as transaction:
        return int((await transaction.execute(select(func.count()).select_from(Entity))).scalar_one())


def make_talker(one: int, times: int) -> Any:
    async def talk(command: BaseCommand[Any, Any]) -> AsyncGenerator[Any, Any]:
        for number in range(times):
            await asyncio.sleep(0)
            yield Told(one, number)
        yield Result(one)

    return talk


@pytest.mark.parametrize("strategy", [SERIAL, PARALLEL])
async def test_five_yields_of_four_handlers_are_twenty_events_a_hundred_times(world: World, strategy: ExecutionStrategy) -> None:
    for one in range(4):
        world.register_system(make_talker(one, 5), command_type=Long)
    expected = Counter((one, number) for one in range(4) for number in range(5))
    for _ in range(100):
        executor = world.dispatch_command(Long(execution_strategy=strategy))
        told = [(event.handler, event.number) async for event in executor]
        assert Counter(told) == expected
        if strategy is SERIAL:
            assert told == sorted(told)
        assert all([number for one, number in told if one == handler] == [0, 1, 2, 3, 4] for handler in range(4))
        assert (await executor).results == [0, 1, 2, 3]


async def test_in_parallel_they_really_run_at_once_and_results_keep_their_order(world: World) -> None:
    met = asyncio.Barrier(3)

    def handler(name: str) -> Any:
        async def meet(command: Long) -> str:
            await asyncio.wait_for(met.wait(), 10)
            return name

        return meet

    for name in "cab":
        world.register_system(handler(name), command_type=Long)
    assert (await world.dispatch_command(Long(execution_strategy=PARALLEL))).results == ["c", "a", "b"]


async def test_in_turn_makes_no_task_and_one_handler_never_does(world: World) -> None:
    tasks: list[Any] = []

    async def note(command: Long) -> None:
        tasks.append(asyncio.current_task())

    world.register_system(note, command_type=Long)
    await world.dispatch_command(Long())
    await world.dispatch_command(Long(execution_strategy=PARALLEL))
    assert set(tasks) == {asyncio.current_task()}

    async def note_too(command: Long) -> None:
        tasks.append(asyncio.current_task())

    world.register_system(note_too, command_type=Long)
    tasks.clear()
    await world.dispatch_command(Long())
    assert set(tasks) == {asyncio.current_task()}
    tasks.clear()
    await world.dispatch_command(Long(execution_strategy=PARALLEL))
    assert len(set(tasks) - {asyncio.current_task()}) == 2


async def test_a_failure_cancels_the_siblings_and_rolls_all_back(world: World) -> None:
    ended: list[str] = []
    wrote = asyncio.Event()

    async def waits(command: Write, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        wrote.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def fails(command: Write, transaction: WorldTransaction) -> None:
        await wrote.wait()
        await transaction.create_entity()
        raise KeyError

    world.register_system(waits, command_type=Write)
    world.register_system(fails, command_type=Write)
    with pytest.raises(KeyError):
        await asyncio.wait_for(world.dispatch_command(Write(execution_strategy=PARALLEL)), 10)
    assert ended == ["cancelled"]
    assert await count(world) == 0


async def test_statements_of_parallel_handlers_take_turns(world: World) -> None:
    def handler() -> Any:
        async def write(command: Write, transaction: WorldTransaction) -> None:
            for _ in range(10):
                await transaction.create_entity()

        return write

    for _ in range(4):
        world.register_system(handler(), command_type=Write)
    await world.dispatch_command(Write(execution_strategy=PARALLEL))
    assert await count(world) == 40


async def test_what_is_told_while_the_writer_is_held_comes_after_the_commit(world: World) -> None:
    def handler(one: int) -> Any:
        async def write(command: Write, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
            await transaction.create_entity()
            yield Told(one)

        return write

    for one in range(3):
        world.register_system(handler(one), command_type=Write)
    seen = [await count(world) async for _ in world.dispatch_command(Write(execution_strategy=PARALLEL))]
    assert seen == [3, 3, 3]


async def test_transactions_of_their_own_in_parallel(world: World) -> None:
    def handler(one: int) -> Any:
        async def write(command: Long, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
            await transaction.create_entity()
            yield Told(one)
            await asyncio.sleep(0)
            await transaction.create_entity()

        return write

    for one in range(3):
        world.register_system(handler(one), command_type=Long)

    async def consume() -> list[int]:
        executor = world.dispatch_command(Long(execution_strategy=PARALLEL))
        return [event.handler async for event in executor if await count(world) >= 2]

    assert sorted(await asyncio.wait_for(consume(), 10)) == [0, 1, 2]
    assert await count(world) == 6


@pytest.mark.parametrize("turns", [1, 2, 4, 7, 11, 16, 22])
async def test_cancelling_or_closing_in_parallel_leaves_a_sound_writer(world: World, turns: int) -> None:
    def handler() -> Any:
        async def write(command: Write, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
            yield Told()
            await transaction.create_entity()
            yield Told()

        return write

    for _ in range(3):
        world.register_system(handler(), command_type=Write)
    task = asyncio.ensure_future(world.dispatch_command(Write(execution_strategy=PARALLEL)).get_all_results())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert await count(world) in (0, 3)
    before = await count(world)
    async with world.dispatch_command(Write(execution_strategy=PARALLEL)) as executor:
        await anext(executor)
    assert await count(world) == before
    await asyncio.wait_for(world.dispatch_command(Write(execution_strategy=PARALLEL)), 10)
    assert await count(world) == before + 3
