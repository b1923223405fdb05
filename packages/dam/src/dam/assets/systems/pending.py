"""What is still to be analysed is a question to the database; here it is asked for plugins that are new, or look anew."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from dam.assets.models import AnalysisRecordComponent, AssetComponent, AssetStatus
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.resources import AssetAnalysis, AssetDriver, DriverRegistry
from dam.core.world import World

SETTLED = (AssetStatus.READY, AssetStatus.PARTIAL, AssetStatus.ERROR)
CHUNK = 500


async def reopen_assets(world: World, registry: DriverRegistry) -> int:
    """Let assets wait again that lack an analysis which is offered now, or have it in another version; gives how many these are.

    One statement an analysis, and nothing is written when nothing is to do. Failures that may be accidents are tried again, too.
    """
    offers = [(driver, offered) for driver in registry for offered in driver.analyses]
    found = await world.database.read(lambda connection: sorted({one for offer in offers for one in _lacking(connection, *offer)}))
    if found:
        async with world.transaction() as transaction:
            for start in range(0, len(found), CHUNK):
                chosen = AssetComponent.entity_id.in_(found[start : start + CHUNK])
                waiting = update(AssetComponent).where(chosen, AssetComponent.status.in_(SETTLED)).values(status=AssetStatus.PROCESSING)
                await transaction.execute(waiting)
    return len(found)


def _lacking(connection: Connection, driver: AssetDriver, offered: AssetAnalysis) -> list[int]:
    """The ids of the assets of a driver's kind that have no standing record of this version of the analysis."""
    asset, record = AssetComponent, AnalysisRecordComponent
    standing = exists().where(
        record.entity_id == asset.entity_id,
        record.name == offered.analysis.name,
        record.version == offered.analysis.version,
        or_(record.status != "failed", record.attempts >= MAXIMUM_ATTEMPTS),
    )
    statement = select(asset.entity_id).where(asset.status.in_(SETTLED), _is_of(driver), ~standing)
    return list(connection.execute(statement).scalars())


def _is_of(driver: AssetDriver) -> ColumnElement[bool]:
    """Whether an asset's MIME type is one of the driver's."""
    mime_type = AssetComponent.mime_type
    plain = [pattern for pattern in driver.mime_patterns if "*" not in pattern]
    wild = [pattern.replace("%", r"\%").replace("_", r"\_").replace("*", "%") for pattern in driver.mime_patterns if "*" in pattern]
    matches = or_(mime_type.in_(plain), *(mime_type.like(pattern, escape="\\") for pattern in wild))
    return matches if driver.recognises is None else matches & (AssetComponent.asset_type == driver.asset_type)
