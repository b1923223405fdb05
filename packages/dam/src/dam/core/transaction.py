"""`WorldTransaction`: how systems read and write components."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Executable, Result, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

from dam.commands.core import Access
from dam.core.all_components import select_components
from dam.core.exceptions import AccessError, EntityNotFoundError, TransactionAbortedError
from dam.core.unit import CURRENT, Unit, finish
from dam.core.writes import insert_many, insert_or_ignore, insert_rows, plain_insert, table_of, update_by_key, upsert
from dam.models.core.base_component import BaseComponent, Component, UniqueComponent
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent

if TYPE_CHECKING:
    from dam.core.world import World

T = TypeVar("T")
C = TypeVar("C", bound=Component)

MOST_WAITING = 1000
"""Components that wait to be written together; of many more, Python's own search for garbage would take most of the time."""


class WorldTransaction:
    """One handler's view of the database transaction that it is in.

    It begins at the first statement. The owner commits it when its handlers have returned; an exception rolls all of it back.
    Events sent in it are delivered after the commit.
    """

    __slots__ = ("access", "name", "unit")

    def __init__(self, unit: Unit, access: Access, name: str) -> None:
        """Made by the World; `unit` is the transaction itself, `name` the command's, for messages."""
        self.unit = unit
        self.access = access
        self.name = name

    @property
    def world(self) -> World:
        """The World that this transaction belongs to."""
        return self.unit.world

    @property
    def session(self) -> AsyncSession:
        """The SQLAlchemy session, for what the methods here do not offer; not to be had where several handlers run in parallel."""
        if self.unit.parallel:
            raise AccessError(f"{self.name} runs beside other handlers; use the methods of WorldTransaction, which take turns.")
        self.unit.check()
        return self.unit.session

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that may fail: an error that leaves the block undoes what was done in it and nothing else, and is raised on.

        Events that were sent in it are dropped. What failed in it, a nested dispatch too, no longer dooms the transaction.
        """
        unit = self.unit
        if unit.parallel:
            raise AccessError(f"{self.name} runs beside other handlers, which would share its savepoint.")
        async with self._statement() as session:
            mark = await session.begin_nested()
        events, written_by = len(unit.events), unit.written_by
        unit.savepoints += 1
        try:
            yield
            async with self._statement():
                await mark.commit()
        except BaseException:
            if not unit.closed:
                unit.pending.clear()
                del unit.events[events:]
                await finish(self._undo(mark))
                unit.failed_by, unit.written_by = None, written_by
            raise
        finally:
            unit.savepoints -= 1

    async def _undo(self, mark: AsyncSessionTransaction) -> None:
        async with self.unit.lock:
            await mark.rollback()

    def _may_write(self) -> None:
        if self.access == "read":
            raise AccessError(f"{self.name} may only read the database, but it tried to write; its access must be 'write'.")
        self.unit.check()
        self.unit.wrote(self.name)

    @asynccontextmanager
    async def _statement(self, *, writes: bool = False) -> AsyncIterator[AsyncSession]:
        """Take turns for one statement; begins the transaction, and writes what waits to be written before it is read."""
        unit = self.unit
        if writes:
            self._may_write()
        async with unit.lock:
            unit.check()
            before = CURRENT.get()
            CURRENT.set(self)
            try:
                await unit.begin()
                await unit.flush()
                yield unit.session
            finally:
                CURRENT.set(before)

    # -- entities ---------------------------------------------------------------------------------------------------

    async def create_entity(self) -> Entity:
        """Make a new entity."""
        return Entity(id=(await self.create_entities(1))[0])

    async def create_entities(self, count: int) -> list[int]:
        """Make many new entities with one statement; gives their ids."""
        if count == 0:
            return []
        async with self._statement(writes=True) as session:
            return list(await session.run_sync(insert_many, self.unit.dialect, table_of(Entity), [{}] * count))

    async def get_entity(self, entity_id: int) -> Entity | None:
        """The entity, or None when there is none of that id."""
        async with self._statement() as session:
            return await session.get(Entity, entity_id)

    async def delete_entity(self, entity_id: int) -> None:
        """Delete an entity with all its components; raises EntityNotFoundError for an unknown one."""
        async with self._statement(writes=True) as session:
            gone = await session.execute(delete(Entity).where(Entity.id == entity_id).returning(Entity.id))
            if gone.first() is None:
                raise EntityNotFoundError(f"There is no entity {entity_id}.")

    # -- components -------------------------------------------------------------------------------------------------

    async def add_component_to_entity(self, entity_id: int, component: Component) -> None:
        """Attach a component; a `UniqueComponent` that the entity already has is updated.

        Writes are gathered and sent together before the next read, at `flush()` or at the commit.
        An unknown entity raises EntityNotFoundError then.
        """
        await self.add_components([(entity_id, component)])

    async def add_components(self, pairs: Iterable[tuple[int, Component]]) -> None:
        """Attach many components at once: (entity id, component) pairs, in order; `MOST_WAITING` at most wait to be written."""
        self._may_write()
        for entity_id, component in pairs:
            component.entity_id = entity_id  # type: ignore[attr-defined]  # both concrete base classes have it
            self.unit.pending.append(component)
            if len(self.unit.pending) >= MOST_WAITING:
                await self.flush()

    async def flush(self) -> None:
        """Send what waits to be written; ids of new components are known afterwards."""
        async with self._statement():
            return

    async def get_component(self, entity_id: int, component_type: type[C]) -> C | None:
        """The entity's component of that type (the oldest, where it may have many), or None."""
        found = await self.get_components(entity_id, component_type)
        return found[0] if found else None

    async def get_components(self, entity_id: int, component_type: type[C]) -> list[C]:
        """All of the entity's components of that type, oldest first."""
        statement = select(component_type).where(component_type.entity_id == entity_id)  # type: ignore[attr-defined]  # both have it
        if issubclass(component_type, BaseComponent):
            statement = statement.order_by(component_type.id)
        async with self._statement() as session:
            return list((await session.scalars(statement)).all())

    async def get_all_components(self, entity_ids: Sequence[int]) -> dict[int, list[Component]]:
        """Every component of the entities, whatever its type: a few statements, however many types and entities there are."""
        found: dict[int, list[Component]] = {entity_id: [] for entity_id in entity_ids}
        async with self._statement() as session:
            for statement in select_components(self.unit.world.component_types, list(found)):
                for row in await session.execute(statement):
                    for component in row:
                        if component is not None:
                            found[component.entity_id].append(component)
        return found

    async def has_component(self, entity_id: int, component_type: type[Component]) -> bool:
        """Whether the entity has a component of that type."""
        column = component_type.entity_id  # type: ignore[attr-defined]  # both concrete base classes have it
        async with self._statement() as session:
            return (await session.execute(select(column).where(column == entity_id).limit(1))).first() is not None

    async def remove_components(self, entity_id: int, component_type: type[Component]) -> int:
        """Take all components of that type off the entity; gives how many there were."""
        column = component_type.entity_id  # type: ignore[attr-defined]  # both concrete base classes have it
        async with self._statement(writes=True) as session:
            return len((await session.execute(delete(component_type).where(column == entity_id).returning(column))).all())

    # -- rows and statements ----------------------------------------------------------------------------------------

    async def insert_rows(self, table: type[Any], rows: Sequence[Mapping[str, Any]], *, ignore_known: bool = False) -> None:
        """Insert many rows with one statement; all rows have the same keys. `ignore_known` leaves rows alone that are there already."""
        if rows:
            target = table_of(table)
            statement = insert_or_ignore(self.unit.dialect, target) if ignore_known else plain_insert(target)
            async with self._statement(writes=True) as session:
                await session.run_sync(insert_rows, self.unit.dialect, statement, rows)

    async def insert_rows_returning(self, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert many rows; gives their new ids, in order."""
        if not rows:
            return []
        async with self._statement(writes=True) as session:
            return list(await session.run_sync(insert_many, self.unit.dialect, table_of(table), rows))

    async def upsert_rows(self, table: type[Any], rows: Sequence[Mapping[str, Any]], *, key: Sequence[str] | None = None) -> None:
        """Insert many rows; one that is there already under the same key (by default the primary key) is updated."""
        if rows:
            statement = upsert(self.unit.dialect, table_of(table), tuple(rows[0]), tuple(key or ()))
            async with self._statement(writes=True) as session:
                await session.run_sync(insert_rows, self.unit.dialect, statement, rows)

    async def update_rows(self, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Change many rows, each found by its primary key, to the other values that it gives; rows may give different columns."""
        for columns in {tuple(row): None for row in rows}:
            alike = [row for row in rows if tuple(row) == columns]
            parameters = [{f"new_{name}": value for name, value in row.items()} for row in alike]
            async with self._statement(writes=True) as session:
                await session.execute(update_by_key(table_of(table), columns), parameters)

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[*tuple[Any, ...]]:
        """Run one SQLAlchemy statement."""
        writes = bool(getattr(statement, "is_dml", False))
        async with self._statement(writes=writes) as session:
            return await session.execute(statement, parameters)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run a plain function that reads on a connection.

        In a read transaction it runs on a read connection of its own in a thread, the cheapest way; in a write transaction on the
        transaction's own connection, so that it sees what was written.
        """
        if self.unit.access == "read" and not self.unit.begun:
            self.unit.check()
            return await self.unit.world.database.read(function)
        async with self._statement() as session:
            return await session.run_sync(lambda own: function(own.connection()))

    # -- events -----------------------------------------------------------------------------------------------------

    def send_event(self, event: BaseEvent) -> None:
        """Announce an event: delivered after this transaction has committed, dropped if it is rolled back."""
        self.unit.check()
        self.unit.events.append(event)


__all__ = ["EntityNotFoundError", "IntegrityError", "TransactionAbortedError", "UniqueComponent", "WorldTransaction"]
