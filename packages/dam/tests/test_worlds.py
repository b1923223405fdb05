"""Several Worlds in one process share nothing; a World opens and closes as a whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import func, select

from dam.commands.core import BaseCommand
from dam.core.exceptions import AccessError, ConfigurationError, ConversationBusyError, NoHandlerError, ResourceNotFoundError
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld


@dataclass
class Create(BaseCommand[Any, Any]):
    other: Any = None


@dataclass
class Happened(BaseEvent):
    pass


class Tool:
    pass


class Lively:
    """A resource with a life."""

    def __init__(self, story: list[str], name: str, *, fail: bool = False) -> None:
        self.story, self.name, self.fail = story, name, fail

    async def __aenter__(self) -> Self:
        if self.fail:
            raise KeyError(self.name)
        self.story.append(f"+{self.name}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.story.append(f"-{self.name}")


class First(Lively):
    pass


class Second(Lively):
    pass


async def count(world: World) -> int:
    return await world.database.read(lambda connection: int(connection.execute(select(func.count()).select_from(Entity)).scalar_one()))


async def create(command: Create, world: World, transaction: WorldTransaction) -> int:
    entity = await transaction.create_entity()
    world.send_event(Happened())
    if command.other is not None:
        await command.other.dispatch_command(Create())
    return entity.id


async def test_two_worlds_share_nothing(make_world: MakeWorld) -> None:
    one, other = make_world(name="one"), make_world(name="other")
    heard: list[str] = []

    async def hear(event: Happened, world: World) -> None:
        heard.append(world.name)

    one.add_resource(Tool())
    one.register_system(create, command_type=Create)
    one.register_system(hear, event_type=Happened)
    await one.dispatch_command(Create())
    await one.settled()
    assert heard == ["one"]
    with pytest.raises(NoHandlerError):
        await other.dispatch_command(Create())
    with pytest.raises(ResourceNotFoundError):
        other.get_resource(Tool)
    other.send_event(Happened())
    await other.settled()
    assert heard == ["one"]
    await other.open()
    assert (await count(one), await count(other)) == (1, 0)


async def test_a_handler_of_one_world_writes_to_another_without_joining(make_world: MakeWorld) -> None:
    one, other = make_world(name="one"), make_world(name="other")
    for world in (one, other):
        world.register_system(create, command_type=Create)

    async def fails(command: Create) -> None:
        raise KeyError

    one.register_system(fails, command_type=Create)
    with pytest.raises(KeyError):
        await asyncio.wait_for(one.dispatch_command(Create(other)), 10)
    assert (await count(one), await count(other)) == (0, 1)  # the other World's transaction was its own


async def test_a_reader_of_one_world_may_open_and_write_another(make_world: MakeWorld, tmp_path: Path) -> None:
    one = make_world(name="one")
    other = create_world(settings=WorldSettings.in_directory("new", tmp_path / "new"), plugins=[])
    other.register_system(create, command_type=Create)
    async with one.transaction("read") as transaction:
        assert await transaction.get_entity(1) is None
        assert await other.dispatch_command(Create()).get_one_value() == 1  # with its migrations
    await other.close()


async def test_making_a_world_does_no_input_or_output(tmp_path: Path) -> None:
    world = create_world(settings=WorldSettings.in_directory("x", tmp_path / "home"))
    assert not (tmp_path / "home").exists()
    assert not world.is_open
    assert repr(world) == "<World x>"


async def test_resources_live_as_long_as_the_world(make_world: MakeWorld) -> None:
    story: list[str] = []
    world = make_world()
    world.add_resource(First(story, "first"))
    world.add_resource(Second(story, "second"))
    async with world:
        assert story == ["+first", "+second"]
    assert story == ["+first", "+second", "-second", "-first"]
    await world.close()
    assert len(story) == 4


async def test_a_resource_that_cannot_begin_ends_the_others(make_world: MakeWorld) -> None:
    story: list[str] = []
    world = make_world()
    world.add_resource(First(story, "first"))
    world.add_resource(Second(story, "second", fail=True))
    with pytest.raises(KeyError):
        await world.open()
    assert story == ["+first", "-first"]
    assert not world.is_open


async def test_closing_goes_on_after_a_failure(make_world: MakeWorld) -> None:
    class Stubborn:
        async def __aenter__(self) -> None: ...

        async def __aexit__(self, *_: object) -> None:
            raise KeyError("stubborn")

    story: list[str] = []
    world = make_world()
    world.add_resource(First(story, "first"))
    world.add_resource(Stubborn())
    await world.open()
    with pytest.raises(KeyError):
        await world.close()
    assert story == ["+first", "-first"]
    assert not world.is_open


async def test_opening_at_once_opens_once(make_world: MakeWorld) -> None:
    story: list[str] = []
    world = make_world()
    world.add_resource(First(story, "first"))
    world.register_system(create, command_type=Create)
    await asyncio.gather(*(world.dispatch_command(Create()).get_one_value() for _ in range(5)), world.open())
    assert story == ["+first"]


async def test_who_comes_while_it_is_being_opened_waits_for_that(make_world: MakeWorld) -> None:
    story: list[str] = []
    beginning, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        async def __aenter__(self) -> None:
            async with world.transaction() as transaction:  # a resource may use the World that it is a part of
                await transaction.create_entity()
            beginning.set()
            await go_on.wait()
            story.append("resources are there")

        async def __aexit__(self, *_: object) -> None: ...

    async def ask(command: Create) -> None:
        story.append("handler")

    world = make_world()
    world.add_resource(Slow())
    world.register_system(ask, command_type=Create)
    first = asyncio.ensure_future(world.dispatch_command(Create()).get_one_value())
    await beginning.wait()
    second = asyncio.ensure_future(world.dispatch_command(Create()).get_one_value())
    for _ in range(20):
        await asyncio.sleep(0)
    assert (story, world.is_open) == ([], False)
    go_on.set()
    await asyncio.wait_for(asyncio.gather(first, second), 20)
    assert story == ["resources are there", "handler", "handler"]


async def test_a_dispatch_hears_why_its_world_cannot_open(make_world: MakeWorld) -> None:
    story: list[str] = []
    world = make_world()
    world.add_resource(First(story, "first"))
    world.add_resource(Second(story, "second", fail=True))
    world.register_system(create, command_type=Create)
    for _ in range(2):
        with pytest.raises(KeyError, match="second"):
            await asyncio.wait_for(world.dispatch_command(Create()), 20)
    assert story == ["+first", "-first"] * 2

    async def hear(event: Happened) -> None: ...

    world.register_system(hear, event_type=Happened)
    world.send_event(Happened())
    await asyncio.wait_for(world.settled(), 20)
    assert [type(failure.error) for failure in world.listener_failures] == [KeyError]


async def test_a_resource_that_begins_cannot_wait_for_listeners(make_world: MakeWorld) -> None:
    class Waits:
        async def __aenter__(self) -> None:
            world.send_event(Happened())
            await world.settled()

        async def __aexit__(self, *_: object) -> None: ...

    async def hear(event: Happened) -> None: ...

    world = make_world()
    world.add_resource(Waits())
    world.register_system(hear, event_type=Happened)
    with pytest.raises(AccessError, match="is being opened"):
        await asyncio.wait_for(world.open(), 20)


async def test_closing_waits_for_commands_and_their_commits(make_world: MakeWorld) -> None:
    world = make_world()
    began = asyncio.Event()

    async def slow(command: Create, transaction: WorldTransaction) -> int:
        began.set()
        for _ in range(10):
            await transaction.create_entity()
        return 10

    world.register_system(slow, command_type=Create)
    task = asyncio.ensure_future(world.dispatch_command(Create()).get_one_value())
    await began.wait()
    await world.close()
    assert await task == 10
    async with world:
        assert await count(world) == 10


async def test_a_handler_cannot_close_its_world(make_world: MakeWorld) -> None:
    world = make_world()

    async def closes(command: Create) -> None:
        await world.close()

    world.register_system(closes, command_type=Create)
    with pytest.raises(ConversationBusyError, match="would wait for itself"):
        await world.dispatch_command(Create())
    assert world.is_open


async def test_a_world_may_be_opened_again(make_world: MakeWorld) -> None:
    world = make_world()
    world.register_system(create, command_type=Create)
    async with world:
        await world.dispatch_command(Create())
    async with world:
        assert await count(world) == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
async def test_databases_that_cannot_serve(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError):
        create_world(settings=WorldSettings("x", tmp_path, url), plugins=[])


async def test_readers_are_not_stopped_by_a_writer(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.transaction() as transaction:
        await transaction.create_entity()
        assert await asyncio.wait_for(count(world), 10) == 0
