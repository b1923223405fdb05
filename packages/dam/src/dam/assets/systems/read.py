"""Lists and counts of assets, and finding the one that a person means."""

from __future__ import annotations

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select, tuple_

from dam.assets.commands import (
    AssetPage,
    CollectionCounts,
    CountAssetsCommand,
    FindAssetCommand,
    ListAssetsCommand,
    LocateContentCommand,
)
from dam.assets.functions.cursor import decode_cursor, encode_cursor
from dam.assets.functions.long_paths import is_too_long
from dam.assets.functions.members import member_path
from dam.assets.functions.urn import display_path
from dam.assets.models import (
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    FileLocationComponent,
    LocationCheck,
    LocationStatus,
    Root,
    StorageType,
    TagComponent,
    ThumbnailComponent,
    TitleComponent,
    TrashedComponent,
)
from dam.assets.resources.drivers import DriverRegistry
from dam.assets.resources.fields import FieldRegistry, QueryField
from dam.assets.systems.members import unpacked
from dam.assets.systems.search import TRASHED, is_among, matching
from dam.assets.systems.show import said_first
from dam.assets.systems.soundness import is_sound
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.types import EPOCH

ASSET = table_of(AssetComponent)
LOCATION = table_of(FileLocationComponent)
SORTS: dict[str, tuple[Any, bool]] = {
    "captured": (ASSET.c.sort_at, True),
    "added": (ASSET.c.entity_id, True),
    "id": (ASSET.c.entity_id, False),
    "name": (ASSET.c.filename, False),
    "size": (ASSET.c.size, True),
}
"""Sort name → the column, and whether it is descending; a leading "-" turns it around."""

LONGEST_PAGE = 1000
HEXADECIMAL_SHA256 = 64
SHORTEST_PREFIX = 6
SHOWN_SIZES = ("medium", "small")
"""The thumbnails of lists."""
LONGEST_ID = 18
"""Decimal digits that a 64-bit integer surely holds."""


@system(on_command=ListAssetsCommand)
async def handle_list_assets(
    command: ListAssetsCommand, transaction: WorldTransaction, registry: FieldRegistry, drivers: DriverRegistry
) -> AssetPage:
    """Read one page of assets: keyset paging, so that a deep page costs what the first one costs."""
    return await transaction.read(partial(_page, command=command, fields=registry.fields, drivers=drivers))


def _page(connection: Connection, command: ListAssetsCommand, fields: Mapping[str, QueryField], drivers: DriverRegistry) -> AssetPage:
    column, descending = _sort(command.sort)
    by = _comparable(column, connection.dialect.name)
    limit = max(1, min(command.limit, LONGEST_PAGE))
    conditions = [*is_listed(command), *matching(command.query, connection, fields, command.types, command.tags)]
    rows: list[dict[str, Any]] = []
    for part in _parts(command, column, by, descending=descending):
        order = [one.desc() if descending else one.asc() for one in dict.fromkeys((by, ASSET.c.entity_id))]
        statement = select(ASSET).where(*conditions, *part).order_by(*order).limit(limit + 1 - len(rows))
        rows += [dict(row) for row in connection.execute(statement).mappings()]
        if len(rows) > limit:
            break
    more, rows = len(rows) > limit, rows[:limit]
    following = encode_cursor((command.sort, _key(rows[-1][column.name]), rows[-1]["entity_id"])) if more else None
    return AssetPage(_items(connection, rows, drivers), following)


def is_listed(command: ListAssetsCommand) -> list[ColumnElement[bool]]:
    """Whether an asset is where the command looks: of what lies in archives only a plain list of the library says nothing."""
    asked = command.members
    if asked is None:
        asked = bool(command.query.strip() or command.tags) or command.among != "library"
    return [is_among(command.among)] if asked else [ASSET.c.member.is_(False), is_among(command.among)]


def _sort(name: str) -> tuple[Any, bool]:
    column, descending = SORTS.get(name.removeprefix("-"), (None, False))
    if column is None:
        raise UsageError(f"'{name}' is no order; sort by {', '.join(SORTS)} (with a leading - for the opposite).")
    return column, descending != name.startswith("-")


