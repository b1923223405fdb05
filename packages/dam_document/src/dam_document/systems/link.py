"""Contracts and their like are tied to who signed them, and to the version before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from dam.assets.commands import GetVirtualEntityCommand
from dam.assets.events import AssetExamined
from dam.assets.models import AssetComponent, Link, Relation
from dam.assets.models.human import FILE
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.system_events.batch import Batch
from dam_document.analyses import DOCUMENT
from dam_document.functions.details import version_order
from dam_document.models import DocumentSubtypeComponent

ORIGIN = FILE + DOCUMENT.name
AT_ONCE = 200
SUBTYPE, ASSET = table_of(DocumentSubtypeComponent), table_of(AssetComponent)


@system(on_event=AssetExamined)
async def link_documents_system(events: Batch[AssetExamined], world: World) -> None:
    """Link what has been read and is not linked yet; what a crash left undone is done with the next asset that is read."""
    columns = (SUBTYPE.c.entity_id, SUBTYPE.c.sub_type, SUBTYPE.c.number, SUBTYPE.c.details, ASSET.c.owner_id)
    waiting = select(*columns).join(ASSET, ASSET.c.entity_id == SUBTYPE.c.entity_id).where(SUBTYPE.c.linked.is_(False)).limit(AT_ONCE)
    while rows := await world.database.read(lambda connection: connection.execute(waiting).all()):
        async with world.transaction() as transaction:
            for row in rows:
                await _link(transaction, world, row)
            await transaction.update_rows(DocumentSubtypeComponent, [{"entity_id": row.entity_id, "linked": True} for row in rows])
            await transaction.flush()
        if len(rows) < AT_ONCE:
            return


async def _link(transaction: WorldTransaction, world: World, document: Any) -> None:
    edges: list[tuple[int, Relation, int]] = []
    for name in document.details.get("signers") or ():
        person = (await world.dispatch_command(GetVirtualEntityCommand("person", name))).one()
        edges.append((document.entity_id, Relation.SIGNED_BY, person))
    if document.number:
        same = (SUBTYPE.c.sub_type == document.sub_type, SUBTYPE.c.number == document.number, SUBTYPE.c.entity_id != document.entity_id)
        columns = select(SUBTYPE.c.entity_id, SUBTYPE.c.details).join(ASSET, ASSET.c.entity_id == SUBTYPE.c.entity_id)
        found = await transaction.execute(columns.where(*same, ASSET.c.owner_id.is_not_distinct_from(document.owner_id)))
        edges += _versions(document, found.all())
    keys = ("source_id", "relation", "target_id")
    rows = [
        dict(zip(keys, (source, str(relation), target), strict=True)) | {"data": {}, "origin": ORIGIN} for source, relation, target in edges
    ]
    await transaction.insert_rows(Link, rows, ignore_known=True)


def _versions(document: Any, others: Iterable[Any]) -> list[tuple[int, Relation, int]]:
    """The edges from a document to the version before it, and from the version after it to the document."""
    own = version_order(document.details.get("version"))
    ordered = sorted((version_order(other.details.get("version")), other.entity_id) for other in others)
    before = [entity_id for order, entity_id in ordered if order < own]
    after = [entity_id for order, entity_id in ordered if order > own]
    edges = [(document.entity_id, Relation.VERSION_OF, before[-1])] if before else []
    return edges + ([(after[0], Relation.VERSION_OF, document.entity_id)] if after else [])
