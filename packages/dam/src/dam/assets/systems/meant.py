"""Which assets somebody means: by their ids, by a query, or both."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.orm import InstrumentedAttribute

from dam.assets.commands import Among
from dam.assets.models import AssetComponent
from dam.assets.resources.fields import FieldRegistry
from dam.assets.systems.search import ids_matching
from dam.core.chunks import chunks
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.transaction import WorldTransaction


async def meant(
    transaction: WorldTransaction,
    registry: FieldRegistry,
    given: Sequence[int],
    query: str | None,
    among: Among = "library",
    *,
    known_as: InstrumentedAttribute[int] = AssetComponent.entity_id,
) -> list[int]:
    """The ids that were given, and those of the assets there that match the query, in order.

    `known_as` is the column in which a given id must stand. Raises EntityNotFoundError naming the first that does not, and UsageError
    where nothing is meant.
    """
    if not given and query is None:
        raise UsageError("Say which assets are meant: by their ids, or by a query.")

    def read(connection: Connection) -> set[int]:
        known = {one for some in chunks(given) for one in connection.execute(select(known_as).where(known_as.in_(some))).scalars()}
        unknown = next((one for one in given if one not in known), None)
        if unknown is not None:
            noun = "asset" if known_as is AssetComponent.entity_id else "entity"
            raise EntityNotFoundError(f"There is no {noun} {unknown}.")
        return known if query is None else known.union(ids_matching(connection, query, registry.fields, among))

    return sorted(await transaction.read(read))
