"""New versions of assets: a path whose old content lives on elsewhere has a new asset, of which the same is said as of the old one.

The component classes know which of them hold what people say (`is_human`), so the words of every plugin are copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import or_, select

from dam.assets.models import AssetComponent, Link, Relation
from dam.assets.models.human import PERSON
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam.models.core.base_component import Component, is_human
from dam_fs.systems.knowledge import CHUNK

KEYS = frozenset({"id", "entity_id", "created_at", "updated_at"})
"""The columns of a component that say nothing of the asset."""

Heirs = Mapping[int, Sequence[int]]
"""The new assets of each old one."""


async def write_versions(transaction: WorldTransaction, versions: Sequence[tuple[int, int]]) -> None:
    """Link assets to those that they are new versions of, and copy to them what people said of these."""
    links = [
        {"source_id": new, "target_id": old, "relation": Relation.VERSION_OF, "weight": 1.0, "data": {}, "origin": "dam_fs"}
        for new, old in versions
    ]
    await transaction.insert_rows(Link, links, ignore_known=True)
    for start in range(0, len(versions), CHUNK):
        heirs: dict[int, list[int]] = {}
        for new, old in versions[start : start + CHUNK]:
            heirs.setdefault(old, []).append(new)
        for kind in filter(is_human, transaction.world.component_types):
            await _copy_words(transaction, kind, heirs)
        await _copy_links(transaction, heirs)


async def keep_visibility(transaction: WorldTransaction, versions: Sequence[tuple[int, int]]) -> None:
    """Let nobody see a new version who may not see the old one, and the other way round."""
    asset = AssetComponent
    for start in range(0, len(versions), CHUNK):
        some = dict(versions[start : start + CHUNK])
        found = await transaction.execute(select(asset.entity_id, asset.visibility).where(asset.entity_id.in_(set(some.values()))))
        seen_by = {row.entity_id: row.visibility for row in found}
        await transaction.update_rows(
            asset, [{"entity_id": new, "visibility": seen_by[old]} for new, old in some.items() if old in seen_by]
        )


async def _copy_words(transaction: WorldTransaction, kind: type[Component], heirs: Heirs) -> None:
    """Copy what people said in components of one kind; what files and programs said is not said of another content."""
    table = table_of(kind)
    columns = [column for column in table.columns if column.name not in KEYS]
    statement = select(table.c.entity_id, *columns).where(table.c.entity_id.in_(heirs))
    if "origin" in table.columns:
        statement = statement.where(table.c.origin == PERSON)
    rows: list[dict[str, Any]] = []
    for row in (await transaction.execute(statement)).mappings():
        rows += [{**row, "entity_id": new} for new in heirs[row["entity_id"]]]
    await transaction.insert_rows(kind, rows, ignore_known=True)


async def _copy_links(transaction: WorldTransaction, heirs: Heirs) -> None:
    """Copy the links that people made, from and to the old assets; what contains the old one, as an album does, contains the new one."""
    columns = (Link.source_id, Link.target_id, Link.relation, Link.weight, Link.data, Link.origin)
    old = or_(Link.source_id.in_(heirs), Link.target_id.in_(heirs))
    rows: list[dict[str, Any]] = []
    for link in (await transaction.execute(select(*columns).where(Link.origin == PERSON, old))).mappings():
        source, target = link["source_id"], link["target_id"]
        ends = chain(((new, target) for new in heirs.get(source, ())), ((source, new) for new in heirs.get(target, ())))
        rows += [{**link, "source_id": one, "target_id": other} for one, other in ends if one != other]
    await transaction.insert_rows(Link, rows, ignore_known=True)
