"""An asset whole: everything that is known about it, in the shape of `show --json` and of a line of `export`."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from dam.assets.commands import ExportAssetsCommand, GetAssetCommand
from dam.assets.functions.members import member_place
from dam.assets.functions.urn import cache_urn, display_path, location_urn, member_urn, virtual_urn
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetCategory,
    AssetComponent,
    ContentHashSHA256Component,
    DescriptionComponent,
    FileLocationComponent,
    FormerLocationComponent,
    ImagePerceptualPHashComponent,
    Link,
    LocationCheck,
    LocationStatus,
    NamespacedMetadataComponent,
    RatingComponent,
    Root,
    StorageType,
    TagComponent,
    ThumbnailComponent,
    TitleComponent,
    TrashedComponent,
    VirtualEntityComponent,
)
from dam.assets.models.human import PERSON, SIDECAR
from dam.assets.resources.fields import FieldRegistry
from dam.assets.systems.search import is_among, matching
from dam.core.chunks import chunks
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_component import Component

Row = dict[str, Any]

NAMESPACES: dict[str, dict[str, Any]] = {
    "exif": {},
    "iptc": {},
    "xmp": {},
    "geo": {"latitude": None, "longitude": None, "altitude": None},
    "audio": {"codec": None, "title": None, "artist": None, "album": None, "track": None},
    "video": {"codec": None, "audio_codec": None},
    "document": {"pages": None, "text": None},
    "archive": {"format": None, "entries": []},
}
"""The namespaces that every asset shows, with what is unknown."""

SHOWN_ELSEWHERE = {
    AssetComponent,
    FileLocationComponent,
    FormerLocationComponent,
    AnalysisRecordComponent,
    TagComponent,
    TrashedComponent,
}
"""Component types that have keys of their own in the answer and are not repeated under `components`."""


@system(on_command=GetAssetCommand)
async def handle_get_asset(command: GetAssetCommand, transaction: WorldTransaction, world: World) -> Row | None:
    """Read one asset whole."""
    read = partial(read_assets, entity_ids=[command.entity_id], component_types=world.component_types)
    return next(iter(await transaction.read(read)), None)


@system(on_command=ExportAssetsCommand)
async def handle_export_assets(
    command: ExportAssetsCommand, transaction: WorldTransaction, world: World, registry: FieldRegistry
) -> list[Row]:
    """Read a page of assets whole, in the order of their ids."""

    def read(connection: Connection) -> list[Row]:
        asset = table_of(AssetComponent)
        conditions = [is_among(command.among), *matching(command.query, connection, registry.fields)]
        statement = select(asset.c.entity_id).where(asset.c.entity_id > command.after_id, *conditions)
        ids = connection.execute(statement.order_by(asset.c.entity_id).limit(command.limit)).scalars().all()
        return read_assets(connection, ids, world.component_types)

    return await transaction.read(read)


def read_assets(connection: Connection, entity_ids: Sequence[int], component_types: Iterable[type[Component]]) -> list[Row]:
    """Assets whole, by their ids; the number of statements does not depend on the number of assets."""
    found = {row["entity_id"]: row for row in _rows(connection, AssetComponent, entity_ids)}
    if not found:
        return []
    components: dict[type[Any], dict[int, list[Row]]] = {kind: defaultdict(list) for kind in component_types}
    for kind, by_entity in components.items():
        for row in _rows(connection, kind, list(found)):
            by_entity[row["entity_id"]].append(row)
    _note_problems(connection, components.get(FileLocationComponent, {}))
    roots = {row["id"]: dict(row) for row in connection.execute(select(table_of(Root))).mappings()}
    links = _links(connection, list(found))
    return [
        _whole(found[entity_id], {kind: rows.get(entity_id, []) for kind, rows in components.items()}, roots, links.get(entity_id, []))
        for entity_id in sorted(found)
    ]


def _rows(connection: Connection, model: type[Any], entity_ids: Sequence[int]) -> list[Row]:
    table = table_of(model)
    order = table.c.get("id", table.c.entity_id)
    rows: list[Row] = []
    for some in chunks(entity_ids):
        statement = select(table).where(table.c.entity_id.in_(some)).order_by(order)
        rows += [dict(row) for row in connection.execute(statement).mappings()]
    return rows


def _note_problems(connection: Connection, places: dict[int, list[Row]]) -> None:
    """Add to the places what the last check of each found wrong with it, as `problem`."""
    by_id = {row["id"]: row for rows in places.values() for row in rows}
    check = table_of(LocationCheck)
    for some in chunks(by_id):
        statement = select(check.c.location_id, check.c.problem, check.c.content).where(check.c.problem.is_not(None))
        for row in connection.execute(statement.where(check.c.location_id.in_(some))):
            if row.content == by_id[row.location_id]["content"]:
                by_id[row.location_id]["problem"] = row.problem


def _links(connection: Connection, entity_ids: Sequence[int]) -> dict[int, list[Row]]:
    link, asset, virtual = table_of(Link), table_of(AssetComponent), table_of(VirtualEntityComponent)
    kind = func.coalesce(asset.c.asset_type, virtual.c.kind, "entity").label("kind")
    found: dict[int, list[Row]] = defaultdict(list)
    for direction, own, other in (("out", link.c.source_id, link.c.target_id), ("in", link.c.target_id, link.c.source_id)):
        statement = (
            select(own.label("own"), other.label("other"), link.c.relation, kind)
            .outerjoin_from(link, asset, asset.c.entity_id == other)
            .outerjoin(virtual, virtual.c.entity_id == other)
            .where(own.in_(entity_ids))
            .order_by(link.c.id)
        )
        for row in connection.execute(statement):
            found[row.own].append({"relation": row.relation, "direction": direction, "id": row.other, "type": row.kind})
    return found


def _whole(asset: Row, components: dict[type[Any], list[Row]], roots: dict[int, Row], links: list[Row]) -> Row:
    """Put together the answer; its keys are always there."""
    digest = next((row["hash_value"] for row in components.get(ContentHashSHA256Component, [])), None)
    places = [location(row, roots) for row in components.get(FileLocationComponent, [])]
    thumbnails: dict[str, str | None] = next((row["files"] for row in components.get(ThumbnailComponent, [])), {})
    return {
        "id": asset["entity_id"],
        "type": asset["asset_type"],
        "category": asset["category"],
        "status": asset["status"],
        "visibility": asset["visibility"],
        "version": asset["version"],
        "filename": display_path(os.fsencode(asset["filename"])),
        "title": said_first(components.get(TitleComponent, [])),
        "description": said_first(components.get(DescriptionComponent, [])),
        "size": asset["size"],
        "mime_type": asset["mime_type"],
        "sha256": digest.hex() if digest else None,
        "width": asset["width"],
        "height": asset["height"],
        "duration": asset["duration"],
        "captured_at": asset["captured_at"],
        "error_message": asset["error_message"],
        "owner_id": asset["owner_id"],
        "created_at": asset["created_at"].isoformat(),
        "updated_at": asset["updated_at"].isoformat(),
        "trashed_at": next((row["trashed_at"].isoformat() for row in components.get(TrashedComponent, [])), None),
        "is_virtual": asset["category"] == AssetCategory.VIRTUAL,
        "storage_urn": _storage_urn(asset, places, components.get(VirtualEntityComponent, [])),
        "phash": next((row["hash_value"].hex() for row in components.get(ImagePerceptualPHashComponent, [])), None),
        "thumbnail_urn": cache_urn(digest, "thumb.webp") if digest and "small" in thumbnails else None,
        "thumbnails": {size: cache_urn(digest, name or f"{size}.webp") for size, name in thumbnails.items()} if digest else {},
        "locations": places,
        "former_locations": [former(row, roots) for row in components.get(FormerLocationComponent, [])],
        "tags": sorted(row["tag_name"] for row in components.get(TagComponent, [])),
        "rating": said_first(components.get(RatingComponent, [])),
        "albums": [],
        "metadata": _metadata(components),
        "components": {
            kind.__name__: [_plain(row) for row in rows] for kind, rows in components.items() if rows and kind not in SHOWN_ELSEWHERE
        },
        "links": links,
        "analyses": [
            {"name": row["name"], "version": row["version"], "status": row["status"], "message": row["message"]}
            for row in components.get(AnalysisRecordComponent, [])
        ],
    }


def _storage_urn(asset: Row, places: list[Row], virtual: list[Row]) -> str:
    """The exact name of the first place that is there, else of the first one; of a thing without bytes, its own."""
    place = next((one for one in places if one["status"] == LocationStatus.PRESENT), places[0] if places else None)
    if place is not None:
        urn: str = place["urn"]
        return urn
    kind, name = (virtual[0]["kind"], virtual[0]["name"]) if virtual else (asset["asset_type"], str(asset["entity_id"]))
    return virtual_urn(kind, name)


def said_first(rows: list[Row]) -> Any:
    """What a person said, else what a sidecar says, else what the first other origin says, else None."""
    rank = {PERSON: 0, SIDECAR: 1}
    return next((row["value"] for row in sorted(rows, key=lambda row: rank.get(row["origin"], 2))), None)


def location(row: Row, roots: dict[int, Row]) -> Row:
    """One place of an asset, as people and programs see it."""
    root = roots[row["root_id"]]
    full = root["path"] + b"/" + row["path"]
    return {
        "urn": f"cas://sha256/{row['content'].hex()}" if row["storage_type"] == StorageType.STORE else place_urn(row["path"], root),
        "path": display_path(full),
        "root": root["name"],
        "status": row["status"],
        "size": row["size"],
        "mtime": datetime.fromtimestamp(row["mtime_ns"] / 1e9, UTC).isoformat(),
        "storage_type": row["storage_type"],
        "problem": row.get("problem"),
        "original_filename": display_path(os.fsencode(row["original_filename"])),
    }


def place_urn(path: bytes, root: Row) -> str:
    """The exact name of a place beneath a root, or in an archive."""
    if root["storage_type"] == StorageType.ARCHIVE:
        archive_id, name, occurrence = member_place(path)
        return member_urn(archive_id, name, occurrence if occurrence > 1 else None)
    return location_urn(root["name"], path)


def former(row: Row, roots: dict[int, Row]) -> Row:
    """A place where the asset was once, and until when at the latest."""
    root = roots[row["root_id"]]
    urn, path = place_urn(row["path"], root), display_path(root["path"] + b"/" + row["path"])
    return {"urn": urn, "path": path, "root": root["name"], "until": row["created_at"].isoformat()}


def _metadata(components: dict[type[Any], list[Row]]) -> dict[str, Any]:
    metadata = {name: dict(unknown) for name, unknown in NAMESPACES.items()}
    for kind, rows in components.items():
        for row in rows if kind.metadata_namespace is not None else ():
            facts = row["data"] if "data" in row else _plain(row)
            metadata[kind.metadata_namespace] = metadata.get(kind.metadata_namespace, {}) | facts
    for row in components.get(NamespacedMetadataComponent, []):
        metadata[row["namespace"]] = metadata.get(row["namespace"], {}) | row["data"]
    return metadata


def _plain(row: Row) -> Row:
    """A component's row as JSON can carry it, without what every row has."""
    return {name: _json(value) for name, value in row.items() if name not in ("entity_id", "created_at", "updated_at")}


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime) else value
