"""Statements that take a way of their own, beneath the session, keep the rules of their transaction too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text, update
from transaction_bodies import Note, Read, Write, make_world_of_bodies

from dam.core.exceptions import UsageError
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam_test_utils.fixtures import MakeWorld


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world_of_bodies(make_world) as made:
        yield made


@pytest.mark.usefixtures("database")
async def test_statements_on_the_connection_itself_see_what_was_queued(world: World) -> None:
    count_notes = text("SELECT count(*) FROM component_test_transaction_note")

    async def read_beneath(world: World, transaction: WorldTransaction) -> Any:
        return (await (await transaction.session.connection()).execute(count_notes)).scalar_one()

    async def body(world: World, transaction: WorldTransaction) -> None:
        connection = await transaction.session.connection()
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, Note(text="a"))
        assert (await connection.execute(count_notes)).scalar_one() == 1
        await transaction.add_component_to_entity(entity.id, Note(text="b"))
        found = await connection.exec_driver_sql("SELECT text FROM component_test_transaction_note ORDER BY id")
        assert found.scalars().all() == ["a", "b"]
        await transaction.add_component_to_entity(entity.id, Note(text="c"))
        await connection.execute(text("UPDATE component_test_transaction_note SET text = 'z'"))
        await transaction.add_component_to_entity(entity.id, Note(text="d"))
        assert await world.dispatch_command(Read(read_beneath)).get_one_value() == 4
        loaded = (await transaction.get_components(entity.id, Note))[0]
        loaded.text = "changed by hand"  # while the session writes this itself, more waits
        await transaction.add_component_to_entity(entity.id, Note(text="e"))
        await transaction.session.flush()
        assert [note.text for note in await transaction.get_components(entity.id, Note)] == ["changed by hand", "z", "z", "d", "e"]

    await world.dispatch_command(Write(body))


@pytest.mark.usefixtures("database")
async def test_what_no_database_holds_is_refused_with_a_sentence(world: World) -> None:
    async def write(world: World, transaction: WorldTransaction) -> None:
        await transaction.execute(update(Note).where(Note.entity_id == 2**63).values(text="x"))

    async def read(world: World, transaction: WorldTransaction) -> Any:
        return (await transaction.execute(select(Note).where(Note.entity_id == 10**30))).all()

    async def write_half_a_character(world: World, transaction: WorldTransaction) -> None:
        await transaction.execute(update(Note).values(text="\ud800"))

    with pytest.raises(UsageError, match="half a character"):
        await world.dispatch_command(Write(write_half_a_character))
    for command in (Write(write), Read(read)):
        with pytest.raises(UsageError, match="too large"):
            await world.dispatch_command(command)
    with pytest.raises(UsageError, match="too large"):
        await world.database.read(lambda connection: connection.execute(select(Note.entity_id).where(Note.entity_id == -(2**64))).all())
