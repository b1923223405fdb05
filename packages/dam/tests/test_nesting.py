"""Random trees of nested commands behave as a small model of the rules says: who joins whom, what fails, what is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import AccessError, TransactionAbortedError
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld


class BoomError(Exception):
    """What a node that fails raises."""


@dataclass(frozen=True)
class Node:
    """One command: with its access; `steps` are "use" (a statement), "tell" (an event), "fail", or a nested node (True: errors caught)."""

    access: Access
    speaks: bool
    steps: tuple[str | tuple[Node, bool], ...] = ()


# -- the model --------------------------------------------------------------------------------------------------------------


@dataclass
class ModelUnit:
    access: Access
    writes: int = 0
    begun: bool = False
    failed: bool = False


@dataclass
class Model:
    """What is committed in the end."""

    committed: int = 0

    def run(self, node: Node, unit: ModelUnit | None, reading: bool) -> None:
        if node.access == "none":
            if unit is not None and unit.begun and unit.access == "write":
                raise AccessError
            self.body(node, None, reading=False)
            return
        if unit is None:
            own = ModelUnit(node.access)
            self.body(node, own, reading=node.access == "read")
            if own.failed:
                raise TransactionAbortedError
            self.committed += own.writes
            return
        if node.access == "write" and reading:
            raise AccessError
        if unit.failed:
            raise TransactionAbortedError
        try:
            self.body(node, unit, reading=node.access == "read")
        except Exception:
            unit.failed = True
            raise

    def body(self, node: Node, unit: ModelUnit | None, *, reading: bool) -> None:
        for step in node.steps:
            if step == "fail":
                raise BoomError
            if step == "use" and unit is not None:
                if unit.failed:
                    raise TransactionAbortedError
                unit.begun = True
                unit.writes += node.access == "write"
            elif isinstance(step, tuple):
                nested, caught = step
                try:
                    self.run(nested, unit, reading)
                except Exception:
                    if not caught:
                        raise


# -- the engine -------------------------------------------------------------------------------------------------------------


@dataclass
class Told(BaseEvent):
    pass


@dataclass
class Read(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "read"
    node: Node


@dataclass
class Write(BaseCommand[Any, Any]):
    node: Node


@dataclass
class Long(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    node: Node


@dataclass
class SpeakingRead(Read):
    pass


@dataclass
class SpeakingWrite(Write):
    pass


@dataclass
class SpeakingLong(Long):
    pass


COMMANDS: dict[tuple[Access, bool], type[Any]] = {
    ("read", False): Read, ("write", False): Write, ("none", False): Long,
    ("read", True): SpeakingRead, ("write", True): SpeakingWrite, ("none", True): SpeakingLong,
}  # fmt: skip


def command(node: Node) -> Any:
    return COMMANDS[node.access, node.speaks](node)


async def steps(node: Node, world: World, transaction: WorldTransaction | None) -> AsyncGenerator[Any, Any]:
    for step in node.steps:
        if step == "fail":
            raise BoomError
        if step == "use" and transaction is not None:
            await (transaction.create_entity() if node.access == "write" else transaction.get_entity(1))
        elif step == "tell":
            yield Told()
        elif isinstance(step, tuple):
            nested, caught = step
            try:
                if nested.speaks and node.speaks:
                    async for event in world.dispatch_command(command(nested)):
                        yield event
                else:
                    await world.dispatch_command(command(nested))
            except Exception:
                if not caught:
                    raise


async def plain(node: Node, world: World, transaction: WorldTransaction | None) -> None:
    async for _ in steps(node, world, transaction):
        pass


async def read(command: Read, world: World, transaction: WorldTransaction) -> None:
    await plain(command.node, world, transaction)


async def write(command: Write, world: World, transaction: WorldTransaction) -> None:
    await plain(command.node, world, transaction)


async def long(command: Long, world: World) -> None:
    await plain(command.node, world, None)


async def speaking_read(command: SpeakingRead, world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
    async for event in steps(command.node, world, transaction):
        yield event


async def speaking_write(command: SpeakingWrite, world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
    async for event in steps(command.node, world, transaction):
        yield event


async def speaking_long(command: SpeakingLong, world: World) -> AsyncGenerator[Any, Any]:
    async for event in steps(command.node, world, None):
        yield event


# -- the comparison ---------------------------------------------------------------------------------------------------------

accesses = st.sampled_from(("read", "write", "none"))
words = st.sampled_from(("use", "use", "use", "tell", "fail"))
nodes = st.recursive(
    st.builds(Node, accesses, st.booleans(), st.lists(words, max_size=3).map(tuple)),
    lambda smaller: st.builds(
        Node, accesses, st.booleans(), st.lists(st.one_of(words, st.tuples(smaller, st.booleans())), max_size=4).map(tuple)
    ),
    max_leaves=6,
)


@dataclass
class Outcome:
    error: type[BaseException] | None = None
    committed: int = 0
    told: list[Any] = field(default_factory=list)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=nodes, iterate=st.booleans())
async def test_nested_commands_follow_the_rules(make_world: MakeWorld, node: Node, iterate: bool) -> None:
    world = make_world()
    plainly = ((read, Read), (write, Write), (long, Long))
    speaking = ((speaking_read, SpeakingRead), (speaking_write, SpeakingWrite), (speaking_long, SpeakingLong))
    for function, command_type in (*plainly, *speaking):
        world.register_system(function, command_type=command_type)
    model, expected = Model(), None
    try:
        model.run(node, None, reading=False)
    except (BoomError, AccessError) as error:
        expected = type(error)
    async with world:
        got = await asyncio.wait_for(_outcome(world, node, iterate=iterate), 20)
        assert (got.error, got.committed) == (expected, model.committed)
        assert not world.units
        async with world.transaction() as transaction:  # the writer is free again
            await transaction.execute(delete(Entity))


async def _outcome(world: World, node: Node, *, iterate: bool) -> Outcome:
    outcome = Outcome()
    executor = world.dispatch_command(command(node))
    try:
        if iterate:
            outcome.told = [event async for event in executor]
        await executor
    except (BoomError, AccessError) as error:
        outcome.error = type(error)
    outcome.committed = await world.database.read(
        lambda connection: int(connection.execute(select(func.count()).select_from(Entity)).scalar_one())
    )
    return outcome
