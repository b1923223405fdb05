"""What is still to be analysed is a question to the database; here it is asked for plugins that are new, or look anew."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, join, or_, select, update

from dam.assets.commands import OpenContentCommand
from dam.assets.models import AnalysisRecordComponent, AssetComponent, AssetStatus, KnownAnalysis, KnownDriver
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS, RESTS
from dam.assets.resources import AssetAnalysis, AssetDriver, DriverRegistry, Facts
from dam.assets.systems.controls import Controls
from dam.assets.systems.search import is_among
from dam.assets.systems.tools import tools_that_came
from dam.core.analysis import Analysis
from dam.core.chunks import CHUNK, chunks
from dam.core.exceptions import ContentError
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.types import utc_now

FAILED = (AssetStatus.PARTIAL, AssetStatus.ERROR)
SETTLED = (AssetStatus.READY, *FAILED)
AS_IF_NEVER_READ = {"version": 0, "missing_tool": None}
ASSET, RECORD = table_of(AssetComponent).c, table_of(AnalysisRecordComponent).c


Offers = dict[str, list[tuple[AssetDriver, AssetAnalysis]]]
"""What is offered now, by the name of the analysis: in one version, by one driver or several."""


async def forget_analyses(world: World, registry: DriverRegistry, held: Collection[str] = ()) -> None:
    """Forget of analyses that are not offered now, or are held, that every asset has had them: what comes in from now on has not."""
    known = await world.database.read(_known_analyses)
    gone = known.keys() - _offers(registry, held).keys()
    if gone:
        async with world.transaction() as transaction:
            await transaction.execute(delete(KnownAnalysis).where(KnownAnalysis.name.in_(gone)))


async def reopen_assets(world: World, registry: DriverRegistry, controls: Controls) -> int:
    """Let assets wait again that lack an analysis which is offered now, or have it in another version; gives how many these are.

    So do those that were read without a tool that is there now. All assets are looked through only for an analysis that is new, one
    statement each; else the failures alone that may be accidents, once they have rested. Nothing is written when nothing is to do.
    Analyses that are held are left out.
    """
    offers = _offers(registry, controls.held)
    tools = await tools_that_came(world)
    new, found = await world.database.read(partial(_to_reopen, offers=offers, tools=tools))
    if not new and not found:
        return 0
    async with world.transaction() as transaction:
        await controls.look()  # what was held meanwhile is not known
        offers = _offers(registry, controls.held)
        new, found = await transaction.read(partial(_to_reopen, offers=offers, tools=tools))
        for some in chunks(found):
            chosen = AssetComponent.entity_id.in_(some)
            waiting = update(AssetComponent).where(chosen, AssetComponent.status.in_(SETTLED)).values(status=AssetStatus.PROCESSING)
            await transaction.execute(waiting)
        await transaction.upsert_rows(KnownAnalysis, new, key=("name",))
        if tools:
            await transaction.execute(update(AnalysisRecordComponent).where(_was_without(tools, offers)).values(AS_IF_NEVER_READ))
    return len(found)


def _offers(registry: DriverRegistry, held: Collection[str]) -> Offers:
    offers: Offers = {}
    for driver in registry:
        for offered in driver.analyses:
            if offered.analysis.name not in held:
                offers.setdefault(offered.analysis.name, []).append((driver, offered))
    return offers


def _to_reopen(connection: Connection, offers: Offers, tools: Collection[str]) -> tuple[list[dict[str, Any]], list[int]]:
    """The analyses that are new here, as rows of what is known, and the assets that wait for something.

    They lack a new analysis, have a failed one that has rested, or one that was done without these tools.
    """
    known = _known_analyses(connection)
    new = []
    found: set[int] = set()
    for name, offered in offers.items():
        kinds = sorted((driver.name, driver.recognises is None, sorted(driver.mime_patterns)) for driver, _ in offered)
        version, digest = offered[0][1].analysis.version, hashlib.sha256(repr(kinds).encode()).hexdigest()
        if known.get(name) != (version, digest):
            new.append({"name": name, "version": version, "kinds": digest})
            found |= {one for offer in offered for one in _lacking(connection, *offer)}
    both = join(table_of(AnalysisRecordComponent), table_of(AssetComponent), ASSET.entity_id == RECORD.entity_id)
    of_assets = select(RECORD.entity_id).select_from(both)
    rested = of_assets.where(ASSET.status.in_(FAILED), RECORD.name.in_(offers), ~_stands(utc_now()))
    found |= set(connection.execute(rested).scalars())
    if tools:
        without = of_assets.where(is_settled(), _was_without(tools, offers))
        found |= set(connection.execute(without).scalars())
    return new, sorted(found)


def _was_without(tools: Collection[str], offers: Offers) -> ColumnElement[bool]:
    """Whether an analysis that is offered was done without one of these tools."""
    return RECORD.missing_tool.is_not(None) & RECORD.missing_tool.in_(tools) & RECORD.name.in_(offers)


def _known_analyses(connection: Connection) -> dict[str, tuple[int, str]]:
    rows = connection.execute(select(KnownAnalysis.name, KnownAnalysis.version, KnownAnalysis.kinds))
    return {row.name: (row.version, row.kinds) for row in rows}


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
    statement = select(ASSET.entity_id, ASSET.mime_type, ASSET.filename, ASSET.size, ASSET.driver)
    statement = statement.where(ASSET.entity_id > after, is_settled(), or_(*(_has_type(driver) for driver in drivers)))
    return list(connection.execute(statement.order_by(ASSET.entity_id).limit(CHUNK)))


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
    statement = select(ASSET.entity_id).where(is_settled(), is_of(driver), ~has_had(offered.analysis, utc_now()))
    return list(connection.execute(statement).scalars())


def is_settled() -> ColumnElement[bool]:
    """Whether an asset has been analysed, and was not forgotten in the trash since."""
    return ASSET.status.in_(SETTLED) & ~is_among("forgotten")


def has_had(analysis: Analysis, now: datetime) -> ColumnElement[bool]:
    """Whether an asset has a record of this version of an analysis that stands, or that rests after a strike."""
    of_this = RECORD.name == analysis.name, RECORD.version == analysis.version
    return exists().where(RECORD.entity_id == ASSET.entity_id, *of_this, _stands(now))


def _stands(now: datetime) -> ColumnElement[bool]:
    """Whether a record stands, or rests after a strike."""
    return or_(
        RECORD.status != "failed",
        RECORD.attempts >= MAXIMUM_ATTEMPTS,
        # one that lies farther ahead tells of a clock set back
        and_(RECORD.not_before.is_not(None), RECORD.not_before > now, RECORD.not_before <= now + RESTS[-1]),
    )


def is_of(driver: AssetDriver) -> ColumnElement[bool]:
    """Whether an asset is of the driver's kind."""
    return _has_type(driver) if driver.recognises is None else _has_type(driver) & (ASSET.driver == driver.name)


def _has_type(driver: AssetDriver) -> ColumnElement[bool]:
    """Whether an asset's MIME type is one of the driver's."""
    mime_type = ASSET.mime_type
    plain = [pattern for pattern in driver.mime_patterns if "*" not in pattern]
    wild = [pattern.replace("%", r"\%").replace("_", r"\_").replace("*", "%") for pattern in driver.mime_patterns if "*" in pattern]
    return or_(mime_type.in_(plain), *(mime_type.like(pattern, escape="\\") for pattern in wild))
