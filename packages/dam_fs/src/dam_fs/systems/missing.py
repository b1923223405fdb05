"""What was looked for and not found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from dam.assets.functions.urn import display_path, location_urn
from dam.assets.models import AssetComponent, FileLocationComponent, LocationStatus, Root
from dam.assets.systems.search import is_among
from dam.core.exceptions import UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam_fs.commands import ListMissingCommand


@system(on_command=ListMissingCommand)
async def handle_list_missing(command: ListMissingCommand, transaction: WorldTransaction) -> list[dict[str, Any]]:
    """List the places that are missing, with the assets that were there."""

    def read(connection: Connection) -> list[dict[str, Any]]:
        location, asset, root = table_of(FileLocationComponent), table_of(AssetComponent), table_of(Root)
        if command.root is not None and not connection.execute(select(root.c.id).where(root.c.name == command.root)).first():
            raise UsageError(f"There is no root '{command.root}'; `dam roots` lists them.")
        other = location.alias()
        places = select(func.count()).where(other.c.entity_id == location.c.entity_id, other.c.status == LocationStatus.PRESENT)
        columns = (location.c.entity_id, location.c.path, location.c.size, location.c.updated_at, asset.c.filename, asset.c.status)
        statement = select(*columns, root.c.name.label("root"), root.c.path.label("root_path"), places.scalar_subquery().label("places"))
        statement = statement.join(root, root.c.id == location.c.root_id).join(asset, asset.c.entity_id == location.c.entity_id)
        statement = statement.where(location.c.status == LocationStatus.MISSING, is_among("library"))
        if command.root is not None:
            statement = statement.where(root.c.name == command.root)
        statement = statement.order_by(location.c.updated_at.desc(), location.c.id).limit(command.limit)
        return [
            {
                "id": row["entity_id"],
                "filename": row["filename"],
                "status": row["status"],
                "root": row["root"],
                "path": display_path(row["root_path"] + b"/" + row["path"]),
                "urn": location_urn(row["root"], row["path"]),
                "size": row["size"],
                "since": row["updated_at"].isoformat(),
                "places": row["places"],
            }
            for row in connection.execute(statement).mappings()
        ]

    return await transaction.read(read)
