"""Events and stages: delivered after the commit, heard by base classes too, one failure never stops another listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import AccessError, ConversationBusyError, ConversationError
from dam.core.stages import SystemStage
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam.system_events.batch import Batch
from dam_test_utils.fixtures import MakeWorld


@dataclass
class Happened(BaseEvent):
    number: int = 0


@dataclass
class HappenedTwice(Happened):
    pass


@dataclass
class Follows(BaseEvent):
    number: int = 0


@dataclass
class Write(BaseCommand[Any, Any]):
    fail: bool = False


@dataclass
class Own(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    fail: bool = False


@dataclass
class Create(BaseCommand[Any, Any]):
    pass


@system(on_event=Happened)
async def hear(event: Happened, world: World, heard: HeardResource) -> None:
    heard.all.append((event.number, await count(world)))


class HeardResource:
    def __init__(self) -> None:
        self.all: list[Any] = []


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    made = make_world()
    made.add_resource(HeardResource())
    async with made:
        yield made


@pytest.fixture
def heard(world: World) -> list[Any]:
    return world.get_resource(HeardResource).all


async def count(world: World) -> int:
    return await world.database.read(lambda connection: int(connection.execute(select(func.count()).select_from(Entity)).scalar_one()))


async def test_an_event_is_delivered_after_the_commit(world: World, heard: list[Any]) -> None:
    async def write(command: Write, world: World, transaction: WorldTransaction) -> None:
        await world.send_event(Happened(1))
        await transaction.create_entity()
        transaction.send_event(Happened(2))
        await asyncio.sleep(0.01)
        assert heard == []

    world.register_system(hear)
    world.register_system(write, command_type=Write)
    await world.dispatch_command(Write())
    await world.settled()
    assert heard == [(1, 1), (2, 1)]


async def test_an_event_is_dropped_on_rollback(world: World, heard: list[Any]) -> None:
    async def write(command: Write, world: World, transaction: WorldTransaction) -> None:
        world.send_event(Happened(1))
        await world.dispatch_command(Own())
        raise KeyError

    async def own(command: Own, world: World) -> None:
        world.send_event(Happened(2))  # no transaction around it: now

    world.register_system(hear)
    world.register_system(write, command_type=Write)
    world.register_system(own, command_type=Own)
    with pytest.raises(KeyError):
        await world.dispatch_command(Write())
    await world.settled()
    assert heard == [(2, 0)]


async def test_in_a_transaction_of_its_own_too(world: World, heard: list[Any]) -> None:
    async def own(command: Own, world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        world.send_event(Happened(1))
        transaction.send_event(Happened(2))
        await asyncio.sleep(0.01)
        if command.fail:
            raise KeyError
        assert heard == []

    world.register_system(hear)
    world.register_system(own, command_type=Own)
    await world.dispatch_command(Own())
    with pytest.raises(KeyError):
        await world.dispatch_command(Own(fail=True))
    await world.settled()
    assert heard == [(1, 1), (2, 1)]


async def test_outside_of_a_transaction_it_is_sent_at_once(world: World, heard: list[Any]) -> None:
    world.register_system(hear)
    world.send_event(Happened(1))
    await world.send_event(Happened(2))
    await world.settled()
    assert [number for number, _ in heard] == [1, 2]


async def test_listeners_of_base_classes_hear_it_too(world: World) -> None:
    told: list[str] = []

    def listener(name: str) -> Any:
        async def listen(event: BaseEvent) -> None:
            told.append(f"{name} {type(event).__name__}")

        return listen

    world.register_system(listener("any"), event_type=BaseEvent)
    world.register_system(listener("one"), event_type=Happened)
    world.register_system(listener("two"), event_type=HappenedTwice)
    world.register_system(listener("one again"), event_type=Happened)
    world.send_event(HappenedTwice())
    world.send_event(Happened())
    await world.settled()
    assert told == [
        "two HappenedTwice", "one HappenedTwice", "one again HappenedTwice", "any HappenedTwice",
        "one Happened", "one again Happened", "any Happened",
    ]  # fmt: skip


async def test_a_failing_listener_is_recorded_and_the_next_one_runs(
    world: World, heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(event: Happened, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        raise KeyError("listener")

    world.register_system(fails, event_type=Happened)
    world.register_system(hear)
    world.send_event(Happened(1))
    world.send_event(Happened(2))
    await world.settled()
    assert heard == [(1, 0), (2, 0)]
    assert [(failure.event, str(failure.error)) for failure in world.listener_failures] == [
        (Happened(1), "'listener'"),
        (Happened(2), "'listener'"),
    ]
    assert "fails" in world.listener_failures[0].listener
    assert "fails" in caplog.text


async def test_settled_waits_for_what_listeners_send(world: World, heard: list[Any]) -> None:
    async def pass_on(event: Follows, world: World) -> None:
        await asyncio.sleep(0)
        world.send_event(Happened(event.number) if event.number > 2 else Follows(event.number + 1))

    world.register_system(pass_on, event_type=Follows)
    world.register_system(hear)
    world.send_event(Follows(0))
    await world.settled()
    assert [number for number, _ in heard] == [3]


async def test_settled_inside_a_listener_raises(world: World) -> None:
    async def waits(event: Happened, world: World) -> None:
        await world.settled()

    async def waits_in_a_task(event: Happened, world: World) -> None:
        await asyncio.get_running_loop().create_task(world.settled())

    world.register_system(waits, event_type=Happened)
    world.register_system(waits_in_a_task, event_type=Happened)
    world.send_event(Happened())
    await asyncio.wait_for(world.settled(), 10)
    assert [type(failure.error) for failure in world.listener_failures] == [ConversationError, ConversationError]


async def test_settled_and_stages_inside_a_write_that_has_begun_raise(world: World) -> None:
    async def create(transaction: WorldTransaction) -> None:
        await transaction.create_entity()

    world.register_system(create, stage=SystemStage.STARTUP)
    async with world.transaction() as transaction:
        await transaction.create_entity()
        with pytest.raises(AccessError, match="holds the writer"):
            await asyncio.wait_for(world.settled(), 10)
        with pytest.raises(AccessError, match="holds the writer"):
            await asyncio.wait_for(world.run_stage(SystemStage.STARTUP), 10)


async def test_listeners_have_a_transaction_of_their_kind(world: World) -> None:
    kinds: list[Any] = []

    @system(on_event=Happened, access="read")
    async def reads(event: Happened, transaction: WorldTransaction) -> None:
        kinds.append((transaction.access, transaction.unit.joinable))

    @system(on_event=Happened, access="write")
    async def writes(event: Happened, world: World, transaction: WorldTransaction) -> None:
        await world.dispatch_command(Create())
        await transaction.create_entity()
        kinds.append((transaction.access, transaction.unit.joinable))
        raise KeyError

    @system(on_event=Happened)
    async def default(event: Happened, world: World, transaction: WorldTransaction) -> None:
        await world.dispatch_command(Create())  # not joined: committed before
        await transaction.create_entity()
        kinds.append((transaction.access, transaction.unit.joinable))
        raise KeyError

    async def create(command: Create, transaction: WorldTransaction) -> None:
        await transaction.create_entity()

    world.register_system(create, command_type=Create)
    for listener in (reads, writes, default):
        world.register_system(listener)
    world.send_event(Happened())
    await asyncio.wait_for(world.settled(), 10)
    assert kinds == [("read", True), ("write", True), ("write", False)]
    assert await count(world) == 1


async def test_the_pump_has_an_empty_context(world: World, heard: list[Any]) -> None:
    world.register_system(hear)
    async with world.transaction() as transaction:
        await transaction.create_entity()
        world.publish(Happened(1))
        async with asyncio.timeout(20):
            while not heard:
                await asyncio.sleep(0.01)
        assert heard == [(1, 0)]


async def test_an_event_that_nobody_hears_costs_nothing(world: World) -> None:
    world.send_event(Happened())
    assert world._pump.waiting == 0
    await world.settled()


async def test_an_event_opens_the_world(make_world: MakeWorld) -> None:
    world = make_world()
    world.add_resource(HeardResource())
    world.register_system(hear)
    world.send_event(Happened(1))
    await world.settled()
    assert world.is_open
    assert world.get_resource(HeardResource).all == [(1, 0)]


# -- closing ----------------------------------------------------------------------------------------------------------------


async def test_closing_waits_for_every_listener_and_what_it_sends(make_world: MakeWorld) -> None:
    ended: list[int] = []

    async def slow(event: Follows, world: World, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        await asyncio.sleep(0.01)
        ended.append(event.number)
        if event.number == 2:
            transaction.send_event(Follows(3))

    world = make_world()
    world.register_system(slow, event_type=Follows)
    for number in range(3):
        world.send_event(Follows(number))
    await world.close()
    assert ended == [0, 1, 2, 3]
    assert await count(world) == 4
    await world.close()


async def test_closing_cancels_a_listener_that_hangs_and_says_so(make_world: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []
    began = asyncio.Event()

    async def waits(event: Happened, transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    world = make_world()
    world.settings = replace(world.settings, closing_seconds=0.05)
    world.register_system(waits, event_type=Happened)
    world.send_event(Happened(1))
    world.send_event(Happened(2))
    await began.wait()
    await asyncio.wait_for(world.close(), 20)
    assert ended == ["ended"]
    assert "waits still ran when its World closed, and is cancelled; 1 more events are not delivered" in caplog.text
    assert not world.units
    assert await count(world) == 0


async def test_a_listener_cannot_close_its_world(world: World) -> None:
    async def closes(event: Happened, world: World) -> None:
        await world.close()

    world.register_system(closes, event_type=Happened)
    world.send_event(Happened())
    await asyncio.wait_for(world.settled(), 20)
    assert [type(failure.error) for failure in world.listener_failures] == [ConversationBusyError]
    assert world.is_open


# -- batches ----------------------------------------------------------------------------------------------------------------


async def test_a_listener_may_hear_many_events_at_once(world: World) -> None:
    order: list[Any] = []

    @system(on_event=Happened, limit=3)
    async def many(batch: Batch[Happened], transaction: WorldTransaction) -> None:
        await transaction.create_entity()
        order.append([event.number for event in batch])

    async def each(event: Happened) -> None:
        order.append(event.number)

    world.register_system(many)
    world.register_system(each, event_type=Happened)
    async with world.transaction():
        for number in range(5):
            world.send_event(Happened(number) if number % 2 else HappenedTwice(number))
    await world.settled()
    assert order == [0, 1, [0, 1, 2], 2, 3, 4, [3, 4]]
    assert await count(world) == 2  # a transaction a call
    order.clear()
    world.send_event(Happened(7))
    await world.settled()
    assert order == [7, [7]]


async def test_a_batch_never_waits_for_what_is_sent_meanwhile(world: World) -> None:
    order: list[Any] = []

    async def endless(event: Follows, world: World) -> None:
        order.append(event.number)
        if event.number < 5:
            world.send_event(Follows(event.number + 1))

    async def many(batch: Batch[Happened]) -> None:
        order.append([event.number for event in batch])

    world.register_system(endless, event_type=Follows)
    world.register_system(many, event_type=Happened)
    world.send_event(Happened(10))
    world.send_event(Follows(0))
    await world.settled()
    assert order == [0, [10], 1, 2, 3, 4, 5]


async def test_a_batch_holds_at_most_500_and_a_failing_one_is_recorded_once(world: World) -> None:
    sizes: list[int] = []

    async def many(batch: Batch[Any]) -> None:
        sizes.append(len(batch))
        if len(sizes) == 1:
            raise KeyError("first")

    world.register_system(many, event_type=Happened)
    for number in range(1100):
        world.send_event(Happened(number))
    await world.settled()
    assert sizes == [500, 500, 100]
    [failure] = world.listener_failures
    assert isinstance(failure.event, Batch)
    assert [event.number for event in failure.event] == list(range(500))


async def test_closing_delivers_batches_too(make_world: MakeWorld) -> None:
    sizes: list[int] = []

    async def many(batch: Batch[Happened]) -> None:
        await asyncio.sleep(0)
        sizes.append(len(batch))

    world = make_world()
    world.register_system(many, event_type=Happened)
    for _ in range(700):
        world.send_event(Happened())
    await world.close()
    assert sizes == [500, 200]


# -- stages -----------------------------------------------------------------------------------------------------------------


async def test_stages_run_their_systems_in_order_and_stop_at_a_failure(world: World) -> None:
    ran: list[str] = []

    def staged(name: str, *, fail: bool = False) -> Any:
        async def run(transaction: WorldTransaction) -> None:
            ran.append(name)
            await transaction.create_entity()
            if fail:
                raise KeyError(name)

        return run

    world.register_system(staged("a"), stage=SystemStage.PROCESSING)
    world.register_system(staged("b", fail=True), stage=SystemStage.PROCESSING)
    world.register_system(staged("c"), stage=SystemStage.PROCESSING)
    world.register_system(staged("d"), stage=SystemStage.STARTUP)
    await world.run_stage(SystemStage.STARTUP)
    with pytest.raises(KeyError):
        await world.run_stage(SystemStage.PROCESSING)
    assert ran == ["d", "a", "b"]
    assert await count(world) == 2  # each in a transaction of its own


async def test_a_stage_that_reads(world: World) -> None:
    @system(on_stage=SystemStage.SHUTDOWN, access="read")
    async def reads(transaction: WorldTransaction) -> None:
        with pytest.raises(AccessError):
            await transaction.create_entity()

    world.register_system(reads)
    await world.run_stage(SystemStage.SHUTDOWN)
