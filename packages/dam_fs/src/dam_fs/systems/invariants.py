"""What must always be true of a library's tables: each function looks for what breaks one rule, and gives a finding for each case.

`dam fsck` runs them, and tests may at any moment: `broken_invariants(connection)` is empty in a sound library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select

from dam.assets.functions.urn import display_path
from dam.assets.models import (
    AssetCategory,
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    Link,
    LocationStatus,
    StorageType,
    VirtualEntityComponent,
)
from dam.core.writes import table_of
from dam.models.entity import Entity
from dam_fs.commands import Finding
from dam_fs.systems.checking import LOCATION, ROOT

ASSET, HASH, ENTITY, LINK = table_of(AssetComponent), table_of(ContentHashSHA256Component), table_of(Entity), table_of(Link)
VIRTUAL = table_of(VirtualEntityComponent)
MOST = 1000
"""How many of a kind are told."""

PRESENT = exists().where(LOCATION.c.entity_id == ASSET.c.entity_id, LOCATION.c.status == LocationStatus.PRESENT)
PLACED = exists().where(LOCATION.c.entity_id == ASSET.c.entity_id)
OUTSIDE = exists().where(
    LOCATION.c.entity_id == ASSET.c.entity_id,
    LOCATION.c.status == LocationStatus.PRESENT,
    LOCATION.c.storage_type != StorageType.ARCHIVE,
)
HAS_BYTES = and_(ASSET.c.category == AssetCategory.PHYSICAL, ~exists().where(VIRTUAL.c.entity_id == ASSET.c.entity_id))


def database_is_whole(connection: Connection) -> list[Finding]:
    """SQLite finds no damage in its own file (PostgreSQL has checksums of its own)."""
    if connection.dialect.name != "sqlite":
        return []
    rows = connection.exec_driver_sql(f"PRAGMA integrity_check({MOST})").scalars()
    return [_finding("database_damaged", "the database", str(row)) for row in rows if row != "ok"]


def references_lead_somewhere(connection: Connection) -> list[Finding]:
    """No row points to one that is not there. PostgreSQL never lets that happen."""
    if connection.dialect.name != "sqlite":
        return []
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST)
    return [_finding("dangling_reference", f"{row[0]} row {row[1]}", f"It points to a row of {row[2]} that is not there.") for row in rows]


def links_have_ends(connection: Connection) -> list[Finding]:
    """Both ends of a link are entities."""
    found = []
    for column in (LINK.c.source_id, LINK.c.target_id):
        statement = select(LINK.c.id, column.label("end")).outerjoin_from(LINK, ENTITY, ENTITY.c.id == column)
        rows = connection.execute(statement.where(ENTITY.c.id.is_(None)).limit(MOST))
        found += [_finding("link_without_end", f"link {row.id}", f"Its {column.name[:-3]} {row.end} is not there.") for row in rows]
    return found


def places_have_assets(connection: Connection) -> list[Finding]:
    """Every location belongs to an asset."""
    statement = select(LOCATION.c.entity_id, LOCATION.c.path).outerjoin_from(LOCATION, ASSET, ASSET.c.entity_id == LOCATION.c.entity_id)
    rows = connection.execute(statement.where(ASSET.c.entity_id.is_(None)).limit(MOST))
    detail = "The file belongs to an entity that is no asset."
    return [_finding("place_without_asset", display_path(row.path), detail, row.entity_id) for row in rows]


def contents_agree(connection: Connection) -> list[Finding]:
    """All places of an asset that are there hold the content by which it is known."""
    statement = select(LOCATION.c.entity_id, LOCATION.c.path, LOCATION.c.content, HASH.c.hash_value)
    statement = statement.outerjoin_from(LOCATION, HASH, HASH.c.entity_id == LOCATION.c.entity_id)
    differs = HASH.c.hash_value.is_(None) | (HASH.c.hash_value != LOCATION.c.content)
    rows = connection.execute(statement.where(LOCATION.c.status == LocationStatus.PRESENT, differs).limit(MOST))
    return [
        _finding("hash_absent", display_path(row.path), "The asset's SHA-256 is not known, its file's is.", row.entity_id)
        if row.hash_value is None
        else _finding("contents_disagree", display_path(row.path), "The file has another content than its asset.", row.entity_id)
        for row in rows
    ]


def missing_is_missing(connection: Connection) -> list[Finding]:
    """An asset is missing exactly when it has had places and has none left."""
    missing = ASSET.c.status == AssetStatus.MISSING
    found = []
    for kind, condition, detail in (
        ("missing_but_there", missing & PRESENT, "It counts as missing, but a file of it is there."),
        ("lost_but_not_missing", ~missing & PLACED & ~PRESENT, "It has no file left, but does not count as missing."),
    ):
        statement = select(ASSET.c.entity_id, ASSET.c.filename).where(HAS_BYTES, condition).limit(MOST)
        found += [_finding(kind, row.filename, detail, row.entity_id) for row in connection.execute(statement)]
    return found


def members_are_marked(connection: Connection) -> list[Finding]:
    """An asset whose file is there is marked as a member exactly when it is there in archives only."""
    wrong = or_(ASSET.c.member.is_(True) & OUTSIDE, ASSET.c.member.is_(False) & PRESENT & ~OUTSIDE)
    rows = connection.execute(select(ASSET.c.entity_id, ASSET.c.filename).where(wrong).limit(MOST))
    detail = "Whether it lies in archives only is noted wrongly."
    return [_finding("member_mark_wrong", row.filename, detail, row.entity_id) for row in rows]


def roots_have_places_of_their_own(connection: Connection) -> list[Finding]:
    """A location lies beneath its root: its path is relative, and leads nowhere else."""
    statement = select(LOCATION.c.entity_id, LOCATION.c.path, ROOT.c.name).join_from(LOCATION, ROOT, ROOT.c.id == LOCATION.c.root_id)
    outside = (LOCATION.c.path == b"") | LOCATION.c.path.between(b"/", b"/\xff\xff") | LOCATION.c.path.between(b"../", b"..0")
    rows = connection.execute(statement.where(outside).limit(MOST))
    return [_finding("place_outside_root", display_path(row.path), f"It is not beneath '{row.name}'.", row.entity_id) for row in rows]


INVARIANTS: tuple[Callable[[Connection], list[Finding]], ...] = (
    database_is_whole,
    references_lead_somewhere,
    links_have_ends,
    places_have_assets,
    contents_agree,
    missing_is_missing,
    members_are_marked,
    roots_have_places_of_their_own,
)
"""Every rule, in the order in which they are checked."""


def broken_invariants(connection: Connection) -> list[Finding]:
    """What breaks any of the rules."""
    return [finding for invariant in INVARIANTS for finding in invariant(connection)]


def _finding(kind: str, subject: Any, detail: str, entity_id: int | None = None) -> Finding:
    return Finding("database", kind, str(subject), detail, entity_id)
