"""What is still to be analysed is a question to the database; here it is asked for plugins that are new, or look anew."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select, update

from dam.assets.commands import OpenContentCommand
from dam.assets.models import AnalysisRecordComponent, AssetComponent, AssetStatus, KnownDriver
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS, RESTS
from dam.assets.resources import AssetAnalysis, AssetDriver, DriverRegistry, Facts
from dam.core.analysis import Analysis
from dam.core.exceptions import ContentError
from dam.core.world import World
from dam.models.types import utc_now

SETTLED = (AssetStatus.READY, AssetStatus.PARTIAL, AssetStatus.ERROR)
CHUNK = 500


async def reopen_assets(world: World, registry: DriverRegistry, held: Collection[str] = ()) -> int:
    """Let assets wait again that lack an analysis which is offered now, or have it in another version; gives how many these are.

    One statement an analysis, and nothing is written when nothing is to do. Failures that may be accidents are tried again, too, once
    they have rested. Analyses that are `held` are left out.
    """
    offers = [(driver, offered) for driver in registry for offered in driver.analyses if offered.analysis.name not in held]
    found = await world.database.read(lambda connection: sorted({one for offer in offers for one in _lacking(connection, *offer)}))
    if found:
        async with world.transaction() as transaction:
            for start in range(0, len(found), CHUNK):
                chosen = AssetComponent.entity_id.in_(found[start : start + CHUNK])
                waiting = update(AssetComponent).where(chosen, AssetComponent.status.in_(SETTLED)).values(status=AssetStatus.PROCESSING)
                await transaction.execute(waiting)
    return len(found)


async def recognise_assets(world: World, registry: DriverRegistry) -> None:
    """Show the contents that are known to the drivers which are new, or judge differently now, and recognise contents.

    Each is shown once, whatever the number of assets; a content that cannot be reached now is recognised when it is indexed anew.
    """
    known = await world.database.read(_judgements)
    new = [driver for driver in registry if driver.recognises is not None and known.get(driver.name) != driver.version]
    last = 0
    while new:
        page = await world.database.read(lambda connection, after=last: _shown_to(connection, new, after))  # type: ignore[misc]  # a default argument binds the loop's value
        rows = []
        for asset in page:
            name = await _recognised(world, registry, asset)
            if name != asset.driver and name is not None:
                driver = registry.driver_for(asset.mime_type, name)
                kind = {"asset_type": str(driver.asset_type), "category": str(driver.category)} if driver is not None else {}
                rows.append({"entity_id": asset.entity_id, "driver": name, "status": str(AssetStatus.PROCESSING), **kind})
        async with world.transaction() as transaction:
            await transaction.update_rows(AssetComponent, rows)
            if len(page) < CHUNK:
                judged = [{"name": driver.name, "version": driver.version} for driver in new]
                await transaction.upsert_rows(KnownDriver, judged, key=("name",))
                return
        last = page[-1].entity_id


def _judgements(connection: Connection) -> dict[str, int]:
    return {row.name: row.version for row in connection.execute(select(KnownDriver.name, KnownDriver.version))}


def _shown_to(connection: Connection, drivers: list[AssetDriver], after: int) -> list[Row[*tuple[Any, ...]]]:
    """A page of the assets whose MIME type is one of the drivers'."""
    asset = AssetComponent
    statement = select(asset.entity_id, asset.mime_type, asset.filename, asset.size, asset.driver)
    statement = statement.where(asset.entity_id > after, asset.status.in_(SETTLED), or_(*(_has_type(driver) for driver in drivers)))
    return list(connection.execute(statement.order_by(asset.entity_id).limit(CHUNK)))


async def _recognised(world: World, registry: DriverRegistry, asset: Row[*tuple[Any, ...]]) -> str | None:
    """Which driver recognises the content of an asset, by its first and last bytes; None also when it cannot be read now."""
    from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES  # noqa: PLC0415 - its tables take 10 ms to load

    try:
        file: BinaryIO | None = (await world.dispatch_command(OpenContentCommand(asset.entity_id))).first()
    except ContentError:  # it lies in an archive that does not give it
        return None
    if file is None:
        return None

    def look() -> str | None:
        with file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, asset.size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
        facts = Facts(mime_type=asset.mime_type, filename=asset.filename, size=asset.size, head=head, tail=tail)
        return registry.recognise(facts)

    try:
        return await asyncio.to_thread(look)
    except OSError:
        return None


def _lacking(connection: Connection, driver: AssetDriver, offered: AssetAnalysis) -> list[int]:
    """The ids of the assets of a driver's kind that have no standing record of this version of the analysis."""
    asset = AssetComponent
    statement = select(asset.entity_id).where(asset.status.in_(SETTLED), is_of(driver), ~has_had(offered.analysis, utc_now()))
    return list(connection.execute(statement).scalars())


def has_had(analysis: Analysis, now: datetime) -> ColumnElement[bool]:
    """Whether an asset has a record of this version of an analysis that stands, or that rests after a strike."""
    record = AnalysisRecordComponent
    return exists().where(
        record.entity_id == AssetComponent.entity_id,
        record.name == analysis.name,
        record.version == analysis.version,
        or_(
            record.status != "failed",
            record.attempts >= MAXIMUM_ATTEMPTS,
            and_(record.not_before > now, record.not_before <= now + RESTS[-1]),  # one that lies farther ahead tells of a clock set back
        ),
    )


def is_of(driver: AssetDriver) -> ColumnElement[bool]:
    """Whether an asset is of the driver's kind."""
    return _has_type(driver) if driver.recognises is None else _has_type(driver) & (AssetComponent.driver == driver.name)


def _has_type(driver: AssetDriver) -> ColumnElement[bool]:
    """Whether an asset's MIME type is one of the driver's."""
    mime_type = AssetComponent.mime_type
    plain = [pattern for pattern in driver.mime_patterns if "*" not in pattern]
    wild = [pattern.replace("%", r"\%").replace("_", r"\_").replace("*", "%") for pattern in driver.mime_patterns if "*" in pattern]
    return or_(mime_type.in_(plain), *(mime_type.like(pattern, escape="\\") for pattern in wild))
