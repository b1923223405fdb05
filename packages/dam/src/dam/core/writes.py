"""Statements that write many components at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from dam.core.exceptions import EntityNotFoundError
from dam.models.core.base_component import Component, UniqueComponent

_KEPT = frozenset({"created_at", "id"})


def table_of(model: type[Any]) -> Table:
    """The table of a mapped class; SQLAlchemy itself promises a type checker no more than something to select from."""
    table: Table = model.__table__
    return table


@cache
def upsert(dialect: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...] = ()) -> Any:
    """An INSERT of these columns that updates the row which is there already under the key (default: the primary key)."""
    key = key or tuple(column.name for column in table.primary_key)
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in columns if name not in key and name not in _KEPT}
    if "updated_at" in table.c:
        changed.setdefault("updated_at", statement.excluded["updated_at"])
    return statement.on_conflict_do_update(index_elements=key, set_=changed) if changed else statement.on_conflict_do_nothing()


@cache
def insert_or_ignore(dialect: str, table: Table) -> Any:
    """An INSERT that does nothing for a row which would break a uniqueness rule."""
    return _insert(dialect, table).on_conflict_do_nothing()


def _insert(dialect: str, table: Table) -> Any:
    """An INSERT that knows the ON CONFLICT of its database; only the dialect that is used is imported."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


@cache
def update_by_key(table: Table, columns: tuple[str, ...]) -> Any:
    """An UPDATE of these columns of the row whose primary key is among them; parameters are called `new_<column>`."""
    keys = [column.name for column in table.primary_key]
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns if name not in keys}
    return update(table).where(*(table.c[name] == bindparam(f"new_{name}") for name in keys)).values(values)


@cache
def _columns(component_type: type[Component]) -> tuple[tuple[str, str, bool], ...]:
    """The attribute and column names of a component type, and whether the constructor takes the attribute."""
    given = {field.name for field in fields(component_type) if field.init}
    return tuple((attribute.key, attribute.columns[0].name, attribute.key in given) for attribute in component_type.__mapper__.column_attrs)


def row_of(component: Component) -> dict[str, Any]:
    """The column values of a component: what its constructor takes, defaults too, and what else was set on it."""
    state = component.__dict__
    row: dict[str, Any] = {}
    for key, column, given in _columns(type(component)):
        if key in state:
            row[column] = state[key]
        elif given:
            row[column] = getattr(component, key)
    if "id" in row and row["id"] is None:
        del row["id"]
    return row


def insert_many(session: Session, dialect: str, table: Table, rows: list[dict[str, Any]]) -> Sequence[int]:
    """Insert rows into a table whose key is `id`; gives their ids, in order.

    SQLite would return ids in order only row by row, five times as slow; so we give them, as it would: one more than the highest.
    Nobody else can take them, since we hold the writer. (Not where ids must never come back: there SQLite keeps its own count.)
    """
    if dialect != "sqlite" or len(rows) == 1 or table.dialect_options["sqlite"]["autoincrement"]:
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return session.execute(statement, rows).scalars().all()
    first = (session.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    numbered = [{"id": number, **row} for number, row in enumerate(rows, start=first)]
    for _, alike in _alike(numbered):
        session.execute(insert(table), alike)
    return [row["id"] for row in numbered]


def write_components(session: Session, dialect: str, components: list[Component]) -> None:
    """Write components, all of one type at once; unique ones update what is there.

    Raises EntityNotFoundError when one was given to an entity that does not exist.
    """
    by_type: dict[type[Component], list[Component]] = {}
    for component in components:
        by_type.setdefault(type(component), []).append(component)
    try:
        for component_type, members in by_type.items():
            if issubclass(component_type, UniqueComponent):
                _write_unique(session, dialect, component_type, members)
            else:
                _write_many(session, dialect, component_type, members)
    except IntegrityError as error:
        if "foreign key" in str(error.orig).lower():
            ids = sorted({component.entity_id for component in components})  # type: ignore[attr-defined]  # both bases have it
            raise EntityNotFoundError(f"A component was given to an entity that does not exist (one of {ids[:5]}).") from error
        raise


def _write_unique(session: Session, dialect: str, component_type: type[Component], members: list[Component]) -> None:
    fresh: dict[int, dict[str, Any]] = {}
    for component in members:
        row = row_of(component)
        loaded = session.identity_map.get(component_type.__mapper__.identity_key_from_primary_key((row["entity_id"],)))
        if loaded is None:
            fresh[row["entity_id"]] = row
        elif loaded is not component:  # a handler holds the old one: it must see the new values
            for name, value in row.items():
                if name not in _KEPT:
                    setattr(loaded, name, value)
    for columns, rows in _alike(fresh.values()):
        session.execute(upsert(dialect, table_of(component_type), columns), rows)


def _write_many(session: Session, dialect: str, component_type: type[Component], members: list[Component]) -> None:
    ids = insert_many(session, dialect, table_of(component_type), [row_of(component) for component in members])
    for component, new_id in zip(members, ids, strict=True):
        set_committed_value(component, "id", new_id)


def _alike(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """Rows that give the same columns, together: one statement takes no others."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row), []).append(row)
    return found.items()
