"""Leases: what a run has taken to work on, so that several processes share the work and a dead one costs only its leases' time."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, select, update

from dam.assets.models import AnalysisLease, AssetComponent, AssetStatus, VirtualEntityComponent
from dam.assets.resources.clock import WorkClock
from dam.core.exceptions import DamError
from dam.core.liveness import has_ended, identity
from dam.core.transaction import WorldTransaction
from dam.core.world import World

logger = logging.getLogger(__name__)

LIVING: set[int] = set()
"""The tokens of the runs of this process that have not ended."""
TOLERANCE = 2.0
"""A lease that ends later than this many times its length from now was given by a clock that has been set back since."""


class Leases:
    """What one run has taken.

    Whoever claims holds the one writer of the database, so no two claim the same.
    """

    def __init__(self, world: World, clock: WorkClock) -> None:
        """Nothing is taken yet."""
        self._world = world
        self._clock = clock
        self._owner = identity()
        self.token = secrets.randbits(62)

    @property
    def poll_seconds(self) -> float:
        """How often to look what others do, and what was paused or cancelled."""
        return self._clock.poll_seconds

    @property
    def renew_seconds(self) -> float:
        """How often to say that this run lives: at a third of a lease."""
        return self._clock.lease_seconds / 3

    async def __aenter__(self) -> Self:
        """Begin to live."""
        LIVING.add(self.token)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give everything back; if that fails, others find that this run has ended, or wait until the leases have."""
        LIVING.discard(self.token)
        try:
            async with self._world.transaction() as transaction:
                await transaction.execute(delete(AnalysisLease).where(AnalysisLease.token == self.token))
        except (DamError, asyncio.CancelledError):
            logger.debug("The leases of a run were left to expire", exc_info=True)
            raise

    async def claim(self, wanted: Select[int]) -> list[int]:
        """Take those of the assets that a statement selects which nobody else has; gives their ids."""
        async with self._world.transaction() as transaction:
            now = await transaction.read(self._clock.now)
            leased = is_leased(AssetComponent.entity_id, now, await _dead(transaction))
            taken = await transaction.execute(wanted.where(~exists().where(leased)))
            ids = [row.entity_id for row in taken]
            await self.take_over(transaction, ids)
        return ids

    async def take_over(self, transaction: WorldTransaction, entity_ids: Iterable[int]) -> None:
        """Take assets, whoever has them; what another run has begun with them is not written any more."""
        seconds = self._clock.lease_seconds
        row = {"owner": self._owner, "token": self.token, "until": await transaction.read(self._clock.now) + seconds, "seconds": seconds}
        await transaction.upsert_rows(AnalysisLease, [{"entity_id": entity_id, **row} for entity_id in entity_ids])

    async def renew(self) -> None:
        """Say that this run still lives; what another one has taken meanwhile stays its own."""
        async with self._world.transaction() as transaction:
            until = await transaction.read(self._clock.now) + self._clock.lease_seconds
            await transaction.execute(update(AnalysisLease).where(AnalysisLease.token == self.token).values(until=until))

    async def others_hold(self, entity_ids: Iterable[int] | None) -> bool:
        """Whether another run works on something that is pending, or on one of the given assets."""
        lease, asset = AnalysisLease, AssetComponent
        chosen = asset.status == AssetStatus.PROCESSING if entity_ids is None else asset.entity_id.in_(list(entity_ids))
        statement = select(lease.entity_id).join(asset, asset.entity_id == lease.entity_id)
        statement = statement.where(lease.token != self.token, chosen).limit(1)
        return bool(await self._world.database.read(lambda connection: connection.execute(statement).first()))


def is_leased(entity_id: Any, now: float, dead: list[int]) -> ColumnElement[bool]:
    """The condition that some living run has an asset; a clock that was set forward or back holds nothing for long."""
    lease = AnalysisLease
    return and_(lease.entity_id == entity_id, lease.until > now, lease.until <= now + TOLERANCE * lease.seconds, lease.token.not_in(dead))


async def _dead(transaction: WorldTransaction) -> list[int]:
    """The tokens of runs that have certainly ended: their process is gone, or is this one and knows of it."""
    lease, here = AnalysisLease, identity()
    rows = await transaction.execute(select(lease.token, func.min(lease.owner).label("owner")).group_by(lease.token))
    return [row.token for row in rows if (row.token not in LIVING if row.owner == here else has_ended(row.owner))]


async def end_leases(transaction: WorldTransaction, token: int, entity_ids: list[int]) -> set[int]:
    """Give the leases of assets back; gives those that were still this run's, which alone may be written."""
    mine = (AnalysisLease.token == token, AnalysisLease.entity_id.in_(entity_ids))
    gone = await transaction.execute(delete(AnalysisLease).where(*mine).returning(AnalysisLease.entity_id))
    return {row.entity_id for row in gone}


def pending_assets(after: int, limit: int) -> Select[int]:
    """The next assets that wait to be analysed, in the order of their ids."""
    asset = AssetComponent
    statement = select(asset.entity_id).where(asset.status == AssetStatus.PROCESSING, asset.entity_id > after, has_file())
    return statement.order_by(asset.entity_id).limit(limit)


def has_file() -> ColumnElement[bool]:
    """Whether an asset is one that has a file to look at."""
    return ~exists().where(VirtualEntityComponent.entity_id == AssetComponent.entity_id)


def count_leases(connection: Connection) -> list[dict[str, Any]]:
    """Every run that has taken something: its process, how many assets, and until when."""
    lease = AnalysisLease
    columns = (lease.token, func.min(lease.owner).label("owner"), func.count().label("assets"), func.min(lease.until).label("until"))
    rows = connection.execute(select(*columns).group_by(lease.token))
    return [{"owner": row.owner, "assets": row.assets, "until": row.until} for row in rows]
