"""Rows on the straight way to the driver: a statement is compiled once, and takes any number of rows in one hop.

SQLAlchemy's own way makes a dictionary, and looks up every column, for every row; that costs more than the database itself. Here the
values travel as columns: what a column's type does to a value is looked up once, and defaults are worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

from sqlalchemy import Dialect, Table, make_url
from sqlalchemy.exc import CompileError, StatementError
from sqlalchemy.orm import Session

from dam.core.postgresql import to_json
from dam.models.types import utc_now

DRIVERS = {"sqlite": "sqlite+aiosqlite://", "postgresql": "postgresql+asyncpg://"}

_NOW = (utc_now.__module__, utc_now.__name__)  # SQLAlchemy wraps it, and leaves it its name

Values = Mapping[str, Iterable[Any]]
"""The values of each column, in the order of the rows."""


@dataclass(frozen=True, slots=True)
class Same:
    """One value for `count` rows."""

    value: Any
    count: int

    def __iter__(self) -> Iterator[Any]:
        """The value, once a row."""
        return repeat(self.value, self.count)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as the driver takes it: its text, its parameters' columns in order, and what makes a value ready for each."""

    text: str
    columns: tuple[str, ...]
    ready: tuple[Callable[[Any], Any] | None, ...]

    def run(self, session: Session, values: Values) -> None:
        """Run it for all rows; raises StatementError for a value that its column cannot hold."""
        columns: list[Iterable[Any]] = []
        for name, ready in zip(self.columns, self.ready, strict=True):
            given = values[name]
            if isinstance(given, Same):
                columns.append(repeat(given.value if ready is None else ready(given.value), given.count))
            else:
                columns.append(given if ready is None else map(ready, given))
        try:
            rows = list(zip(*columns, strict=True))
        except (TypeError, ValueError, LookupError) as error:
            raise StatementError(f"{type(error).__name__}: {error}", self.text, None, error) from error
        if rows:
            session.connection().exec_driver_sql(self.text, rows)


@cache
def prepare(dialect: str, statement: Any, columns: tuple[str, ...]) -> Prepared:
    """Compile an INSERT of these columns; `statement` comes from a cache too, so that it is the same one the next time."""
    table: Table = statement.table
    unknown = [name for name in columns if name not in table.c]
    if unknown:
        raise CompileError(f"Unconsumed column names: {', '.join(unknown)} (the table {table.name} has {', '.join(table.c.keys())})")
    spoken = _dialect(dialect)
    compiled = statement.compile(dialect=spoken, column_keys=list(columns))
    order = tuple(compiled.positiontup)
    return Prepared(str(compiled), order, tuple(table.c[name].type.dialect_impl(spoken).bind_processor(spoken) for name in order))


@cache
def _dialect(name: str) -> Dialect:
    dialect: Callable[..., Dialect] = make_url(DRIVERS[name]).get_dialect()
    return dialect(json_serializer=to_json) if name == "postgresql" else dialect()


def with_defaults(table: Table, values: Values, count: int) -> dict[str, Iterable[Any]]:
    """The values, and those of the columns that nothing was said about but that have a default; all rows get the same moment."""
    complete = dict(values)
    now = utc_now()
    for name, default in _defaults(table):
        if name in complete:
            continue
        if not callable(default):
            complete[name] = Same(default, count)
        elif (getattr(default, "__module__", None), getattr(default, "__name__", None)) == _NOW:
            complete[name] = Same(now, count)
        else:
            complete[name] = [default(None) for _ in range(count)]
    return complete


@cache
def _defaults(table: Table) -> list[tuple[str, Any]]:
    """The columns whose default is Python's to give: a value, or a function of nothing much."""
    plain = [column for column in table.c if column.default is not None and (column.default.is_scalar or column.default.is_callable)]
    return [(column.name, column.default.arg) for column in plain]  # type: ignore[union-attr]  # those without were left out


def by_column(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows of the same keys, turned on their side."""
    try:
        return {name: [row[name] for row in rows] for name in rows[0]}
    except KeyError as error:
        raise StatementError(f"A value is required for {error} in every row that is inserted with it.", None, None, error) from error


def insert_values(session: Session, dialect: str, statement: Any, values: Values, count: int) -> None:
    """Run an INSERT for `count` rows, given as columns; what is not given gets its default."""
    complete = with_defaults(statement.table, values, count)
    if not complete:  # a table of nothing but numbers
        session.execute(statement, [{}] * count)
        return
    prepare(dialect, statement, tuple(complete)).run(session, complete)
