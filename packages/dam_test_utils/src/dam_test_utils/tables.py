"""Tables for components that no migration makes: those that a test defines for itself."""

from __future__ import annotations

from typing import Self

from sqlalchemy import Connection, inspect

from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_class import Base
from dam.models.entity import Entity


async def create_tables(world: World) -> None:
    """Create the tables of the World's registered components, and of entities, where they are missing.

    Nothing else of `Base.metadata` is touched, so two tests' components never meet in one database.
    """
    tables = [table_of(Entity), *map(table_of, world.component_types)]

    def work(connection: Connection) -> None:
        there = set(inspect(connection).get_table_names())  # one question; `create_all` asks for each table by itself
        missing = [table for table in tables if table.name not in there]
        Base.metadata.create_all(connection, tables=missing, checkfirst=False)

    async with world.database.writer.begin() as connection:
        await connection.run_sync(work)


class ComponentTables:
    """A resource that creates the missing tables when its World opens."""

    def __init__(self, world: World) -> None:
        """Belong to one World."""
        self._world = world

    async def __aenter__(self) -> Self:
        """Create them."""
        await create_tables(self._world)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave them: the database goes away with the test's folder."""
