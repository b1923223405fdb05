"""The members of archives are there as long as their archive is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, or_, select, update

from dam.assets.events import AssetChanged
from dam.assets.models import AssetComponent, AssetStatus, FileLocationComponent, Link, LocationStatus, Relation
from dam.assets.systems.places import is_member
from dam.core.transaction import WorldTransaction
from dam_fs.systems.knowledge import CHUNK
from dam_fs.systems.lost import mark_lost_assets

ORIGIN = "dam_fs.members"
"""The origin of the links from archives to their members; where there is none, the archive's members are not known any more."""


async def follow_archives(transaction: WorldTransaction, entity_ids: Collection[int], recontented: Collection[int] = ()) -> None:
    """Of those entities that are archives: let their members be missing as they are, or be there again.

    The members of an archive that has another content now are missing until it has been read again.
    """
    waiting = set(entity_ids) | set(recontented)
    changed: set[int] = set()
    while waiting:
        archives = await _members_of(transaction, waiting)
        present = await _present(transaction, archives)
        gone = [one for one in archives if one not in present or one in recontented]
        here = [one for one in archives if one in present and one not in recontented]
        waiting = await _set_status(transaction, gone, LocationStatus.MISSING) | await _set_status(
            transaction, here, LocationStatus.PRESENT
        )
        waiting -= changed
        changed |= waiting
        await _forget_links(transaction, [one for one in gone if one in recontented])
    lost = set(await mark_lost_assets(transaction, changed))
    back = sorted(changed - lost)
    asset = AssetComponent
    for start in range(0, len(back), CHUNK):
        some = asset.entity_id.in_(back[start : start + CHUNK])
        statement = update(asset).where(some, asset.status == AssetStatus.MISSING).values(status=AssetStatus.PROCESSING)
        await transaction.execute(statement)
    for entity_id in sorted(changed):
        transaction.send_event(AssetChanged(entity_id))


async def drop_members(transaction: WorldTransaction, archive_id: int) -> None:
    """Forget that anything lies in an archive that will be no more; what has no other place is missing then."""
    location = FileLocationComponent
    dropped = await transaction.execute(delete(location).where(is_member(archive_id)).returning(location.entity_id))
    inside = set(dropped.scalars())
    await _forget_links(transaction, [archive_id])
    await mark_lost_assets(transaction, inside)
    for entity_id in sorted(inside):
        transaction.send_event(AssetChanged(entity_id))


async def _members_of(transaction: WorldTransaction, entity_ids: Collection[int]) -> list[int]:
    """Those of the entities that are archives whose members are known."""
    found: set[int] = set()
    wanted = sorted(entity_ids)
    for start in range(0, len(wanted), CHUNK):
        sources = select(Link.source_id).where(Link.source_id.in_(wanted[start : start + CHUNK]))
        statement = sources.where(Link.relation == Relation.CONTAINS, Link.origin == ORIGIN).distinct()
        found |= set((await transaction.execute(statement)).scalars())
    return sorted(found)


async def _present(transaction: WorldTransaction, entity_ids: list[int]) -> set[int]:
    """Those of the entities that have a place that is there."""
    location = FileLocationComponent
    found: set[int] = set()
    for start in range(0, len(entity_ids), CHUNK):
        some = location.entity_id.in_(entity_ids[start : start + CHUNK])
        found |= set(
            (await transaction.execute(select(location.entity_id).where(some, location.status == LocationStatus.PRESENT))).scalars()
        )
    return found


async def _set_status(transaction: WorldTransaction, archives: list[int], status: LocationStatus) -> set[int]:
    """Let all places in these archives have a status; gives the members that had another one."""
    location = FileLocationComponent
    changed: set[int] = set()
    for start in range(0, len(archives), 50):
        inside = or_(*(is_member(one) for one in archives[start : start + 50]))
        chosen = (location.status != status, inside)
        changed |= set((await transaction.execute(select(location.entity_id).where(*chosen))).scalars())
        await transaction.execute(update(location).where(*chosen).values(status=status))
    return changed


async def _forget_links(transaction: WorldTransaction, archives: list[int]) -> None:
    for start in range(0, len(archives), CHUNK):
        chosen = Link.source_id.in_(archives[start : start + CHUNK])
        await transaction.execute(delete(Link).where(chosen, Link.relation == Relation.CONTAINS, Link.origin == ORIGIN))
