"""Several runs share the work, whatever happens to one of them; and a person sees and steers it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, func, select

from dam.assets.commands import AnalyseAssetsCommand, AnalysisSummary, FindAssetCommand, FinishAnalysesCommand, GetAssetCommand
from dam.assets.commands.work import (
    CancelJobsCommand,
    JobCounts,
    ListFailedJobsCommand,
    ListJobsCommand,
    PauseJobsCommand,
    ResumeJobsCommand,
    RetryJobsCommand,
    WorkCommand,
)
from dam.assets.models import AnalysisLease, AnalysisRecordComponent, AssetComponent, AssetStatus, AssetType
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AnalysisScheduler, AssetAnalysis, AssetDriver, Findings
from dam.assets.resources.clock import WorkClock
from dam.assets.settings import AssetsSettingsComponent
from dam.assets.systems import running
from dam.assets.systems.findings import write_findings
from dam.core.analysis import Analysis
from dam.core.exceptions import UsageError
from dam.core.plugin import Plugin
from dam.core.world import World
from dam.models.config import SettingsModel
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.databases import Databases
from dam_test_utils.fixtures import MakeFiles, MakeWorld

HERE = str(Path(__file__).parent)
DAY = 86_400.0


class SharedPlugin(Plugin):
    """Reads the first word of texts, twice."""

    name = "dam_shared"
    requires = ("dam_assets",)
    Settings = SettingsModel
    SettingsComponent = AssetsSettingsComponent

    def __init__(self, runs: str, *, offers: bool = True) -> None:
        self.runs, self.offers = runs, offers

    def build(self, world: World) -> None:
        names = ("first", "second") if self.offers else ()
        analyses = tuple(
            AssetAnalysis(Analysis(f"shared.{who}", 1, "word_functions:analyse", timeout=60), findings, {"runs": self.runs, "who": who})
            for who in names
        )
        world.register_driver(AssetDriver(AssetType.DOCUMENT, ("text/*",), analyses=analyses))


def findings(facts: Mapping[str, Any]) -> Findings:
    return Findings(fields={"width": len(facts["word"])})


class SetClock(WorkClock):
    """A clock that can be set."""

    def __init__(self) -> None:
        super().__init__(lease_seconds=60.0)
        self.offset = 0.0

    @property
    def poll_seconds(self) -> float:
        return 0.02

    def now(self, connection: Connection) -> float:
        return super().now(connection) + self.offset


Open = Callable[..., World]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")]))
    return tmp_path / "runs"


@pytest_asyncio.fixture
async def open_world(make_world: MakeWorld, tmp_path: Path, log: Path) -> AsyncIterator[Open]:
    """Opens the library once more, as another process would."""

    def make(*, offers: bool = True) -> World:
        world = make_world(AssetsPlugin, FsPlugin, SharedPlugin(str(log), offers=offers), home=tmp_path / "library")
        world.resources.restore({**world.resources.offered(), WorkClock: SetClock()})
        return world

    yield make


async def known(open_world: Open, root: Path) -> None:
    """Index without any analysis: all is still to do afterwards."""
    async with open_world(offers=False) as world:
        await world.dispatch_command(IndexPathCommand(root))


async def analyse(world: World) -> AnalysisSummary:
    return (await world.dispatch_command(AnalyseAssetsCommand())).one()


async def leases(world: World) -> int:
    return await world.database.read(lambda connection: connection.execute(select(func.count()).select_from(AnalysisLease)).scalar_one())


async def take(world: World, entity_id: int, *, until: float, owner: str = "another machine/1/1", seconds: float = 60.0) -> None:
    """Let a run of another machine have an asset; `until` is in seconds from now."""
    async with world.transaction() as transaction:
        now = await transaction.read(WorkClock().now)
        row = {"entity_id": entity_id, "owner": owner, "token": 1, "until": now + until, "seconds": seconds}
        await transaction.upsert_rows(AnalysisLease, [row])


async def entity_of(world: World, path: Path) -> int:
    return (await world.dispatch_command(FindAssetCommand(str(path)))).one()


async def jobs(world: World) -> dict[str, JobCounts]:
    return {one.name: one for one in (await world.dispatch_command(ListJobsCommand())).one().analyses}


def ran(log: Path) -> list[str]:
    lines = sorted(log.read_text().split()) if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def texts(count: int) -> dict[str, bytes | str]:
    return {f"{number:03}.txt": f"word{number} of it\n" for number in range(count)}


@pytest.mark.usefixtures("database")
async def test_two_runs_share_the_work_and_do_nothing_twice(open_world: Open, make_files: MakeFiles, log: Path) -> None:
    root = make_files(texts(90))
    await known(open_world, root)
    async with open_world() as one, open_world() as other:
        first, second = await asyncio.gather(analyse(one), analyse(other))
        assert first.assets + second.assets == 90
        assert first.analysed + second.analysed == 180
        assert ran(log) == sorted(f"{who}:{name}" for who in ("first", "second") for name in texts(90))
        assert await leases(one) == 0
        records = await one.database.read(
            lambda connection: connection.execute(select(func.count()).select_from(AnalysisRecordComponent)).scalar_one()
        )
        assert records == 180


@pytest.mark.usefixtures("database")
async def test_what_another_machine_has_taken_is_waited_for_and_then_taken_over(open_world: Open, make_files: MakeFiles, log: Path) -> None:
    root = make_files(texts(3))
    await known(open_world, root)
    async with open_world() as world:
        clock = world.get_resource(WorkClock)
        assert isinstance(clock, SetClock)
        taken = await entity_of(world, root / "001.txt")
        await take(world, taken, until=60)
        run = asyncio.create_task(analyse(world))
        while await leases(world) > 1 or not log.exists():
            await asyncio.sleep(0.01)
        assert not run.done()
        assert "first:001.txt" not in log.read_text()
        clock.offset = 61
        assert (await run).assets == 3
        assert len(ran(log)) == 6
        assert await leases(world) == 0


@pytest.mark.parametrize("jump", [-DAY, DAY, -3600.0, 3600.0])
async def test_a_clock_that_jumps_leaves_no_lease_behind(open_world: Open, make_files: MakeFiles, log: Path, jump: float) -> None:
    """What was taken before the clock was set is free again, at once or after a lease's length; nothing is written twice."""
    root = make_files(texts(3))
    await known(open_world, root)
    async with open_world() as world:
        clock = world.get_resource(WorkClock)
        assert isinstance(clock, SetClock)
        await take(world, await entity_of(world, root / "001.txt"), until=60)
        clock.offset = jump
        assert (await analyse(world)).assets == 3
        assert len(ran(log)) == 6


