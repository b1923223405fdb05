"""Commands that run what they are given, as the tests of transactions want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Mapped, mapped_column

from dam.commands.core import Access, BaseCommand
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.core.base_component import BaseComponent, UniqueComponent
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld

Body = Callable[[World, WorldTransaction], Awaitable[Any]]


class TransactionNoteComponent(BaseComponent):
    """Many an entity."""

    __tablename__ = "component_test_transaction_note"
    text: Mapped[str]


class TransactionColourComponent(UniqueComponent):
    """One an entity."""

    __tablename__ = "component_test_transaction_colour"
    colour: Mapped[str]
    weight: Mapped[float | None] = mapped_column(default=None)


Note, Colour = TransactionNoteComponent, TransactionColourComponent


@dataclass
class Told(BaseEvent):
    text: str = ""


@dataclass
class Read(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "read"
    body: Body


@dataclass
class Write(BaseCommand[Any, Any]):
    body: Body


@dataclass
class Long(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    body: Callable[[World], Awaitable[Any]]


@dataclass
class Own(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    body: Body


@dataclass
class Talk(BaseCommand[Any, Any]):
    """A write command whose handler is a generator."""

    body: Callable[[World, WorldTransaction], AsyncGenerator[Any, Any]]


@dataclass
class LongTalk(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    body: Callable[[World], AsyncGenerator[Any, Any]]


@dataclass
class ReadTalk(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "read"
    body: Callable[[World, WorldTransaction], AsyncGenerator[Any, Any]]


async def handle_read(command: Read, world: World, transaction: WorldTransaction) -> Any:
    return await command.body(world, transaction)


async def handle_write(command: Write, world: World, transaction: WorldTransaction) -> Any:
    return await command.body(world, transaction)


async def handle_long(command: Long, world: World) -> Any:
    return await command.body(world)


async def handle_own(command: Own, world: World, transaction: WorldTransaction) -> Any:
    return await command.body(world, transaction)


async def handle_talk(command: Any, world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
    talk = command.body(world, transaction)
    answer = None
    try:
        while True:
            answer = yield await talk.asend(answer)
    except StopAsyncIteration:
        return
    finally:
        await talk.aclose()


async def handle_write_talk(command: Talk, world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
    async for event in handle_talk(command, world, transaction):
        yield event


async def handle_read_talk(command: ReadTalk, world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
    async for event in handle_talk(command, world, transaction):
        yield event


async def handle_long_talk(command: LongTalk, world: World) -> AsyncGenerator[Any, Any]:
    async for event in command.body(world):
        yield event


def make_world_of_bodies(make_world: MakeWorld) -> World:
    """A World whose commands run what they are given."""
    made = make_world()
    made.register_components(Note, Colour)
    for function, command in (
        (handle_read, Read), (handle_write, Write), (handle_long, Long), (handle_own, Own),
        (handle_write_talk, Talk), (handle_long_talk, LongTalk), (handle_read_talk, ReadTalk),
    ):  # fmt: skip
        made.register_system(function, command_type=command)
    return made


async def count(world: World) -> int:
    """How many entities are committed."""

    def ask(connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(Entity)).scalar_one())

    return await world.database.read(ask)


async def create(world: World, transaction: WorldTransaction) -> int:
    return (await transaction.create_entity()).id


async def soon(work: Awaitable[Any]) -> Any:
    """The answer; a hang is a failure, not a wait."""
    return await asyncio.wait_for(work, 10)