def _comparable(column: Any, dialect: str) -> Any:
    """The column as lists order it: text by the numbers of its letters, as SQLite does, whatever language another database speaks."""
    return column.collate("C") if column is ASSET.c.filename and dialect != "sqlite" else column


def _key(value: Any) -> Any:
    return (value - EPOCH) // (datetime.resolution) if isinstance(value, datetime) else value


def _moment(value: Any) -> datetime:
    """The opposite of `_key`, for a moment; raises UsageError when it stands for none."""
    try:
        return EPOCH + datetime.resolution * int(value)
    except (ValueError, OverflowError) as error:
        raise UsageError("The cursor is not one that this list gave out; start again without a cursor.") from error


def _fits(value: Any) -> bool:
    """Whether a database takes the value: an integer of 64 bits, text that is Unicode."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not (isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value))


def _parts(command: ListAssetsCommand, column: Any, by: Any, *, descending: bool) -> list[list[ColumnElement[bool]]]:
    """The list in parts, each of which an index finds where it begins: rows with a value, and those without one after or before them.

    What comes before the cursor's row is left out.
    """
    key = ASSET.c.entity_id
    after = _cursor_row(command.cursor, command.sort, column) if command.cursor else None
    valued: list[ColumnElement[bool]] = [column.is_not(None)] if column.nullable else []
    if after is None:
        parts = [valued, [column.is_(None)]]
    else:
        value, entity_id = after
        later = key < entity_id if descending else key > entity_id
        if column is key:
            return [[later]]
        if value is None:
            return [[column.is_(None), later]] if descending else [[column.is_(None), later], valued]
        place, here = tuple_(by, key), tuple_(literal(value, column.type), literal(entity_id, key.type))
        parts = [[*valued, place < here if descending else place > here], [column.is_(None)]]
        if not descending:
            return parts[:1]
    if not column.nullable:
        return parts[:1]
    return parts if descending else parts[::-1]


def _cursor_row(cursor: str, sort: str, column: Any) -> tuple[Any, int]:
    """The value and the id of the row where the page before ended; raises UsageError when the cursor is not this list's."""
    values = decode_cursor(cursor)
    if len(values) != 3 or values[0] != sort or not isinstance(values[2], int) or not all(map(_fits, values)):
        raise UsageError("The cursor belongs to another list; begin again without it.")
    value: Any = values[1]
    return (_moment(value) if column is ASSET.c.sort_at and value is not None else value), values[2]


def _items(connection: Connection, rows: list[dict[str, Any]], drivers: DriverRegistry) -> list[dict[str, Any]]:
    """Rows of a list, with what stands in other tables: a fixed number of statements a page."""
    ids = [row["entity_id"] for row in rows]
    hashes, thumbnails, titles, tags, trashed = (
        _by_entity(connection, kind, ids)
        for kind in (ContentHashSHA256Component, ThumbnailComponent, TitleComponent, TagComponent, TrashedComponent)
    )
    places = _by_entity(connection, FileLocationComponent, ids)
    roots = {row["id"]: row for row in connection.execute(select(table_of(Root))).mappings()}
    return [
        {
            "id": row["entity_id"],
            "type": row["asset_type"],
            "category": row["category"],
            "status": row["status"],
            "visibility": row["visibility"],
            "version": row["version"],
            "filename": display_path(os.fsencode(row["filename"])),
            "title": said_first(titles[row["entity_id"]]),
            "size": row["size"],
            "mime_type": row["mime_type"],
            "sha256": next((one["hash_value"].hex() for one in hashes[row["entity_id"]]), None),
            "width": row["width"],
            "height": row["height"],
            "duration": row["duration"],
            "captured_at": row["captured_at"],
            "error_message": row["error_message"],
            "color": row["color"],
            "tags": sorted(one["tag_name"] for one in tags[row["entity_id"]]),
            "thumbnails": _thumbnails(row, thumbnails[row["entity_id"]], drivers),
            "added_at": row["created_at"].isoformat(),
            "member": row["member"],
            "trashed_at": next((one["trashed_at"].isoformat() for one in trashed[row["entity_id"]]), None),
            **_place(places[row["entity_id"]], roots),
        }
        for row in rows
    ]


