"""The journal: whoever changes what people have said does it within `journaled`, and it can be undone."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select

from dam.assets.functions.journal import Change, Ident, as_text, changes_between
from dam.assets.models import Link, NamespacedMetadataComponent, TagComponent, TrashedComponent
from dam.assets.models.human import PERSON
from dam.assets.models.journal import JournalAction, JournalChange
from dam.assets.settings import AssetsSettings
from dam.core.chunks import chunks
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam.models.types import utc_now

LONGEST_DETAILS = 500


@dataclass(frozen=True, slots=True)
class Watched:
    """Rows whose change is kept: those of a table that are about some things, by the number in `column`.

    `key` are the columns that tell rows about one thing apart, `said` those whose values are kept; `where` narrows it further.
    """

    model: type[Any]
    subjects: Sequence[int]
    said: tuple[str, ...]
    key: tuple[str, ...] = ()
    column: str = "entity_id"
    where: tuple[ColumnElement[bool], ...] = ()


@dataclass(slots=True)
class Entry:
    """What `journaled` has kept, once its block has ended: the action's number (None if nothing has changed), and what was changed."""

    action_id: int | None = None
    subjects: list[int] = field(default_factory=list)


@asynccontextmanager
async def journaled(transaction: WorldTransaction, verb: str, details: str, *watched: Watched) -> AsyncIterator[Entry]:
    """Keep what the block changes of the watched rows as one action of a person, in the transaction at hand."""
    entry = Entry()
    before = [await _look(transaction, one) for one in watched]
    yield entry
    found: list[tuple[Watched, Change]] = []
    for one, was in zip(watched, before, strict=True):
        now = await _look(transaction, one)
        found += [(one, change) for change in await asyncio.to_thread(list, changes_between(was, now))]
    entry.subjects = sorted({subject for _, change in found for subject in change.subjects})
    if found:
        entry.action_id = await keep_action(transaction, verb, details, len(entry.subjects), found)


async def keep_action(
    transaction: WorldTransaction, verb: str, details: str, count: int, found: Sequence[tuple[Watched, Change]] = ()
) -> int:
    """Keep one action of a person with its changes, and forget old ones; without changes it is one that cannot be undone."""
    settings = transaction.world.get_settings(AssetsSettings)
    row = {"verb": verb, "details": details[:LONGEST_DETAILS], "count": count, "who": who(), "at": utc_now()}
    (action_id,) = await transaction.insert_rows_returning(JournalAction, [row])
    rows = [
        {
            "action_id": action_id,
            "table_name": table_of(one.model).name,
            "column_name": one.column,
            "row_key": change.key,
            "subjects": change.subjects,
            "before": change.before,
            "after": change.after,
        }
        for one, change in found
    ]
    await transaction.insert_rows(JournalChange, rows)
    old = or_(JournalAction.id <= action_id - settings.undo_actions, JournalAction.at < utc_now() - timedelta(days=settings.undo_days))
    await transaction.execute(delete(JournalAction).where(old))
    return action_id


async def _look(transaction: WorldTransaction, watched: Watched) -> dict[Ident, str]:
    table = table_of(watched.model)
    about, found = table.c[watched.column], {}
    columns = [table.c[name] for name in (*watched.key, *watched.said)]
    for some in chunks(watched.subjects):
        statement = select(about, *columns).where(about.in_(some), *watched.where)
        for row in (await transaction.execute(statement)).mappings():
            key = as_text({name: row[name] for name in watched.key})
            found[row[watched.column], key] = as_text({name: row[name] for name in watched.said})
    return found


def who() -> str:
    """The name of the person at this machine whose process this is."""
    try:
        return getpass.getuser()[:255]
    except (KeyError, OSError):  # a number without a name
        return str(os.getuid())


def tags_of(entity_ids: Sequence[int], tags: Collection[str]) -> Watched:
    """Some tags of entities."""
    return Watched(TagComponent, entity_ids, ("origin",), ("tag_name",), where=(TagComponent.tag_name.in_(list(tags)),))


def words_of(kind: type[Any], entity_id: int) -> Watched:
    """What a person says of an entity: its title, description or rating."""
    return Watched(kind, [entity_id], ("value",), ("origin",), where=(kind.origin == PERSON,))


def link_between(source_id: int, relation: str, target_id: int) -> Watched:
    """A link."""
    where = (Link.relation == relation, Link.target_id == target_id)
    return Watched(Link, [source_id], ("weight", "data", "origin"), ("relation", "target_id"), "source_id", where)


def metadata_of(entity_id: int, namespace: str) -> Watched:
    """What is set in a namespace."""
    kind = NamespacedMetadataComponent
    return Watched(kind, [entity_id], ("data",), ("namespace",), where=(kind.namespace == namespace,))


def trash_of(entity_ids: Sequence[int]) -> Watched:
    """Whether entities are in the trash; those that were forgotten there are left out, since what went with them does not come back."""
    return Watched(TrashedComponent, entity_ids, ("trashed_at", "forgotten"), where=(TrashedComponent.forgotten.is_(False),))
