"""The trash: what is in it is shown nowhere else, and all that is known of it stays. How it is emptied is where files are known."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sqlalchemy import Connection, delete, select, update

from dam.assets.commands import Among, RestoreAssetsCommand, TrashAssetsCommand, TrashOutcome
from dam.assets.events import AssetRemembered
from dam.assets.functions.members import member_place
from dam.assets.models import AssetComponent, AssetStatus, FileLocationComponent, Link, Relation, StorageType, TrashedComponent
from dam.assets.resources import AnalysisScheduler
from dam.assets.resources.fields import FieldRegistry
from dam.assets.systems.asset_versions import check_version, touch
from dam.assets.systems.journal import journaled, trash_of
from dam.assets.systems.meant import meant
from dam.assets.systems.search import is_among
from dam.core.chunks import chunks
from dam.core.exceptions import UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam.models.types import utc_now

ASSET, LOCATION = table_of(AssetComponent), table_of(FileLocationComponent)


@system(on_command=TrashAssetsCommand)
async def handle_trash_assets(command: TrashAssetsCommand, transaction: WorldTransaction, registry: FieldRegistry) -> TrashOutcome:
    """Put assets into the trash, all at the same moment."""
    wanted = await meant(transaction, registry, command.entity_ids, command.query)
    await _check_version_of_one(transaction, wanted, command.expected_version)
    chosen = await _those(transaction, wanted, among="library")
    inside = await transaction.read(partial(_only_within, archives=wanted))
    if command.members:
        chosen, inside = sorted({*chosen, *inside}), []
    outcome = TrashOutcome(len(chosen), len(set(wanted) - set(chosen)), len(inside))
    if not command.dry_run:
        moment = utc_now()
        rows = [{"entity_id": entity_id, "trashed_at": moment, "forgotten": False} for entity_id in chosen]
        async with journaled(transaction, "trash", await _named(transaction, chosen), trash_of(chosen)) as entry:
            await transaction.insert_rows(TrashedComponent, rows, ignore_known=True)
        await touch(transaction, chosen)
        outcome.action = entry.action_id
    return outcome


@system(on_command=RestoreAssetsCommand)
async def handle_restore_assets(command: RestoreAssetsCommand, transaction: WorldTransaction, registry: FieldRegistry) -> TrashOutcome:
    """Take assets out of the trash."""
    wanted = await meant(transaction, registry, command.entity_ids, command.query, "trash")
    chosen = [*await _those(transaction, wanted, among="trash"), *await _those(transaction, wanted, among="forgotten")]
    outcome = TrashOutcome(len(chosen), len(wanted) - len(chosen))
    if not command.dry_run:
        async with journaled(transaction, "restore", await _named(transaction, chosen), trash_of(chosen)) as entry:
            await take_back(transaction, chosen)
        outcome.action = entry.action_id
    return outcome


async def take_back(transaction: WorldTransaction, entity_ids: Iterable[int]) -> list[int]:
    """Take those of the entities that are in the trash out of it; gives their ids. What was forgotten waits to be read anew."""
    trashed = TrashedComponent
    found: list[int] = []
    for some in chunks(sorted(set(entity_ids))):
        taken = delete(trashed).where(trashed.entity_id.in_(some)).returning(trashed.entity_id, trashed.forgotten)
        gone = (await transaction.execute(taken)).all()
        found += [row.entity_id for row in gone]
        await _read_anew(transaction, [row.entity_id for row in gone if row.forgotten])
    await touch(transaction, found)
    return found


async def _read_anew(transaction: WorldTransaction, entity_ids: list[int]) -> None:
    """Let assets wait for their analyses, and wake who runs these."""
    asset = AssetComponent
    there = asset.status != AssetStatus.MISSING
    await transaction.execute(update(asset).where(asset.entity_id.in_(entity_ids), there).values(status=AssetStatus.PROCESSING))
    for entity_id in entity_ids:
        transaction.send_event(AssetRemembered(entity_id))


@system(on_event=AssetRemembered)
async def analyse_remembered_system(_event: AssetRemembered, scheduler: AnalysisScheduler) -> None:
    """Wake the analyses for an asset that was forgotten and is known again."""
    scheduler.ring()


async def _named(transaction: WorldTransaction, entity_ids: list[int]) -> str:
    """What people call some assets: the first one's name, and how many more."""
    if not entity_ids:
        return ""
    name = (await transaction.execute(select(AssetComponent.filename).where(AssetComponent.entity_id == entity_ids[0]))).scalar_one()
    return f"{name} and {len(entity_ids) - 1:,} more" if len(entity_ids) > 1 else name


async def _those(transaction: WorldTransaction, entity_ids: list[int], among: Among) -> list[int]:
    """Those of the assets that are in the library, in the trash, or forgotten there."""

    def read(connection: Connection) -> list[int]:
        found: list[int] = []
        for some in chunks(entity_ids):
            statement = select(ASSET.c.entity_id).where(ASSET.c.entity_id.in_(some), is_among(among))
            found += connection.execute(statement.order_by(ASSET.c.entity_id)).scalars()
        return found

    return await transaction.read(read)


async def _check_version_of_one(transaction: WorldTransaction, entity_ids: list[int], expected: int | None) -> None:
    if expected is None:
        return
    if len(entity_ids) != 1:
        raise UsageError("A version can be expected of one asset alone.")
    asset = await transaction.get_component(entity_ids[0], AssetComponent)
    if asset is not None:
        check_version(asset, expected)


def _only_within(connection: Connection, archives: list[int]) -> list[int]:
    """The assets of the library that lie in nothing but these archives, directly or in archives within them."""
    within, waiting = set(archives), archives
    found: set[int] = set()
    while waiting:
        inner = sorted(_members(connection, waiting) - within)
        waiting = []
        for some in chunks(inner):
            alone = set(connection.execute(select(ASSET.c.entity_id).where(ASSET.c.entity_id.in_(some), is_among("library"))).scalars())
            places = select(LOCATION.c.entity_id, LOCATION.c.storage_type, LOCATION.c.path).where(LOCATION.c.entity_id.in_(some))
            for row in connection.execute(places):
                if row.storage_type != StorageType.ARCHIVE or member_place(row.path).archive_id not in within:
                    alone.discard(row.entity_id)
            waiting += sorted(alone)
        found |= set(waiting)
        within |= found
    return sorted(found)


def _members(connection: Connection, archives: list[int]) -> set[int]:
    """What these archives contain."""
    found: set[int] = set()
    for some in chunks(archives):
        contained = select(Link.target_id).where(Link.source_id.in_(some), Link.relation == Relation.CONTAINS)
        found |= set(connection.execute(contained).scalars())
    return found