async def test_who_was_overtaken_writes_nothing(open_world: Open, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_files(texts(2))
    await known(open_world, root)
    async with open_world() as world:
        stolen = await entity_of(world, root / "000.txt")
        write = write_findings

        async def and_before(*arguments: Any) -> None:
            await take(world, stolen, until=0.3)
            monkeypatch.undo()
            await write(*arguments)
            assert (await world.dispatch_command(GetAssetCommand(stolen))).one()["analyses"] == []  # type: ignore[index]  # it is there

        monkeypatch.setattr(running, "write_findings", and_before)
        summary = await analyse(world)
        assert summary.assets == 2, "the other run has given it up, so it was done again"
        found = (await world.dispatch_command(GetAssetCommand(stolen))).one()
        assert found is not None
        assert [one["status"] for one in found["analyses"]] == ["ok", "ok"]


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_work import AnalyseAssetsCommand, AssetsPlugin, FsPlugin, SharedPlugin
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings

async def main():
    home = Path(sys.argv[2])
    settings = WorldSettings("test", home, sys.argv[3], {"dam_assets": {"workers": 1}})
    async with create_world(settings=settings, plugins=[AssetsPlugin(), FsPlugin(), SharedPlugin(sys.argv[4])]) as world:
        await world.dispatch_command(AnalyseAssetsCommand())

asyncio.run(main())
"""


@pytest.mark.parametrize("point", ["analyse.before_write=kill@1", pytest.param("worker.after_answer=kill@40", marks=pytest.mark.proof)])
async def test_a_killed_run_costs_nothing_but_what_it_had_not_written(
    open_world: Open, make_files: MakeFiles, log: Path, tmp_path: Path, database: Databases, point: str
) -> None:
    root = make_files(texts(40))
    await known(open_world, root)
    url = database.url(tmp_path / "library", migrated=True)
    arguments = [sys.executable, "-c", KILLED, HERE, str(tmp_path / "library"), url, str(log)]
    killed = await asyncio.to_thread(subprocess.run, arguments, env={**os.environ, "DAM_FAULTS": point}, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    log.unlink(missing_ok=True)
    async with open_world() as world:
        assert await leases(world) > 0
        statement = select(AssetComponent.entity_id).where(AssetComponent.status == AssetStatus.PROCESSING)
        missing = len(await world.database.read(lambda connection: connection.execute(statement).all()))
        assert missing
        assert (await asyncio.wait_for(analyse(world), 40)).assets == missing, "its leases are void, for it is dead"
        assert len(ran(log)) == 2 * missing
        counts = await jobs(world)
        assert {(one.pending, one.running, one.done) for one in counts.values()} == {(0, 0, 40)}


async def test_a_world_that_closes_in_the_middle_loses_nothing(open_world: Open, make_files: MakeFiles, log: Path) -> None:
    root = make_files(texts(40))
    await known(open_world, root)
    async with open_world() as world:
        finishing = asyncio.create_task(_finish(world))
        while not log.exists():
            await asyncio.sleep(0.005)
        finishing.cancel()
        await asyncio.gather(finishing, return_exceptions=True)
    async with open_world() as world:
        assert await leases(world) == 0
        assert not any("closed" in one.reason for one in (await world.dispatch_command(ListFailedJobsCommand())).one())
        await _finish(world)
        counts = await jobs(world)
        assert {(one.pending, one.running, one.done, one.failed) for one in counts.values()} == {(0, 0, 40, 0)}


async def _finish(world: World) -> AnalysisSummary:
    return (await world.dispatch_command(FinishAnalysesCommand())).one()


async def test_a_look_that_is_due_sooner_is_not_put_off(open_world: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_world() as world:
        scheduler, rung = world.get_resource(AnalysisScheduler), asyncio.Event()
        monkeypatch.setattr(scheduler, "ring", rung.set)
        scheduler.look_again(600.0)
        scheduler.look_again(0.01)
        scheduler.look_again(600.0)
        await asyncio.wait_for(rung.wait(), 60)


@pytest.mark.usefixtures("database")
async def test_pausing_all_and_one(open_world: Open, make_files: MakeFiles, log: Path) -> None:
    root = make_files(texts(3))
    await known(open_world, root)
    async with open_world() as world:
        await world.dispatch_command(PauseJobsCommand())
        assert (await analyse(world)).stopped == "paused"
        assert ran(log) == []
        await world.dispatch_command(PauseJobsCommand("shared.second"))
        await world.dispatch_command(ResumeJobsCommand())
        await world.settled()
        await _finish(world)
        assert ran(log) == [f"first:{name}" for name in texts(3)]
        counts = await jobs(world)
        assert (counts["shared.first"].done, counts["shared.second"].paused, counts["shared.second"].pending) == (3, True, 3)
        assert counts["shared.first"].average is not None
        with pytest.raises(UsageError, match=re.escape("There is no analysis 'third'; there are: shared.first, shared.second")):
            await world.dispatch_command(PauseJobsCommand("third"))
        await world.dispatch_command(ResumeJobsCommand("shared.second"))
        await asyncio.sleep(0)
        await _finish(world)
        assert (await world.dispatch_command(WorkCommand())).one() == 0
        assert ran(log) == [f"second:{name}" for name in texts(3)]


async def test_cancelling_ends_the_run_and_the_next_does_the_rest(open_world: Open, make_files: MakeFiles, log: Path) -> None:
    root = make_files({**texts(30), "slow.txt": "hang there\n"})
    await known(open_world, root)
    async with open_world() as world:
        run = asyncio.create_task(analyse(world))
        while not log.exists() or "slow" not in log.read_text():
            await asyncio.sleep(0.01)
        await world.dispatch_command(CancelJobsCommand())
        assert (await asyncio.wait_for(run, 40)).stopped == "cancelled"
        assert await leases(world) == 0
        (root / "slow.txt").write_text("fast now\n")
        await world.dispatch_command(IndexPathCommand(root))
        assert {(one.pending, one.done) for one in (await jobs(world)).values()} == {(0, 31)}


async def test_failures_are_seen_told_once_and_tried_again(open_world: Open, make_files: MakeFiles, log: Path) -> None:
    root = make_files({"a.txt": "corrupt it is\n", "b.txt": "crash it is\n", "c.txt": "fine it is\n"})
    await known(open_world, root)
    async with open_world() as world:
        summary = await analyse(world)
        assert (summary.failed, summary.resting) == (4, 2)
        assert sorted(Path(one["path"]).name for one in summary.problems) == ["a.txt", "b.txt"], "each reason once"
        first = (await jobs(world))["shared.first"]
        assert (first.done, first.failed, first.quarantined) == (1, 1, 1)
        failed = (await world.dispatch_command(ListFailedJobsCommand("shared.first"))).one()
        assert [(one.filename, one.quarantined, one.attempts) for one in failed] == [("a.txt", True, 3), ("b.txt", False, 1)]
        ran(log)
        (root / "a.txt").write_text("better it is\n")
        assert (await world.dispatch_command(RetryJobsCommand(everything=True, name="shared.second"))).one() == 2
        await _finish(world)
        assert ran(log) == ["second:a.txt", "second:b.txt"]
        assert (await world.dispatch_command(RetryJobsCommand((failed[0].entity_id,)))).one() == 2
        with pytest.raises(UsageError, match="Say which assets"):
            await world.dispatch_command(RetryJobsCommand())
