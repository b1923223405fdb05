"""A database with something in every table, and what is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from sqlalchemy import Boolean, Connection, Float, Integer, LargeBinary, Table, insert, inspect, select, text

from dam.core.plugin import discover
from dam.core.writes import table_of
from dam.models.core.base_class import Base
from dam.models.core.base_component import mapped_classes
from dam.models.types import JSONDocument, UTCDateTime

Dump = dict[str, list[dict[str, Any]]]


def own_tables() -> set[str]:
    """The tables of installed packages; tests have some of their own."""
    packages = {point.module.partition(".")[0] for point in discover().values()} | {"dam"}
    for package in packages:
        import_module(f"{package}.models")
    return {table_of(one).name for one in mapped_classes() if one.__module__.partition(".")[0] in packages}


def fill(connection: Connection) -> None:
    """Put one row into every table of ours; all point to the first entity."""
    ours = own_tables()
    for table in Base.metadata.sorted_tables:
        if table.name in ours:
            connection.execute(insert(table).values({column.name: _value(column, table) for column in table.columns}))


def _value(column: Any, table: Table) -> Any:
    kind = column.type
    if isinstance(kind, JSONDocument):
        return {"table": table.name}
    if isinstance(kind, UTCDateTime):
        return datetime(2020, 1, 2, 3, 4, 5, 6, UTC)
    if isinstance(kind, LargeBinary):
        return b"\x00\xff12"
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer | Float):
        return 1
    return "x"


def dump(connection: Connection) -> Dump:
    """Every row of every table of ours that is there, in the columns that are there."""
    seen = inspect(connection)
    found: Dump = {}
    for name in sorted(own_tables() & set(seen.get_table_names())):
        columns = {column["name"] for column in seen.get_columns(name)}
        table = Base.metadata.tables[name]
        rows = connection.execute(select(*(column for column in table.columns if column.name in columns))).mappings()
        found[name] = sorted((dict(row) for row in rows), key=repr)
    return found


def revisions_in(connection: Connection) -> set[str]:
    """What `alembic_version` says."""
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
