"""Statements that read every component of many entities at once, however many types of components there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, literal, select, union_all

from dam.core.chunks import chunks
from dam.models.core.base_component import Component, UniqueComponent
from dam.models.entity import Entity

MOST_TABLES = 50  # SQLite joins 64 at most (its manual, "Implementation Limits")
MOST_PARAMETERS = 30_000  # of one statement; SQLite takes 32,766, PostgreSQL 32,767


def select_components(types: Sequence[type[Component]], entity_ids: Sequence[int]) -> Iterator[Select[*tuple[Any, ...]]]:
    """Statements whose rows hold components of the entities, and None where a row has none of that type.

    The types of which an entity has one at most are joined to it side by side; those of which it may have many have a row each. So
    two statements do for fifty types of each kind and (at ten types of the second) three thousand entities.
    """
    for batch in chunks([one for one in types if issubclass(one, UniqueComponent)], MOST_TABLES):
        for ids in chunks(entity_ids, MOST_PARAMETERS):
            statement = select(*batch).select_from(Entity).where(Entity.id.in_(ids)).order_by(Entity.id)
            for one in batch:
                statement = statement.outerjoin(one, one.entity_id == Entity.id)
            yield statement
    for many in chunks([one for one in types if not issubclass(one, UniqueComponent)], MOST_TABLES):
        for ids in chunks(entity_ids, MOST_PARAMETERS // len(many)):
            yield _select_many(many, ids)


def _select_many(types: Sequence[Any], entity_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """A row a component: the keys of all types in one list, and beside each key the component that it is of."""
    numbered = list(enumerate(types))
    parts = [select(literal(number).label("kind"), one.id.label("key")).where(one.entity_id.in_(entity_ids)) for number, one in numbered]
    keys = union_all(*parts).subquery("keys")
    statement = select(*types).select_from(keys).order_by(keys.c.kind, keys.c.key)
    for number, one in numbered:
        statement = statement.outerjoin(one, and_(keys.c.kind == number, one.id == keys.c.key))
    return statement
