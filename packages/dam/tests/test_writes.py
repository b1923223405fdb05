"""Many components at once: what arrives is what was given, and the number of statements does not grow with them; on every database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import CompileError, IntegrityError, StatementError
from sqlalchemy.orm import Mapped, mapped_column

from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.base_component import BaseComponent, Component, UniqueComponent
from dam.models.entity import Entity
from dam.models.types import JSONDocument, UTCDateTime
from dam_test_utils.fixtures import MakeWorld

pytestmark = pytest.mark.usefixtures("database")

LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


class WritesOneComponent(UniqueComponent):
    __tablename__ = "component_test_writes_one"
    data: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument, default_factory=dict)
    raw: Mapped[bytes] = mapped_column(default=b"")
    moment: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    ratio: Mapped[float | None] = mapped_column(default=None)
    sure: Mapped[bool] = mapped_column(default=True)


class WritesManyComponent(BaseComponent):
    __tablename__ = "component_test_writes_many"
    name: Mapped[str]
    size: Mapped[int] = mapped_column(default=7)
    counted: Mapped[int] = mapped_column(insert_default=lambda: 3, init=False)
    told: Mapped[str] = mapped_column(server_default="nobody", init=False)


class WritesBareComponent(BaseComponent):
    __tablename__ = "component_test_writes_bare"


KINDS: tuple[type[Component], ...] = (WritesOneComponent, WritesManyComponent, WritesBareComponent)


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    made = make_world()
    made.register_components(*KINDS)
    async with made:
        yield made


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The statements that reach the writer's connection."""
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = world.database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    yield seen
    event.remove(engine, "before_cursor_execute", listen)


async def write(world: World, count: int) -> list[str]:
    async with world.transaction() as transaction:
        with statements(world) as seen:
            for entity in await transaction.create_entities(count):
                await transaction.add_component_to_entity(entity, WritesOneComponent(data={"n": entity}))
                await transaction.add_component_to_entity(entity, WritesManyComponent(name=str(entity)))
                await transaction.add_component_to_entity(entity, WritesBareComponent())
            await transaction.flush()
        return seen


async def test_statements_grow_with_batches_and_not_with_entities(world: World) -> None:
    await write(world, 1)
    few, many = await write(world, 3), await write(world, 300)
    assert len(many) == len(few)
    assert len([one for one in many if one.lstrip().upper().startswith("SELECT")]) <= 4, many
    async with world.transaction("read") as transaction:
        for kind in KINDS:
            assert (await transaction.execute(select(func.count()).select_from(table_of(kind)))).scalar_one() == 304


async def everything(transaction: WorldTransaction, entity: int) -> tuple[WritesOneComponent, list[WritesManyComponent]]:
    one = await transaction.get_component(entity, WritesOneComponent)
    assert one is not None
    return one, await transaction.get_components(entity, WritesManyComponent)


async def test_values_come_back_as_they_were_given(world: World) -> None:
    data = {"deep": [1, None, {"ß": "\N{GRINNING FACE}"}]}
    async with world.transaction() as transaction:
        first, second = await transaction.create_entities(2)
        full = WritesOneComponent(data=data, raw=b"\0\xff", moment=LONG_AGO, ratio=0.1, sure=False)
        named = [WritesManyComponent(name="it's", size=1 << 30), WritesManyComponent(name='"%s" ? :x $1')]
        await transaction.add_components([(first, full), (second, WritesOneComponent()), *((first, one) for one in named)])
    async with world.transaction("read") as transaction:
        one, many = await everything(transaction, first)
        assert (one.data, bytes(one.raw), one.moment, one.ratio, one.sure) == (data, b"\0\xff", LONG_AGO, 0.1, False)
        assert [(each.name, each.size, each.counted, each.told) for each in many] == [
            ("it's", 1 << 30, 3, "nobody"),
            ('"%s" ? :x $1', 7, 3, "nobody"),
        ]
        assert [each.id for each in many] == [each.id for each in named]
        one, _ = await everything(transaction, second)
        assert (one.data, one.raw, one.moment, one.ratio, one.sure) == ({}, b"", None, None, True)


