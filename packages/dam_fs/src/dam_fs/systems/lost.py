"""Assets that have lost their last place."""

from __future__ import annotations

from sqlalchemy import select

from dam.assets.models import AssetComponent, AssetStatus, FileLocationComponent, LocationStatus
from dam.core.transaction import WorldTransaction
from dam_fs.systems.knowledge import CHUNK


async def mark_lost_assets(transaction: WorldTransaction, entity_ids: set[int]) -> list[int]:
    """Mark those of the assets missing that have no place left; gives their ids. Nothing is deleted."""
    location, asset = FileLocationComponent, AssetComponent
    wanted = sorted(entity_ids)
    lost: list[int] = []
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        present = select(location.entity_id).where(location.entity_id.in_(some), location.status == LocationStatus.PRESENT)
        kept = set((await transaction.execute(present)).scalars())
        lost += [entity_id for entity_id in some if entity_id not in kept]
    await transaction.update_rows(asset, [{"entity_id": entity_id, "status": AssetStatus.MISSING} for entity_id in lost])
    return lost
