"""What the places of assets say of them: that none is left, or that all are in archives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select, text, update

from dam.assets.models import AssetComponent, AssetStatus, FileLocationComponent, LocationStatus, StorageType
from dam.core.transaction import WorldTransaction
from dam_fs.systems.knowledge import CHUNK


async def mark_lost_assets(transaction: WorldTransaction, entity_ids: Collection[int]) -> list[int]:
    """Mark those of the assets missing that have no place left, and the others as `mark_members` does; gives the ids of the missing.

    Nothing is deleted.
    """
    kept = await mark_members(transaction, entity_ids)
    lost = sorted(set(entity_ids) - kept)
    await transaction.update_rows(AssetComponent, [{"entity_id": entity_id, "status": AssetStatus.MISSING} for entity_id in lost])
    return lost


async def mark_members(transaction: WorldTransaction, entity_ids: Collection[int]) -> set[int]:
    """Mark those of the assets that lie in archives only, and take the mark off those that have a place of their own.

    Gives the ids of those that have a place at all; the others stay as they are.
    """
    location, asset = FileLocationComponent, AssetComponent
    wanted = sorted(entity_ids)
    kept: set[int] = set()
    for start in range(0, len(wanted), CHUNK):
        some = location.entity_id.in_(wanted[start : start + CHUNK])
        statement = select(location.entity_id, location.storage_type).where(some, location.status == LocationStatus.PRESENT).distinct()
        kinds: dict[int, set[str]] = defaultdict(set)
        for entity_id, storage_type in await transaction.execute(statement):
            kinds[entity_id].add(storage_type)
        for member in (True, False):
            changed = [one for one, found in kinds.items() if (found == {StorageType.ARCHIVE}) == member]
            chosen = (asset.entity_id.in_(changed), asset.member.is_(not member))
            await transaction.execute(update(asset).where(*chosen).values(member=member))
        kept |= set(kinds)
    return kept


async def hold_locations(transaction: WorldTransaction) -> None:
    """Let nobody else write locations until this transaction ends: SQLite has one writer anyway."""
    if not transaction.world.database.is_sqlite:
        await transaction.execute(text(f"LOCK TABLE {FileLocationComponent.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
