"""Counting the work: of each analysis what is pending, runs, is done, failed, and what it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from dam.assets.commands.tasks import ListTasksCommand
from dam.assets.commands.work import JobCounts, JobsReport, ListJobsCommand
from dam.assets.models import AnalysisLease, AnalysisRecordComponent, AssetComponent, AssetStatus
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.models.work import EVERYTHING
from dam.assets.resources import AssetDriver, DriverRegistry
from dam.assets.resources.clock import WorkClock
from dam.assets.systems.controls import Said, read_controls
from dam.assets.systems.jobs import count_pending
from dam.assets.systems.leases import count_leases
from dam.assets.systems.pending import SETTLED, has_had, is_of, is_settled
from dam.assets.systems.tools import count_waiting
from dam.core.analysis import Analysis
from dam.core.liveness import has_ended
from dam.core.systems import system
from dam.core.world import World
from dam.models.types import utc_now


@system(on_command=ListJobsCommand)
async def handle_list_jobs(command: ListJobsCommand, world: World, registry: DriverRegistry, clock: WorkClock) -> JobsReport:
    """Ask the database; what is pending is counted among the assets that wait, and of a paused analysis among all."""
    pending = await count_pending(world)
    offers = _offers(registry)

    def count(connection: Connection) -> JobsReport:
        said = read_controls(connection)
        nothing = Said(paused=False, cancelled=0)
        counts = [JobCounts(analysis.name, analysis.version, paused=said.get(analysis.name, nothing).paused) for analysis, _ in offers]
        by_name = {one.name: one for one in counts}
        _count_records(connection, by_name)
        for analysis, drivers in offers:
            _count_pending(connection, by_name[analysis.name], analysis, drivers)
        now = clock.now(connection)
        runs = [run for run in count_leases(connection) if run["until"] > now and not has_ended(run["owner"])]
        waiting = count_waiting(connection) | _count_hindered(connection, registry)  # those of the former are among the latter
        return JobsReport(counts, runs, pending, paused=said.get(EVERYTHING, nothing).paused, waiting=waiting)

    report = await world.database.read(count)
    if ListTasksCommand in world.command_types:
        report.tasks = [task for tasks in (await world.dispatch_command(ListTasksCommand())).results for task in tasks]
    return report


def _offers(registry: DriverRegistry) -> list[tuple[Analysis, list[AssetDriver]]]:
    """Every analysis with the drivers that offer it, by name."""
    pairs = [(offered.analysis, driver) for driver in registry for offered in driver.analyses]
    pairs.sort(key=lambda pair: pair[0].name)
    return [(analysis, [driver for _, driver in group]) for analysis, group in groupby(pairs, key=lambda pair: pair[0])]


def _count_hindered(connection: Connection, registry: DriverRegistry) -> dict[str, int]:
    """How many assets wait for a tool without which an analysis is not offered, by the name of the tool."""
    record = AnalysisRecordComponent
    lacking: dict[str, list[ColumnElement[bool]]] = defaultdict(list)
    for driver, offered, tool in registry.hindered:
        lacking[tool].append(is_of(driver) & ~has_had(offered.analysis, utc_now()))
    for tool, some in lacking.items():
        some.append(exists().where(record.entity_id == AssetComponent.entity_id, record.missing_tool == tool))
    all_of_them = select(func.count()).select_from(AssetComponent).where(is_settled())
    counts = {name: connection.execute(all_of_them.where(or_(*some))).scalar_one() for name, some in lacking.items()}
    return {name: count for name, count in counts.items() if count}


def _count_records(connection: Connection, by_name: dict[str, JobCounts]) -> None:
    """What has been done, in one look at the records."""
    record = AnalysisRecordComponent
    quarantined = case((and_(record.status == "failed", record.attempts >= MAXIMUM_ATTEMPTS), "quarantined"), else_=record.status)
    kind = quarantined.label("kind")
    statement = select(
        record.name, kind, func.count().label("count"), func.sum(record.seconds).label("seconds"), func.count(record.seconds).label("timed")
    )
    timed: dict[str, int] = {}
    for row in connection.execute(statement.where(record.name.in_(list(by_name))).group_by(record.name, kind)):
        one = by_name[row.name]
        setattr(one, "done" if row.kind == "ok" else row.kind, row.count)
        one.seconds = round(one.seconds + (row.seconds or 0.0), 3)
        timed[row.name] = timed.get(row.name, 0) + row.timed
    for name, times in timed.items():
        if times:
            by_name[name].average = round(by_name[name].seconds / times, 6)


def _count_pending(connection: Connection, one: JobCounts, analysis: Analysis, drivers: Iterable[AssetDriver]) -> None:
    """How many assets lack the analysis, and how many of these a run has taken."""
    asset, lease = AssetComponent, AnalysisLease
    statuses = (AssetStatus.PROCESSING, *SETTLED) if one.paused else (AssetStatus.PROCESSING,)
    statement = select(func.count().label("all"), func.count(lease.entity_id).label("taken")).select_from(asset)
    statement = statement.outerjoin(lease, lease.entity_id == asset.entity_id)
    lacks = (asset.status.in_(statuses), or_(*(is_of(driver) for driver in drivers)), ~has_had(analysis, utc_now()))
    row = connection.execute(statement.where(*lacks)).one()
    one.running = row.taken
    one.pending = row.all - row.taken
