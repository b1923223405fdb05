"""Writing what analyses found, for many assets in one transaction."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select

from dam.assets.commands import AnalysisSummary
from dam.assets.events import AssetExamined, AssetReady
from dam.assets.functions.urn import display_path
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    FileLocationComponent,
    LocationStatus,
)
from dam.assets.models.human import FILE
from dam.assets.resources import DriverRegistry
from dam.assets.systems.jobs import Job, Outcome
from dam.assets.systems.leases import end_leases
from dam.assets.systems.said import write_said
from dam.core.faults import fault
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_component import Component
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent

KEPT_PROBLEMS = 1000


async def write_findings(world: World, finished: list[tuple[Job, list[Outcome]]], summary: AnalysisSummary, token: int) -> None:
    """Write what was found for many assets in one transaction, end their leases, and announce them.

    What another run has taken over meanwhile is that one's to write.
    """
    fault("analyse.before_write")
    async with world.transaction() as transaction:
        entity_ids = [job.entity_id for job, _ in finished]
        mine = await end_leases(transaction, token, entity_ids)
        current = await _current_contents(transaction, entity_ids)
        there = await _with_a_place(transaction, entity_ids)
        finished = [(job, outcomes) for job, outcomes in finished if job.entity_id in mine]
        valid = [(job, outcomes) for job, outcomes in finished if _is_valid(job, current, there)]
        records = [_record(job, outcome) for job, outcomes in valid for outcome in outcomes]
        for job, outcomes in valid:
            for outcome in outcomes:
                await _replace_components(transaction, job, outcome)
        await transaction.upsert_rows(AnalysisRecordComponent, records, key=("entity_id", "name"))
        said: dict[str, dict[int, Mapping[str, Any]]] = {}
        for job, outcomes in valid:
            for outcome in outcomes:
                said.setdefault(outcome.offered.analysis.name, {})[job.entity_id] = outcome.findings.said
        for name, words in said.items():
            await write_said(transaction, words, FILE + name)
        await _follow_up(world, valid)
        partly = await _found_before(transaction, world.get_resource(DriverRegistry), valid)
        rows = [
            _asset_row(job, outcomes, is_there=job.entity_id in there, is_partly_known=job.entity_id in partly) for job, outcomes in valid
        ]
        await transaction.update_rows(AssetComponent, rows)
        for row in rows:
            waits_on = row["status"] == AssetStatus.PROCESSING
            transaction.send_event((AssetExamined if waits_on else AssetReady)(row["entity_id"], row["status"]))
        for event in _detected(valid):
            transaction.send_event(event)
    summary.assets += sum(not job.waits_on for job, _ in finished)
    paths = {job.entity_id: job.shown or job.path or "" for job, _ in valid}
    _sum_up(summary, records, {entity_id: display_path(os.fsencode(path)) for entity_id, path in paths.items()})


def _sum_up(summary: AnalysisSummary, records: list[dict[str, Any]], paths: dict[int, str]) -> None:
    """Count, and keep the reasons of failures: what several analyses say of an asset alike is told once."""
    told: set[tuple[int, str]] = set()
    for record in records:
        summary.analysed += record["status"] != "failed"
        if record["status"] != "failed":
            continue
        summary.failed += 1
        summary.resting += record["not_before"] is not None
        reason = record["message"] or ""
        alike = (record["entity_id"], reason.removeprefix(record["name"]))
        if alike not in told and len(summary.problems) < KEPT_PROBLEMS:
            summary.problems.append({"path": paths[record["entity_id"]], "reason": reason})
        told.add(alike)


async def _follow_up(world: World, finished: list[tuple[Job, list[Outcome]]]) -> None:
    """Dispatch what the findings bring with them; it joins the transaction at hand."""
    for job, outcomes in finished:
        for make in (outcome.findings.follow_up for outcome in outcomes):
            if make is not None:
                await world.dispatch_command(make(job.entity_id))


def _detected(finished: list[tuple[Job, list[Outcome]]]) -> Iterator[BaseEvent]:
    """What the drivers announce that have recognised an asset by what was found in it."""
    for job, outcomes in finished:
        for driver in (outcome.recognised for outcome in outcomes):
            if driver is not None and driver.detected is not None:
                yield driver.detected(entity=Entity(id=job.entity_id), file_id=job.file_id)


async def _current_contents(transaction: WorldTransaction, entity_ids: list[int]) -> dict[int, bytes]:
    """The contents as they are now: what was read of a file that has been edited meanwhile must not be written."""
    hashes = ContentHashSHA256Component
    rows = await transaction.execute(select(hashes.entity_id, hashes.hash_value).where(hashes.entity_id.in_(entity_ids)))
    return {row.entity_id: row.hash_value for row in rows}


async def _with_a_place(transaction: WorldTransaction, entity_ids: list[int]) -> set[int]:
    """Those that have a file now: one may have been lost, or found again, since its job was read."""
    location = FileLocationComponent
    statement = select(location.entity_id).where(location.entity_id.in_(entity_ids), location.status == LocationStatus.PRESENT)
    return set((await transaction.execute(statement)).scalars())


async def _found_before(transaction: WorldTransaction, registry: DriverRegistry, finished: list[tuple[Job, list[Outcome]]]) -> set[int]:
    """The assets of which an analysis that failed in an earlier run had found something all the same."""
    asked: dict[type[Component], list[int]] = {}
    for job, outcomes in finished:
        failed = {name for name, record in job.records.items() if record.status == "failed"}
        failed -= {outcome.offered.analysis.name for outcome in outcomes}
        for offered in registry.analyses_for(job.mime_type, job.driver) if failed else ():
            if offered.analysis.name in failed and job.record_of(offered) is not None:
                for kind in offered.findable():
                    asked.setdefault(kind, []).append(job.entity_id)
    found: set[int] = set()
    for kind, entity_ids in asked.items():
        owner = table_of(kind).c.entity_id
        found |= set((await transaction.execute(select(owner).where(owner.in_(entity_ids)))).scalars())
    return found


def _is_valid(job: Job, current: Mapping[int, bytes], there: Collection[int]) -> bool:
    """Whether a job is still true: its content is the asset's, or it had no file and there is still none."""
    return current.get(job.entity_id) == job.content if job.path is not None else job.entity_id not in there


