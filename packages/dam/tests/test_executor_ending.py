"""Dispatch: a command runs once, for one task at a time, and is closed."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import ConversationBusyError
from dam.core.executor import Result
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.system_events.base import BaseEvent
from dam.system_events.progress import Progress
from dam.system_events.requests import PasswordRequest
from dam_test_utils.fixtures import MakeWorld


@dataclass
class Told(BaseEvent):
    text: str = ""


@dataclass
class Ask(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    value: Any = None


@dataclass
class Inner(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    value: Any = None


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world() as made:
        yield made


async def echo(command: Ask) -> Any:
    return command.value


async def talkative(command: Ask) -> AsyncGenerator[Any, Any]:
    yield Progress(1, 3)
    yield Told("one")
    yield Progress(2, 3)
    yield Result("result")
    yield Told("two")
    yield Progress(3, 3)


def register(world: World, *functions: Any, command: type[BaseCommand[Any, Any]] = Ask) -> None:
    for function in functions:
        world.register_system(function, command_type=command)


# -- once -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("handler", [echo, talkative])
async def test_it_runs_once(world: World, handler: Any) -> None:
    register(world, handler)
    executor = world.dispatch_command(Ask(1))
    first = await executor
    assert await executor is first
    assert [event async for event in executor] == []
    with pytest.raises(StopAsyncIteration):
        await anext(executor)


@pytest.mark.parametrize("generator", [False, True])
async def test_a_later_await_raises_the_same_error(world: World, generator: bool) -> None:
    async def fails(command: Ask) -> None:
        raise KeyError(command.value)

    async def fails_later(command: Ask) -> AsyncGenerator[Any, Any]:
        yield Told()
        raise KeyError(command.value)

    register(world, fails_later if generator else fails)
    executor = world.dispatch_command(Ask(3))
    with pytest.raises(KeyError) as first:
        await executor
    with pytest.raises(KeyError) as second:
        await executor
    assert second.value is first.value
    assert [event async for event in executor] == []


async def test_the_first_failure_stops_the_handlers_that_follow(world: World) -> None:
    ran: list[str] = []

    async def first(command: Ask) -> None:
        ran.append("first")
        raise KeyError

    async def second(command: Ask) -> None:
        ran.append("second")

    register(world, first, second)
    with pytest.raises(KeyError):
        await world.dispatch_command(Ask())
    assert ran == ["first"]


@pytest.mark.parametrize("generator", [False, True])
async def test_a_second_task_gets_a_busy_error(world: World, generator: bool) -> None:
    go_on = asyncio.Event()

    async def waits(command: Ask) -> None:
        await go_on.wait()

    async def waits_and_tells(command: Ask) -> AsyncGenerator[Any, Any]:
        await go_on.wait()
        yield Told()

    register(world, waits_and_tells if generator else waits)
    executor = world.dispatch_command(Ask())
    task = asyncio.ensure_future(executor.get_all_results())
    await asyncio.sleep(0)
    with pytest.raises(ConversationBusyError, match="Ask"):
        await executor
    with pytest.raises(ConversationBusyError):
        await anext(executor)
    go_on.set()
    assert await task == ([] if generator else [None])


# -- closing ----------------------------------------------------------------------------------------------------------------


async def test_never_awaited_warns(world: World) -> None:
    register(world, echo)
    with pytest.warns(ResourceWarning, match="Ask was never awaited"):
        world.dispatch_command(Ask())


async def test_leaving_a_loop_early_warns_and_closes_in_the_end(world: World) -> None:
    ended = asyncio.Event()

    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        try:
            yield Told()
            yield Told()
        finally:
            ended.set()

    register(world, handler)

    async def leave() -> None:
        async for _ in world.dispatch_command(Ask()):
            break

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await leave()
        gc.collect()
        await asyncio.wait_for(ended.wait(), 5)
    assert "left in the middle" in str(caught[0].message)
    assert caught[0].category is ResourceWarning


async def test_async_with_closes_at_once(world: World) -> None:
    ended: list[bool] = []

    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        try:
            yield Told()
        finally:
            ended.append(True)

    register(world, handler)
    async with world.dispatch_command(Ask()) as executor:
        async for _ in executor:
            break
        assert not ended
    assert ended == [True]
    assert [event async for event in executor] == []


async def test_async_with_needs_not_run_it(world: World) -> None:
    register(world, echo)
    async with world.dispatch_command(Ask()):
        pass


@pytest.mark.parametrize("generator", [False, True])
async def test_aclose_from_another_task_cancels_the_step_under_way(world: World, generator: bool) -> None:
    ended: list[bool] = []

    async def waits(command: Ask) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    async def waits_and_tells(command: Ask) -> AsyncGenerator[Any, Any]:
        await waits(command)
        yield Told()

    register(world, waits_and_tells if generator else waits)
    executor = world.dispatch_command(Ask())
    task = asyncio.ensure_future(executor.get_all_results())
    await asyncio.sleep(0.01)
    await executor.aclose()
    assert ended == [True]
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_aclose_ends_a_handler_that_hears_no_cancellation(world: World) -> None:
    async def stubborn(command: Ask) -> AsyncGenerator[Any, Any]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield Told("still here")
        yield Told("never")

    register(world, stubborn)
    executor = world.dispatch_command(Ask())
    task = asyncio.ensure_future(executor.get_all_results())
    await asyncio.sleep(0)
    await executor.aclose()
    assert await task == []


async def test_a_handler_cannot_close_its_own_conversation(world: World) -> None:
    executors: list[Any] = []

    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        await executors[0].aclose()
        yield Told()

    register(world, handler)
    executors.append(world.dispatch_command(Ask()))
    with pytest.raises(ConversationBusyError, match="from inside"):
        await executors[0]


async def test_the_world_closes_what_is_open(make_world: MakeWorld) -> None:
    ended: list[str] = []

    async def waits(command: Inner) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waiting")

    async def tells(command: Ask, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        try:
            await transaction.get_entity(1)
            yield Told("handed out only after the commit")
            yield PasswordRequest()
        finally:
            ended.append("telling")

    world = make_world()
    world.settings = replace(world.settings, closing_seconds=0.05)
    register(world, tells)
    register(world, waits, command=Inner)
    suspended = world.dispatch_command(Ask())
    task = asyncio.ensure_future(world.dispatch_command(Inner()).get_all_results())
    await anext(suspended)
    assert await anext(suspended) == PasswordRequest()
    await asyncio.sleep(0)
    await world.close()
    assert sorted(ended) == ["telling", "waiting"]
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(StopAsyncIteration):
        await anext(suspended)


async def test_a_cancelled_await_cancels_the_handler(world: World) -> None:
    ended: list[bool] = []

    async def waits(command: Ask) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    register(world, waits)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(world.dispatch_command(Ask()), 0.01)
    assert ended == [True]