async def test_what_only_some_of_them_say_is_kept(world: World) -> None:
    given, plain = WritesManyComponent(name="given"), WritesManyComponent(name="plain")
    given.created_at, given.told, given.counted = LONG_AGO, "me", 9
    async with world.transaction() as transaction:
        entity = (await transaction.create_entity()).id
        await transaction.add_components([(entity, given), (entity, plain)])
    async with world.transaction("read") as transaction:
        found = {one.name: one for one in await transaction.get_components(entity, WritesManyComponent)}
    assert (found["given"].created_at, found["given"].told, found["given"].counted) == (LONG_AGO, "me", 9)
    assert (found["plain"].told, found["plain"].counted, found["plain"].id) == ("nobody", 3, plain.id)
    assert found["plain"].created_at > LONG_AGO


async def test_the_last_word_about_a_unique_component_counts(world: World) -> None:
    async with world.transaction() as transaction:
        entity = (await transaction.create_entity()).id
        for ratio in (1.0, 2.0):
            await transaction.add_component_to_entity(entity, WritesOneComponent(ratio=ratio))
        held = await transaction.get_component(entity, WritesOneComponent)
        assert held is not None
        assert held.ratio == 2.0
        before = held.created_at, held.updated_at
        await transaction.add_component_to_entity(entity, WritesOneComponent(ratio=3.0))
        await transaction.flush()
        assert held.ratio == 3.0, "who holds it sees what was written"
    async with world.transaction() as transaction:
        await transaction.add_component_to_entity(entity, WritesOneComponent(ratio=4.0))
    async with world.transaction("read") as transaction:
        one, _ = await everything(transaction, entity)
        assert one.ratio == 4.0
        assert one.created_at == before[0]
        assert one.updated_at > before[1]


async def test_the_database_itself_refuses_a_second_unique_component(world: World) -> None:
    async with world.transaction() as transaction:
        entity = (await transaction.create_entity()).id
        await transaction.add_component_to_entity(entity, WritesOneComponent())
    with pytest.raises(IntegrityError):
        async with world.transaction() as transaction:
            await transaction.execute(insert(WritesOneComponent).values(entity_id=entity))


async def test_ids_that_were_given_are_kept_and_never_doubled(world: World) -> None:
    component = WritesManyComponent(name="a")
    async with world.transaction() as transaction:
        entity = (await transaction.create_entity()).id
        await transaction.add_component_to_entity(entity, component)
    with pytest.raises(IntegrityError):
        async with world.transaction() as transaction:
            await transaction.add_component_to_entity(entity, component)


async def test_entities_never_get_a_number_again(world: World) -> None:
    async with world.transaction() as transaction:
        first = await transaction.create_entities(3)
        await transaction.delete_entity(first[-1])
        assert await transaction.create_entities(2) == [first[-1] + 1, first[-1] + 2]
        transaction.session.add(Entity())
        await transaction.session.flush()
        assert (await transaction.create_entity()).id == first[-1] + 4
        assert await transaction.create_entities(0) == []


async def test_rows_that_cannot_be_written_are_told(world: World) -> None:
    async def fails(kind: type[Exception], words: str, *rows: dict[str, Any]) -> None:
        with pytest.raises(kind, match=words):
            async with world.transaction() as transaction:
                entity = (await transaction.create_entity()).id
                await transaction.insert_rows(WritesOneComponent, [{"entity_id": entity, **row} for row in rows])

    await fails(CompileError, "colour", {"colour": 1})
    await fails(StatementError, "ratio", {"ratio": 1.0}, {})
    await fails(StatementError, "needs a time zone", {"moment": LONG_AGO.replace(tzinfo=None)})
    await fails(StatementError, "JSON", {"data": {"a": object()}})
    async with world.transaction("read") as transaction:
        assert (await transaction.execute(select(Entity.id))).all() == []
