"""What was found in a file, made to fit the columns that it is kept in: hostile files claim numbers beyond all bounds.

One value that the database refuses would undo all that is written with it, for every file, and again in each run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Integer, String, Table, TypeDecorator

from dam.core.exceptions import ContentCorruptError
from dam.core.writes import table_of
from dam.models.core.base_component import Component


class Bound(NamedTuple):
    """What a column holds: numbers up to `highest` (either sign), texts of so many characters; None where there is no bound."""

    key: str
    highest: int | None
    longest: int | None
    nullable: bool


def fit_component(component: Component) -> None:
    """Take out of a component what its table does not hold: a number becomes unknown, a text is cut.

    Raises ContentCorruptError for a number that must be known.
    """
    for bound in _bounds(type(component)):
        value = component.__dict__.get(bound.key)
        if value is not None and (kept := _fitted(value, bound)) != value:
            setattr(component, bound.key, kept)


def fitted_fields(model: type[Component], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values of some columns, fitted alike."""
    bounds = {bound.key: bound for bound in _bounds(model)}
    return {name: _fitted(value, bounds[name]) if name in bounds and value is not None else value for name, value in fields.items()}


def _fitted(value: Any, bound: Bound) -> Any:
    if isinstance(value, str) and bound.longest is not None:
        return value[: bound.longest]
    if isinstance(value, int | float) and bound.highest is not None and not (math.isfinite(value) and abs(value) <= bound.highest):
        if not bound.nullable:
            raise ContentCorruptError(f"It claims a number that cannot be ({bound.key}).")
        return None
    return value


@cache
def _bounds(model: type[Component]) -> tuple[Bound, ...]:
    """The columns of a table that have a bound, by the names of their attributes."""
    table: Table = table_of(model)
    named = {column.name: attribute.key for attribute in model.__mapper__.column_attrs for column in attribute.columns}
    return tuple(bound for column in table.columns for bound in _bound(named[column.name], column))


def _bound(key: str, column: Column[Any]) -> Iterator[Bound]:
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, Integer):  # of which the larger one is a kind
        yield Bound(key, (1 << (63 if isinstance(kind, BigInteger) else 31)) - 1, None, bool(column.nullable))
    elif isinstance(kind, String) and kind.length is not None:
        yield Bound(key, None, kind.length, bool(column.nullable))