def _thumbnails(row: dict[str, Any], found: list[dict[str, Any]], drivers: DriverRegistry) -> list[str]:
    """The sizes that there are; who looks at what is still to be analysed gets them as well: they are made when they are asked for."""
    if not found and row["status"] == AssetStatus.PROCESSING and drivers.preview_for(row["mime_type"] or "", row["driver"]):
        return list(SHOWN_SIZES)
    return sorted(size for one in found for size in one["files"])


def _by_entity(connection: Connection, kind: type[Any], ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    table = table_of(kind)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(
        select(table).where(table.c.entity_id.in_(ids)).order_by(table.c.get("id", table.c.entity_id))
    ).mappings():
        found[row["entity_id"]].append(dict(row))
    return found


def _place(places: list[dict[str, Any]], roots: dict[int, Any]) -> dict[str, Any]:
    """The place to show in a list: one that is there, if any is."""
    best = next((one for one in places if one["status"] == LocationStatus.PRESENT), places[0] if places else None)
    if best is None:
        return {"path": None, "root": None, "places": 0}
    root = roots[best["root_id"]]
    present = sum(one["status"] == LocationStatus.PRESENT for one in places)
    return {"path": display_path(root["path"] + b"/" + best["path"]), "root": root["name"], "places": present}


@system(on_command=CountAssetsCommand)
async def handle_count_assets(command: CountAssetsCommand, transaction: WorldTransaction) -> CollectionCounts:
    """Count assets by status and type."""
    return await transaction.read(_count)


def _count(connection: Connection) -> CollectionCounts:
    statement = select(ASSET.c.member, ASSET.c.status, ASSET.c.asset_type, func.count(), func.coalesce(func.sum(ASSET.c.size), 0))
    statement = statement.group_by(ASSET.c.member, ASSET.c.status, ASSET.c.asset_type)
    by_status, by_type, members = Counter[str](), Counter[str](), Counter[str]()
    size = pending = 0
    hidden = statement.join_from(TRASHED, ASSET, ASSET.c.entity_id == TRASHED.c.entity_id)  # few, so they are taken off again
    for sign, part in ((1, statement), (-1, hidden)):
        for member, status, kind, number, bytes_ in connection.execute(part):
            pending += sign * number * (status == AssetStatus.PROCESSING)
            if member:
                members[kind] += sign * number
                continue
            by_status[status] += sign * number
            by_type[kind] += sign * number
            size += sign * int(bytes_)
    by_status, by_type, members = +by_status, +by_type, +members  # without what there are none of
    trashed = connection.execute(select(func.count()).select_from(TRASHED).where(TRASHED.c.forgotten.is_(False))).scalar_one()
    return CollectionCounts(by_type.total(), dict(by_status), dict(by_type), pending, size, trashed, members.total(), dict(members))


@system(on_command=FindAssetCommand)
async def handle_find_asset(command: FindAssetCommand, transaction: WorldTransaction) -> int:
    """Find the asset that a person means by an id, a path, a URN or a hash."""
    found = await transaction.read(partial(_find, reference=command.reference))
    if not found:
        raise EntityNotFoundError(f"Nothing here is called '{command.reference}'; give an id, a path, a URN or a SHA-256 (see `dam ls`).")
    if len(found) > 1:
        raise EntityNotFoundError(
            f"'{command.reference}' fits {len(found)} assets ({', '.join(map(str, found[:5]))}); give more of it, or an id."
        )
    return found[0]


def _find(connection: Connection, reference: str) -> list[int]:
    if reference.isdecimal() and len(reference) <= LONGEST_ID:
        by_id = connection.execute(select(ASSET.c.entity_id).where(ASSET.c.entity_id == int(reference))).scalars().all()
        if by_id:
            return list(by_id)
    digest = reference.removeprefix("cas://sha256/").lower()
    if SHORTEST_PREFIX <= len(digest) <= HEXADECIMAL_SHA256 and all(character in "0123456789abcdef" for character in digest):
        low, high = bytes.fromhex(digest.ljust(HEXADECIMAL_SHA256, "0")), bytes.fromhex(digest.ljust(HEXADECIMAL_SHA256, "f"))
        hashes = table_of(ContentHashSHA256Component)
        by_hash = connection.execute(select(hashes.c.entity_id).where(hashes.c.hash_value.between(low, high)).limit(10)).scalars().all()
        if by_hash:
            return list(by_hash)
    return _find_by_path(connection, reference)


def _find_by_path(connection: Connection, reference: str) -> list[int]:
    from dam.assets.functions.urn import parse_urn, path_of_urn  # noqa: PLC0415 - rarely needed

    if reference.lower().startswith("archive://"):
        urn = parse_urn(reference)
        member = member_path(int(urn.authority), urn.path, urn.occurrence or 1)
        kind = LOCATION.c.storage_type == StorageType.ARCHIVE
        return list(dict.fromkeys(connection.execute(select(LOCATION.c.entity_id).where(kind, LOCATION.c.path == member)).scalars()))
    roots = connection.execute(select(Root.id, Root.name, Root.path)).all()
    named = path_of_urn(reference)
    if named is None:
        return _at_path(connection, roots, reference)
    root_name, relative = named
    wanted = [(root.id, relative) for root in roots if root.name == root_name]
    return _at(connection, wanted + (_beneath(roots, b"/" + relative) if root_name == "local" else []))


def _at_path(connection: Connection, roots: Sequence[Any], reference: str) -> list[int]:
    """The assets at a path as a person types it: from the current folder, with `..` and `~`, and through links."""
    try:
        path = os.path.abspath(os.fsencode(os.path.expanduser(reference)))  # noqa: PTH100, PTH111 - pathlib keeps `..`, and raises for `~nobody`
    except UnicodeError:
        return []
    found = _at(connection, _beneath(roots, path))
    return found or (_at(connection, _beneath(roots, os.path.realpath(path))) if b"\0" not in path else [])


def _beneath(roots: Sequence[Any], path: bytes) -> list[tuple[int, bytes]]:
    """The roots that an absolute path lies beneath, and where in each."""
    return [(root.id, path[len(root.path) + 1 :]) for root in roots if path.startswith(root.path + b"/")]


def _at(connection: Connection, wanted: Sequence[tuple[int, bytes]]) -> list[int]:
    """The assets at paths beneath roots."""
    found: dict[int, None] = {}
    for root_id, relative in wanted:
        rows = connection.execute(select(LOCATION.c.entity_id).where(LOCATION.c.root_id == root_id, LOCATION.c.path == relative))
        found |= dict.fromkeys(rows.scalars())
    return list(found)


@system(on_command=LocateContentCommand)
async def handle_locate_content(command: LocateContentCommand, world: World) -> Path | None:
    """Find a place of the asset at which its bytes can be read now; those in which a check found something wrong come last.

    What lies in archives only is unpacked, and what has too long a path is copied.
    """
    places = await world.database.read(partial(_places, entity_id=command.entity_id))
    for path, stored in places:
        if await asyncio.to_thread(_is_there, path) and (stored is None or await is_sound(world, stored)):
            return path
    return await unpacked(world, command.entity_id)


def _places(connection: Connection, entity_id: int) -> list[tuple[Path, str | None]]:
    """The places of an asset, the best first; with the identifier of the object for one in the store."""
    check = table_of(LocationCheck)
    columns = (Root.path, LOCATION.c.path, LOCATION.c.content, LOCATION.c.storage_type)
    statement = select(*columns).join_from(LOCATION, table_of(Root), Root.id == LOCATION.c.root_id)
    statement = statement.outerjoin(check, check.c.location_id == LOCATION.c.id)
    statement = statement.where(LOCATION.c.entity_id == entity_id, LOCATION.c.status == LocationStatus.PRESENT)
    statement = statement.where(LOCATION.c.storage_type != StorageType.ARCHIVE)
    return [
        (Path(os.fsdecode(root + b"/" + path)), content.hex() if kind == StorageType.STORE else None)
        for root, path, content, kind in connection.execute(statement.order_by(check.c.problem.is_not(None), LOCATION.c.id))
    ]


def _is_there(path: Path) -> bool:
    return not is_too_long(os.fsencode(path)) and path.is_file()
