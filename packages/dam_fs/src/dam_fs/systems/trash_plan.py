"""What emptying the trash would do: which assets go for good, which are forgotten but for their files, and which have to stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from dam.assets.commands import EmptiedTrash
from dam.assets.functions.members import member_place
from dam.assets.models import (
    ContentHashSHA256Component,
    FileLocationComponent,
    Link,
    LocationStatus,
    Relation,
    StorageType,
    TrashedComponent,
)
from dam.core.chunks import chunks
from dam.core.writes import table_of
from dam.models.types import utc_now
from dam_fs.systems.following import ORIGIN

HASH, LINK, LOCATION, TRASHED = (table_of(one) for one in (ContentHashSHA256Component, Link, FileLocationComponent, TrashedComponent))


@dataclass(slots=True)
class TrashPlan:
    """Assets that leave the trash: `deleted` wholly, or `forgotten` but for their files, which stay.

    `archives` are those of the deleted that have members, `contents` what the store has of all, by size, `derived` the contents of
    which something may lie in the cache. `swept` were forgotten before, and now their files are gone, too: nobody is told of them.
    """

    deleted: list[int] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    swept: list[int] = field(default_factory=list)
    archives: list[int] = field(default_factory=list)
    contents: dict[bytes, int] = field(default_factory=dict)
    derived: set[bytes] = field(default_factory=set)
    kept: list[dict[str, Any]] = field(default_factory=list)
    content_of: dict[int, list[tuple[bytes, int]]] = field(default_factory=dict)
    derived_of: dict[int, bytes] = field(default_factory=dict)

    def without(self, left: Collection[int]) -> TrashPlan:
        """The plan without some assets."""

        def kept(ids: list[int]) -> list[int]:
            return [one for one in ids if one not in left]

        return replace(self, deleted=kept(self.deleted), forgotten=kept(self.forgotten), archives=kept(self.archives))

    @property
    def count(self) -> int:
        """How many assets leave the trash."""
        return len(self.deleted) + len(self.forgotten)

    def summary(self) -> EmptiedTrash:
        """The plan as if it had been done."""
        return EmptiedTrash(self.count, len(self.forgotten), len(self.contents), sum(self.contents.values()), self.kept)

    def question(self) -> str:
        """What a person is asked before."""
        parts = [
            f"{_number(self.count, 'asset leaves', 'assets leave')} the trash for good, with all that was said of {_them(self.count)}."
        ]
        if self.contents:
            objects = _number(len(self.contents), "file of the store is", "files of the store are")
            parts.append(f"{objects} deleted ({sum(self.contents.values()):,} bytes).")
        if self.forgotten:
            places = _number(
                len(self.forgotten), "of them stays on its disk as it is, and is", "of them stay on their disks as they are, and are"
            )
            parts.append(f"{places} not shown again.")
        return " ".join([*parts, "This cannot be undone. Go on?"])

    def pages(self, size: int) -> Iterator[TrashPlan]:
        """The plan in parts of so many assets."""
        forgotten, archives, swept = set(self.forgotten), set(self.archives), set(self.swept)
        leaving = [*self.swept, *sorted(self.deleted, reverse=True), *self.forgotten]  # members before their archives
        for some in chunks(leaving, size):
            page = TrashPlan(
                deleted=[one for one in some if one not in forgotten],
                forgotten=[one for one in some if one in forgotten],
                swept=[one for one in some if one in swept],
                archives=[one for one in some if one in archives],
            )
            page.contents = {content: length for one in some for content, length in self.content_of.get(one, ())}
            page.derived = {self.derived_of[one] for one in some if one in self.derived_of}
            yield page


def plan_emptying(connection: Connection, entity_ids: Collection[int] | None, older_than: float | None) -> TrashPlan:
    """Look what is meant, and what becomes of each."""
    chosen, known = _chosen(connection, entity_ids, older_than)
    plan = TrashPlan()
    inner = _members(connection, chosen)
    plan.kept = _keep(chosen, known, inner)
    chosen -= {one["id"] for one in plan.kept}
    abandoned = sorted(known)
    places = _places(connection, sorted(chosen) + abandoned)
    staying = _staying(chosen | known, places)
    plan.deleted = sorted(chosen - staying)
    plan.forgotten = sorted(chosen & staying)
    plan.swept = [one for one in abandoned if one not in staying]
    plan.archives = [one for one in (*plan.deleted, *plan.swept) if inner.get(one)]
    for entity_id in chosen:
        stored = [(row.content, row.size) for row in places.get(entity_id, ()) if row.storage_type == StorageType.STORE]
        plan.content_of[entity_id] = stored
        plan.contents |= dict(stored)
    plan.derived_of = _contents(connection, [*plan.deleted, *plan.forgotten, *plan.swept])
    return plan


def left_since(connection: Connection, page: TrashPlan) -> set[int]:
    """The assets of a page that may not go any more as was planned, for somebody has done something since.

    They were taken out of the trash, or one of their files is back, or an archive that they lie in, or what lies in them, stays.
    """
    ids = {*page.deleted, *page.forgotten}
    places, inner = _places(connection, sorted(page.deleted)), _members(connection, page.archives)
    around = {member_place(row.path).archive_id for rows in places.values() for row in rows if row.storage_type == StorageType.ARCHIVE}
    trashed: set[int] = set()
    for some in chunks(sorted(ids.union(around, *inner.values()))):
        rows = connection.execute(select(TRASHED.c.entity_id).where(TRASHED.c.entity_id.in_(some)).with_for_update())
        trashed |= set(rows.scalars())
    return (ids - trashed) | _staying(trashed, places) | {archive for archive, members in inner.items() if members - trashed}


def _chosen(connection: Connection, entity_ids: Collection[int] | None, older_than: float | None) -> tuple[set[int], set[int]]:
    """The ids of what is meant, of all that is in the trash; and of what was forgotten there before."""
    statement = select(TRASHED.c.entity_id, TRASHED.c.forgotten, TRASHED.c.trashed_at)
    chosen, known = set(), set()
    limit = utc_now() - timedelta(days=older_than) if older_than is not None else None
    wanted = None if entity_ids is None else set(entity_ids)
    for row in connection.execute(statement):
        if row.forgotten:
            known.add(row.entity_id)
        elif (wanted is None or row.entity_id in wanted) and (limit is None or row.trashed_at <= limit):
            chosen.add(row.entity_id)
    return chosen, known


def _keep(chosen: Collection[int], known: Collection[int], inner: dict[int, set[int]]) -> list[dict[str, Any]]:
    """The archives that have to stay: something lies in them that is not meant, or that has to stay itself."""
    staying: dict[int, int] = {}
    while True:
        counts = Counter({archive: len([one for one in members if (one not in chosen and one not in known) or one in staying])
                          for archive, members in inner.items()})  # fmt: skip
        more = {archive: count for archive, count in counts.items() if count and archive not in staying}
        if not more:
            break
        staying |= more
    return [
        {"id": archive, "reason": f"{_number(count, 'asset', 'assets')} in this archive would be lost with it; empty the trash of all, "
         "or take it out."}
        for archive, count in sorted(staying.items())
    ]  # fmt: skip


def _members(connection: Connection, archives: Collection[int]) -> dict[int, set[int]]:
    """What lies in which of these archives."""
    found: dict[int, set[int]] = {}
    for some in chunks(sorted(archives)):
        within = (LINK.c.source_id.in_(some), LINK.c.relation == Relation.CONTAINS, LINK.c.origin == ORIGIN)
        for row in connection.execute(select(LINK.c.source_id, LINK.c.target_id).where(*within)):
            found.setdefault(row.source_id, set()).add(row.target_id)
    return found


def _places(connection: Connection, entity_ids: Iterable[int]) -> dict[int, list[Any]]:
    columns = (LOCATION.c.entity_id, LOCATION.c.storage_type, LOCATION.c.status, LOCATION.c.path, LOCATION.c.content, LOCATION.c.size)
    found: dict[int, list[Any]] = {}
    for some in chunks(entity_ids):
        for row in connection.execute(select(*columns).where(LOCATION.c.entity_id.in_(some))):
            found.setdefault(row.entity_id, []).append(row)
    return found


def _staying(leaving: set[int], places: dict[int, list[Any]]) -> set[int]:
    """Those of the assets that leave of which a file stays: in a folder that is only read, or in an archive that stays itself."""
    there = {one: [row for row in rows if row.status != LocationStatus.MISSING] for one, rows in places.items()}
    staying = {one for one, rows in there.items() if any(row.storage_type == StorageType.IN_PLACE for row in rows)}
    within = {
        one: {member_place(row.path).archive_id for row in rows if row.storage_type == StorageType.ARCHIVE} for one, rows in there.items()
    }
    while more := {
        one for one, archives in within.items() if one not in staying and any(a in staying or a not in leaving for a in archives)
    }:
        staying |= more
    return staying


def _contents(connection: Connection, entity_ids: Sequence[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for some in chunks(entity_ids):
        rows = connection.execute(select(HASH.c.entity_id, HASH.c.hash_value).where(HASH.c.entity_id.in_(some)))
        found |= {row.entity_id: row.hash_value for row in rows}
    return found


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
