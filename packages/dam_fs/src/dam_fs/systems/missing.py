"""What was looked for and not found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, literal, select

from dam.assets.functions.urn import display_path, location_urn
from dam.assets.models import AssetComponent, AssetStatus, FileLocationComponent, FormerLocationComponent, LocationStatus, Root
from dam.assets.systems.search import is_among
from dam.core.exceptions import UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam_fs.commands import ListMissingCommand

LOCATION, FORMER = table_of(FileLocationComponent), table_of(FormerLocationComponent)
ASSET, ROOT = table_of(AssetComponent), table_of(Root)


@system(on_command=ListMissingCommand)
async def handle_list_missing(command: ListMissingCommand, transaction: WorldTransaction) -> list[dict[str, Any]]:
    """List the places that are missing, with the assets that were there, and the assets that have no place any more."""

    def read(connection: Connection) -> list[dict[str, Any]]:
        if command.root is not None and not connection.execute(select(ROOT.c.id).where(ROOT.c.name == command.root)).first():
            raise UsageError(f"There is no root '{command.root}'; `dam roots` lists them.")
        chosen = [is_among("library"), *([ROOT.c.name == command.root] if command.root is not None else [])]
        rows = [*_missing_places(connection, chosen), *_without_place(connection, chosen)]
        rows.sort(key=lambda row: row["since"], reverse=True)  # it keeps the order of those that are equal
        return rows[: command.limit]

    return await transaction.read(read)


def _missing_places(connection: Connection, chosen: list[ColumnElement[bool]]) -> list[dict[str, Any]]:
    other = LOCATION.alias()
    places = select(func.count()).where(other.c.entity_id == LOCATION.c.entity_id, other.c.status == LocationStatus.PRESENT)
    columns = (
        LOCATION.c.entity_id,
        LOCATION.c.path,
        LOCATION.c.size,
        LOCATION.c.updated_at.label("since"),
        ASSET.c.filename,
        ASSET.c.status,
    )
    statement = select(*columns, ROOT.c.name.label("root"), ROOT.c.path.label("root_path"), places.scalar_subquery().label("places"))
    statement = statement.join(ROOT, ROOT.c.id == LOCATION.c.root_id).join(ASSET, ASSET.c.entity_id == LOCATION.c.entity_id)
    statement = statement.where(LOCATION.c.status == LocationStatus.MISSING, *chosen).order_by(LOCATION.c.id)
    return [_told(row) for row in connection.execute(statement).mappings()]


def _without_place(connection: Connection, chosen: list[ColumnElement[bool]]) -> list[dict[str, Any]]:
    """The assets of which no place is known: other content has taken the path of the last one, or its root was forgotten."""
    last = select(func.max(FORMER.c.id)).where(FORMER.c.entity_id == ASSET.c.entity_id).correlate(ASSET).scalar_subquery()
    since = func.coalesce(FORMER.c.created_at, ASSET.c.updated_at).label("since")
    columns = (ASSET.c.entity_id, FORMER.c.path, ASSET.c.size, since, ASSET.c.filename, ASSET.c.status, literal(0).label("places"))
    statement = select(*columns, ROOT.c.name.label("root"), ROOT.c.path.label("root_path")).select_from(ASSET)
    statement = statement.outerjoin(FORMER, FORMER.c.id == last).outerjoin(ROOT, ROOT.c.id == FORMER.c.root_id)
    has_place = exists().where(LOCATION.c.entity_id == ASSET.c.entity_id)
    statement = statement.where(ASSET.c.status == AssetStatus.MISSING, ~has_place, *chosen).order_by(ASSET.c.entity_id)
    return [_told(row) for row in connection.execute(statement).mappings()]


def _told(row: Any) -> dict[str, Any]:
    known = row["path"] is not None
    return {
        "id": row["entity_id"],
        "filename": row["filename"],
        "status": row["status"],
        "root": row["root"],
        "path": display_path(row["root_path"] + b"/" + row["path"]) if known else None,
        "urn": location_urn(row["root"], row["path"]) if known else None,
        "size": row["size"],
        "since": row["since"].isoformat(),
        "places": row["places"],
    }
