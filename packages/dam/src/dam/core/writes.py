"""Statements that write many components at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dam.core.exceptions import EntityNotFoundError
from dam.core.rows import Values, by_column, insert_values, prepare, with_defaults
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
def plain_insert(table: Table) -> Any:
    """An INSERT that gives nothing back."""
    return insert(table).inline()


def insert_rows(session: Session, dialect: str, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run an INSERT for rows, all of the same keys."""
    if rows:
        insert_values(session, dialect, statement, by_column(rows), len(rows))


def insert_many(session: Session, dialect: str, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Insert rows, all of the same keys, into a table whose key is `id`; gives their ids, in order."""
    return _insert_numbered(session, dialect, table, by_column(rows), len(rows))


def _insert_numbered(session: Session, dialect: str, table: Table, values: Values, count: int) -> Sequence[int]:
    """Insert rows that have no ids yet.

    SQLite would return ids in order only row by row, five times as slow; so we give them, as it would: one more than the highest.
    Nobody else can take them, since we hold the writer.
    """
    if dialect != "sqlite":
        complete = with_defaults(table, values, count)
        rows = [dict(zip(complete, row, strict=True)) for row in zip(*complete.values(), strict=True)] or [{}] * count
        return session.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows).scalars().all()
    first = _highest_id(session, table) + 1
    ids = range(first, first + count)
    insert_values(session, dialect, plain_insert(table), {"id": ids, **values}, count)
    return ids


def _highest_id(session: Session, table: Table) -> int:
    """The highest id of an SQLite table; of one whose ids never come back, the highest that it ever had."""
    if table.dialect_options["sqlite"]["autoincrement"]:
        kept = session.connection().exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).scalar()
        return int(kept or 0)
    return session.execute(select(func.max(table.c.id))).scalar() or 0


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
    fresh = {component.__dict__["entity_id"]: component for component in members}  # the last one counts
    if session.identity_map:
        fresh = {key: component for key, component in fresh.items() if not _update_loaded(session, component)}
    table = table_of(component_type)
    for alike in _alike(component_type, list(fresh.values())):
        values = with_defaults(table, _values_of(component_type, alike), len(alike))
        columns = tuple(values)
        prepare(dialect, upsert(dialect, table, columns), columns).run(session, values)


def _update_loaded(session: Session, component: Component) -> bool:
    """Change the object that a handler holds of the same component: it must see the new values. False when there is none."""
    mapper = type(component).__mapper__
    loaded = session.identity_map.get(mapper.identity_key_from_primary_key((component.__dict__["entity_id"],)))
    if loaded is None:
        return False
    if loaded is not component:
        for plan in _columns(type(component)):
            if plan.column not in _KEPT and (plan.given or plan.key in component.__dict__):
                setattr(loaded, plan.key, getattr(component, plan.key))
    return True


def _write_many(session: Session, dialect: str, component_type: type[Component], members: list[Component]) -> None:
    table = table_of(component_type)
    for alike in _alike(component_type, members):
        values = _values_of(component_type, alike)
        known = [component.__dict__.get("id") for component in alike]
        if any(known):  # somebody numbered them
            insert_values(session, dialect, plain_insert(table), {"id": known, **values}, len(alike))
            continue
        ids = _insert_numbered(session, dialect, table, values, len(alike))
        for component, new_id in zip(alike, ids, strict=True):
            component.__dict__["id"] = new_id  # as loaded, not as changed; the object belongs to no session


class _Column(NamedTuple):
    """How one column's value is found in a component; what is not `given` to its constructor may be left unsaid."""

    key: str
    column: str
    given: bool


@cache
def _columns(component_type: type[Component]) -> tuple[_Column, ...]:
    """The columns of a component type, without the numbered id."""
    given = {field.name for field in fields(component_type) if field.init}
    attributes = [one for one in component_type.__mapper__.column_attrs if one.key != "id" or one.key in given]
    return tuple(_Column(one.key, one.columns[0].name, one.key in given) for one in attributes)


def _alike(component_type: type[Component], members: list[Component]) -> Iterable[list[Component]]:
    """Components that say something about the same columns, together: one statement takes no others."""
    optional = [plan.key for plan in _columns(component_type) if not plan.given]
    found: dict[tuple[bool, ...], list[Component]] = {}
    for component in members:
        state = component.__dict__
        found.setdefault(tuple([key in state for key in optional]), []).append(component)
    return found.values()


def _values_of(component_type: type[Component], alike: list[Component]) -> dict[str, list[Any]]:
    """The values of each column: what the constructor takes, defaults too, and what else was set."""
    states = [component.__dict__ for component in alike]
    values: dict[str, list[Any]] = {}
    for key, column, given in _columns(component_type):
        if not given and key not in states[0]:
            continue
        try:
            values[column] = [state[key] for state in states]
        except KeyError:  # the constructor leaves a default where the class has it
            default = getattr(next(component for component in alike if key not in component.__dict__), key)
            values[column] = [state.get(key, default) for state in states]
    return values
