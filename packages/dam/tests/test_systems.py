"""Registering systems: what triggers them, where their parameters come from, and what is refused by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import pytest_asyncio

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import RegistrationError, ResourceNotFoundError
from dam.core.stages import SystemStage
from dam.core.systems import handles_command, system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.system_events.base import BaseEvent
from dam.system_events.batch import Batch
from dam_test_utils.fixtures import MakeWorld

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass
class Ask(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"


@dataclass
class Other(BaseCommand[Any, Any]):
    pass


@dataclass
class Happened(BaseEvent):
    pass


@dataclass
class Happening(BaseEvent):
    pass


class Tool:
    """A resource."""


class SharperTool(Tool):
    pass


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    yield make_world()


# -- injection --------------------------------------------------------------------------------------------------------------


async def test_parameters_are_given_by_their_types_in_any_order(world: World) -> None:
    tool = SharperTool()
    world.add_resource(tool, as_type=Tool)

    async def handler(anything: Tool, here: World, command: Ask, transaction: WorldTransaction) -> Any:
        return anything is tool, here is world, type(command), transaction.world is world

    world.register_system(handler, command_type=Ask)
    assert (await world.dispatch_command(Ask())).one() == (True, True, Ask, True)


async def test_a_handler_may_take_a_base_class_of_its_message_and_several_things_twice(world: World) -> None:
    async def handler(one: BaseCommand[Any, Any], two: Ask, here: World, there: World) -> Any:
        return one is two and here is there

    world.register_system(handler, command_type=Ask)
    assert (await world.dispatch_command(Ask())).one() is True


async def test_a_handler_may_take_nothing(world: World) -> None:
    async def handler() -> int:
        return 1

    world.register_system(handler, command_type=Ask)
    assert (await world.dispatch_command(Ask())).one() == 1


async def test_annotations_that_are_no_strings_do_too(world: World) -> None:
    async def handler(command, here):  # type: ignore[no-untyped-def]  # typed below
        return here is world

    handler.__annotations__ = {"command": Ask, "here": World}
    world.register_system(handler, command_type=Ask)
    assert (await world.dispatch_command(Ask())).one() is True


async def test_a_method_of_an_object_may_be_a_system(world: World) -> None:
    class Holder:
        async def handle(self, command: Ask) -> str:
            return "held"

    world.register_system(Holder().handle, command_type=Ask)
    assert (await world.dispatch_command(Ask())).one() == "held"


async def test_a_missing_resource_is_named_when_the_world_opens(world: World) -> None:
    async def handler(command: Ask, missing: Tool) -> None: ...

    world.register_system(handler, command_type=Ask)
    with pytest.raises(RegistrationError, match=r"handler: nothing offers the resource Tool for its parameter 'missing'"):
        await world.open()
    with pytest.raises(ResourceNotFoundError, match="Tool"):
        world.get_resource(Tool)
    world.add_resource(Tool())
    await world.open()
    with pytest.raises(RegistrationError, match="Two resources of the type Tool"):
        world.add_resource(Tool())


# -- what is refused --------------------------------------------------------------------------------------------------------


async def untyped(command: Ask, something) -> None:  # type: ignore[no-untyped-def]  # that is what it shows
    ...


async def unresolved(command: Ask, amount: Decimal) -> None: ...


async def number(command: Ask, limit: int) -> None: ...


async def optional(command: Ask, tool: Tool | None) -> None: ...


async def foreign_command(command: Other) -> None: ...


async def foreign_event(event: Happened) -> None: ...


async def star(command: Ask, *rest: Tool) -> None: ...


async def stars(command: Ask, **rest: Tool) -> None: ...


async def positional(command: Ask, /) -> None: ...


async def batch(command: Ask, batch: Batch[Happened]) -> None: ...


async def no_yield(command: Ask) -> AsyncGenerator[Any, Any]:  # type: ignore[empty-body]  # that is what it shows
    ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (batch, "parameter 'batch'"),
        (no_yield, "it has no 'yield'"),
        (untyped, "parameter 'something' has no type"),
        (unresolved, "type 'Decimal' of parameter 'amount' cannot be resolved"),
        (number, "parameter 'limit' is a <class 'int'>"),
        (optional, "parameter 'tool'"),
        (foreign_command, "parameter 'command'"),
        (foreign_event, "parameter 'event'"),
        (star, "parameter 'rest'"),
        (stars, "parameter 'rest'"),
        (positional, "parameter 'command'"),
    ],
)
async def test_the_parameter_that_cannot_be_given_is_named(world: World, function: Any, words: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        world.register_system(function, command_type=Ask)
    assert words in str(caught.value)
    assert function.__name__ in str(caught.value)


async def batch_of_others(events: Batch[Happening]) -> None: ...


async def batch_and_one(event: Happened, batch: Batch[Happened]) -> None: ...


@system(on_event=Happened, limit=3)
async def limit_of_one(event: Happened) -> None: ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (batch_of_others, "parameter 'events'"),
        (batch_and_one, "parameter 'event' is one event, but 'batch' a Batch of them"),
        (limit_of_one, "has a limit, but takes no Batch"),
    ],
)
async def test_a_batch_must_be_of_the_event_that_is_heard(world: World, function: Any, words: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        world.register_system(function, event_type=Happened)
    assert words in str(caught.value)
    assert function.__name__ in str(caught.value)


def test_a_limit_is_a_number_of_events() -> None:
    with pytest.raises(TypeError, match="limit"):
        system(on_event=Happened, limit=0)
    with pytest.raises(TypeError, match="limit"):
        system(on_command=Ask, limit=3)


async def test_only_async_functions(world: World) -> None:
    def plain(command: Ask) -> None: ...

    async def speaks(event: Happened) -> AsyncGenerator[Any, Any]:
        yield 1

    with pytest.raises(RegistrationError, match="must be an async function"):
        world.register_system(plain, command_type=Ask)
    with pytest.raises(RegistrationError, match="plain async function"):
        world.register_system(speaks, event_type=Happened)


async def test_something_must_say_when_it_runs(world: World) -> None:
    async def handler(command: Ask) -> None: ...

    with pytest.raises(TypeError, match="says nowhere when it runs"):
        world.register_system(handler)
    with pytest.raises(TypeError, match="not several"):
        world.register_system(handler, command_type=Ask, event_type=Happened)
    with pytest.raises(TypeError, match="unexpected keyword"):
        world.register_system(handler, command=Ask)  # type: ignore[call-arg]  # that is what it shows


async def test_decorator_and_keyword_may_agree_but_not_contradict(world: World) -> None:
    @handles_command(Ask)
    async def handler(command: Ask) -> int:
        return 1

    world.register_system(handler, command_type=Ask)
    world.register_system(handler)
    world.register_system(handler)
    assert (await world.dispatch_command(Ask())).results == [1]  # a (function, trigger) pair counts once
    with pytest.raises(TypeError, match="decorated for"):
        world.register_system(handler, command_type=Other)


async def test_one_function_may_have_several_triggers(world: World) -> None:
    @system(on_stage=SystemStage.STARTUP)
    @system(on_command=Ask)
    async def handler(here: World) -> int:
        return 1

    world.register_system(handler)
    assert len(world.systems()) == 2
    assert world.command_types == [Ask]
    assert (await world.dispatch_command(Ask())).results == [1]
    await world.run_stage(SystemStage.STARTUP)


def test_the_decorator_wants_exactly_one_trigger() -> None:
    with pytest.raises(TypeError, match="exactly one"):
        system()
    with pytest.raises(TypeError, match="exactly one"):
        system(on_command=Ask, on_event=Happened)
    with pytest.raises(TypeError, match=r"set Ask\.access"):
        system(on_command=Ask, access="read")


async def test_a_component_must_be_one(world: World) -> None:
    with pytest.raises(RegistrationError, match="not a component"):
        world.register_component(Tool)  # type: ignore[arg-type]  # that is what it shows
    for register in (world.register_driver, world.register_relation):
        with pytest.raises(RegistrationError, match="dam_assets"):
            register("x")
