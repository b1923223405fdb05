"""Media processors: which asset has which of them had, and running those that are missing."""

from __future__ import annotations

import logging

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from dam.assets.commands import ProcessorSummary, RunProcessorsCommand
from dam.assets.events import AssetReady
from dam.assets.models import AnalysisRecordComponent, AssetComponent, AssetStatus, ContentHashSHA256Component
from dam.assets.resources import ProcessorRegistry, ProcessorScheduler
from dam.assets.resources.processors import RegisteredProcessor
from dam.core.systems import system
from dam.core.world import World
from dam.system_events.batch import Batch

logger = logging.getLogger(__name__)

PAGE = 200
KEPT_PROBLEMS = 1000
WORKED_ON = (AssetStatus.READY, AssetStatus.PARTIAL, AssetStatus.ERROR)
"""How an asset must stand: whatever analyses can tell has been told."""


@system(on_event=AssetReady)
async def process_ready_assets_system(batch: Batch[AssetReady], scheduler: ProcessorScheduler) -> None:
    """Begin the pipeline of assets that have just become ready."""
    scheduler.ring()


@system(on_command=RunProcessorsCommand)
async def handle_run_processors(command: RunProcessorsCommand, world: World, registry: ProcessorRegistry) -> ProcessorSummary:
    """Run the processors one after the other, each over all assets that it has not had; what has been done is written at once."""
    summary = ProcessorSummary()
    async with registry.turn:
        for registered in registry:
            await _run_over_all(world, registered, command.entity_ids, summary)
    return summary


async def _run_over_all(
    world: World, registered: RegisteredProcessor, entity_ids: tuple[int, ...] | None, summary: ProcessorSummary
) -> None:
    """Run one processor over the assets that it has not had, a page of rows at a time."""
    last = 0
    while True:
        page = await world.database.read(_Lacking(registered, entity_ids, last))
        for entity_id, content, before in page:
            problem, attempts = await _run(registered, entity_id, before)
            await _record(world, registered, entity_id, content, problem, attempts)
            summary.done += problem is None
            if problem is not None:
                summary.failed += 1
                if len(summary.problems) < KEPT_PROBLEMS:
                    summary.problems.append({"id": entity_id, "processor": registered.name, "reason": problem})
        if len(page) < PAGE:
            return
        last = page[-1][0]


async def _run(registered: RegisteredProcessor, entity_id: int, attempts: int) -> tuple[str | None, int]:
    """Try until it succeeds or has been tried often enough; gives what went wrong the last time, and how often it has been tried."""
    problem = None
    while attempts < max(1, registered.attempts):
        attempts += 1
        try:
            await registered.run(entity_id)
        except Exception as error:
            logger.debug("Processor %s failed for asset %s", registered.name, entity_id, exc_info=True)
            problem = f"{registered.name}: {type(error).__name__}: {error}"
        else:
            return None, attempts
    return problem, attempts


async def _record(
    world: World, registered: RegisteredProcessor, entity_id: int, content: bytes, problem: str | None, attempts: int
) -> None:
    """Remember that an asset has had a processor; one that is gone by now needs no remembering."""
    row = {
        "entity_id": entity_id,
        "name": registered.record,
        "version": registered.version,
        "content": content,
        "status": "ok" if problem is None else "failed",
        "message": problem,
        "attempts": attempts,
    }
    async with world.transaction() as transaction:
        if await transaction.get_entity(entity_id) is not None:
            await transaction.upsert_rows(AnalysisRecordComponent, [row], key=("entity_id", "name"))


class _Lacking:
    """Reads a page of the assets that have not had a processor: (entity id, content, attempts so far)."""

    def __init__(self, registered: RegisteredProcessor, entity_ids: tuple[int, ...] | None, after: int) -> None:
        self._registered, self._entity_ids, self._after = registered, entity_ids, after

    def __call__(self, connection: Connection) -> list[tuple[int, bytes, int]]:
        asset, record, hashes = AssetComponent, AnalysisRecordComponent, ContentHashSHA256Component
        mine = (record.entity_id == asset.entity_id, record.name == self._registered.record)
        tried = select(record.attempts).where(*mine, self._is_of_this_version()).scalar_subquery()
        statement = select(asset.entity_id, hashes.hash_value, tried).outerjoin(hashes, hashes.entity_id == asset.entity_id)
        statement = statement.where(asset.entity_id > self._after, asset.status.in_(WORKED_ON), ~exists().where(*mine, self._stands()))
        if self._registered.applies_to:
            statement = statement.where(asset.asset_type.in_([str(one) for one in self._registered.applies_to]))
        if self._entity_ids is not None:
            statement = statement.where(asset.entity_id.in_(self._entity_ids))
        rows = connection.execute(statement.order_by(asset.entity_id).limit(PAGE))
        return [(entity_id, content or b"", attempts or 0) for entity_id, content, attempts in rows]

    def _is_of_this_version(self) -> ColumnElement[bool]:
        return AnalysisRecordComponent.version == self._registered.version

    def _stands(self) -> ColumnElement[bool]:
        """A record that is not to be tried again."""
        record = AnalysisRecordComponent
        return self._is_of_this_version() & or_(record.status != "failed", record.attempts >= self._registered.attempts)