async def _replace_components(transaction: WorldTransaction, job: Job, outcome: Outcome) -> None:
    """Attach what was found; what an earlier run had found and this one did not is taken off."""
    found = outcome.findings.components
    if outcome.offered.analysis.name in job.records:
        for component_type in set(outcome.offered.findable()) - {type(component) for component in found}:
            await transaction.execute(delete(component_type).where(component_type.entity_id == job.entity_id))  # type: ignore[attr-defined]  # both bases have it
    await transaction.add_components((job.entity_id, component) for component in found)


def _record(job: Job, outcome: Outcome) -> dict[str, Any]:
    analysis = outcome.offered.analysis
    return {
        "entity_id": job.entity_id,
        "name": analysis.name,
        "version": analysis.version,
        "content": job.content,
        "status": outcome.status,
        "message": outcome.message,
        "attempts": outcome.attempts,
        "seconds": outcome.seconds,
        "not_before": outcome.not_before,
        "missing_tool": outcome.missing_tool,
    }


def _asset_row(job: Job, outcomes: list[Outcome], *, is_there: bool, is_partly_known: bool) -> dict[str, Any]:
    """The columns of the asset that change: its status, and the measures that were found."""
    told = {name: (record.status, record.message) for name, record in job.records.items() if record.content == job.content}
    told |= {outcome.offered.analysis.name: (outcome.status, outcome.message) for outcome in outcomes}
    statuses = {name: status for name, (status, _) in told.items()}
    failures = [message for status, message in told.values() if status == "failed"]
    found_something = is_partly_known or any(outcome.findings.components for outcome in outcomes) or "ok" in statuses.values()
    if not is_there:
        status = AssetStatus.MISSING
    elif job.waits_on:
        status = AssetStatus.PROCESSING
    elif "failed" not in statuses.values():
        status = AssetStatus.READY
    else:
        status = AssetStatus.PARTIAL if found_something else AssetStatus.ERROR
    row: dict[str, Any] = {"entity_id": job.entity_id, "status": str(status), "error_message": failures[0] if failures else None}
    for outcome in outcomes:
        row |= outcome.findings.fields
    moment = _moment(row["captured_at"]) if row.get("captured_at") else None
    if moment is not None:
        row["sort_at"] = moment
    return row


def _moment(text: str) -> datetime | None:
    """A capture time for sorting; one without an offset counts as UTC, an impossible one as none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
