"""Running analyses: what is recorded, what is tried again, and what is never written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from word_plugin import Offer, WordPlugin, first_findings

from dam.assets.commands import (
    AnalyseAssetsCommand,
    CountAssetsCommand,
    FindAssetCommand,
    GetAssetCommand,
    GetThumbnailCommand,
    RegisterFilesCommand,
    SetAssetFieldsCommand,
    TagAssetsCommand,
)
from dam.assets.commands.work import ListJobsCommand, PauseJobsCommand, ResumeJobsCommand
from dam.assets.events import AssetExamined
from dam.assets.models import AssetComponent, AssetStatus
from dam.assets.models.analysis import RESTS
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AnalysisScheduler, CacheResource, Findings
from dam.assets.systems import attempt as attempt_module
from dam.assets.systems import pending as pending_module
from dam.assets.systems.jobs import Job
from dam.core.exceptions import DamError
from dam.core.plugin import Plugin
from dam.core.systems import system
from dam.core.world import World
from dam.models.types import utc_now
from dam_fs.commands import IndexPathCommand, IndexPathsCommand, IndexSummary
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

HERE = str(Path(__file__).parent)


Open = Callable[..., World]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Every run of the analysis since this was last asked."""
    log = tmp_path / "runs"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")]))

    def take() -> list[str]:
        lines = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return sorted(lines)

    return take


@pytest_asyncio.fixture
async def open_world(make_world: MakeWorld, tmp_path: Path, runs: object) -> AsyncIterator[Open]:
    """Opens the library anew with what a plugin offers now."""

    def make(offer: Offer | None = None, *, words: bool = True) -> World:
        plugins: list[Plugin | type[Plugin]] = [AssetsPlugin, FsPlugin]
        word_plugins = [WordPlugin(replace(offer or Offer(), runs=str(tmp_path / "runs")))] if words else []
        return make_world(*plugins, *word_plugins, home=tmp_path / "library")

    yield make


async def index(world: World, root: Path) -> IndexSummary:
    summary: IndexSummary = (await world.dispatch_command(IndexPathCommand(root))).one()
    return summary


async def asset(world: World, path: Path) -> dict[str, Any]:
    entity_id = (await world.dispatch_command(FindAssetCommand(str(path)))).one()
    found: dict[str, Any] | None = (await world.dispatch_command(GetAssetCommand(entity_id))).one()
    assert found is not None
    return found


async def waiting(world: World) -> list[int]:
    """The assets that have not had all their analyses."""
    statement = select(AssetComponent.entity_id).where(AssetComponent.status == AssetStatus.PROCESSING).order_by(AssetComponent.entity_id)
    return await world.database.read(lambda connection: list(connection.execute(statement).scalars()))


def outcomes(found: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {one["name"]: (one["version"], one["status"]) for one in found["analyses"]}


@pytest.mark.usefixtures("database")
async def test_what_is_found_is_written(open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]]) -> None:
    root = make_files({"a.txt": "hello world\n"})
    async with open_world() as world:
        summary = await index(world, root)
        assert (summary.analysed, summary.failed) == (1, [])
        found = await asset(world, root / "a.txt")
        assert (found["status"], found["width"], found["title"], found["tags"]) == ("ready", 5, "hello", ["found"])
        assert found["metadata"]["exif"] == {"Word": "hello"}
        assert outcomes(found) == {"words.first": (1, "ok")}
        thumbnail = (await world.dispatch_command(GetThumbnailCommand(found["id"]))).one()
        assert thumbnail is not None
        assert thumbnail.read_bytes() == b"thumbnail"
        assert thumbnail.parent == world.get_resource(CacheResource).folder(bytes.fromhex(found["sha256"]))
        assert not list(world.get_resource(CacheResource).scratch.rglob("made"))
    assert runs() == ["first:a.txt"]
    async with open_world() as world:
        await index(world, root)
    assert runs() == []


async def test_failures_are_recorded_with_a_reason(open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]]) -> None:
    root = make_files({"corrupt.txt": "corrupt file\n", "unsupported.txt": "unsupported file\n", "fine.txt": "fine file\n"})
    async with open_world() as world:
        summary = await index(world, root)
        assert [(Path(one["path"]).name, one["reason"]) for one in summary.failed] == [("corrupt.txt", "It is damaged.")]
        assert summary.analysed == 2
        found = {name: await asset(world, root / f"{name}.txt") for name in ("corrupt", "unsupported", "fine")}
        assert {name: one["status"] for name, one in found.items()} == {"corrupt": "error", "unsupported": "ready", "fine": "ready"}
        assert found["corrupt"]["error_message"] == "It is damaged."
        assert found["corrupt"]["analyses"][0]["message"] == "It is damaged."
        assert found["unsupported"]["analyses"] == [
            {"name": "words.first", "version": 1, "status": "skipped", "message": "Nobody reads that."}
        ]
    assert len(runs()) == 3
    async with open_world() as world:
        assert (await index(world, root)).failed == []
    assert runs() == []


async def test_what_a_hostile_file_says_becomes_one_line(open_world: Open, make_files: MakeFiles) -> None:
    hostile = "It names \u202e\x1b[2Jthings\nof it. " + "x" * 10_000

    def findings(facts: Mapping[str, Any]) -> Findings:
        return Findings(problem=hostile)

    root = make_files({"a.txt": "fine file\n"})
    async with open_world(Offer(findings=findings)) as world:
        (failed,) = (await index(world, root)).failed
        assert failed["reason"].startswith("It names [2Jthings of it. xxx")
        assert failed["reason"].isprintable()
        assert len(failed["reason"]) <= 500


@pytest.mark.parametrize("word", ["crash", "bug"])
async def test_a_crash_is_tried_three_times_with_rests_and_then_left_alone(
    open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    root = make_files({"bad.txt": f"{word} here\n", "fine.txt": "fine file\n"})
    later = utc_now()
    for module in (attempt_module, pending_module):
        monkeypatch.setattr(module, "utc_now", lambda: later)
    for rest in (*RESTS, timedelta(days=1)):
        async with open_world() as world:
            summary = await index(world, root)
            assert [Path(one["path"]).name for one in summary.failed] == ["bad.txt"]
            assert (await asset(world, root / "bad.txt"))["status"] == "error"
            assert (await asset(world, root / "fine.txt"))["status"] == "ready"
            assert (await world.dispatch_command(CountAssetsCommand())).one().pending == 0
        assert runs().count("first:bad.txt") == 1, "one strike a run"
        async with open_world() as world:
            await index(world, root)
        assert runs() == [], "it rests"
        later += rest + timedelta(seconds=1)
    async with open_world() as world:
        await index(world, root)
        entity_id = (await asset(world, root / "bad.txt"))["id"]
        await world.dispatch_command(AnalyseAssetsCommand((entity_id,)))
        assert (await asset(world, root / "bad.txt"))["status"] == "error"
    assert runs() == []


async def test_findings_that_raise_fail_that_file_alone(
    open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    def findings(facts: Mapping[str, Any]) -> Findings:
        if facts["word"] == "strange":
            raise ZeroDivisionError("nothing to divide")
        return first_findings(facts)

    root = make_files({"strange.txt": "strange file\n", "fine.txt": "fine file\n"})
    async with open_world(Offer(findings=findings)) as world:
        summary = await index(world, root)
        assert [Path(one["path"]).name for one in summary.failed] == ["strange.txt"]
        assert "ZeroDivisionError" in summary.failed[0]["reason"]
        assert (await asset(world, root / "fine.txt"))["status"] == "ready"
    assert "nothing to divide" in caplog.text
    assert len(runs()) == 2


@pytest.mark.usefixtures("database")
async def test_a_new_version_runs_again_and_alone(open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]]) -> None:
    root = make_files({"a.txt": "hello world\n", "b.txt": "other words\n"})
    async with open_world(Offer(second=True)) as world:
        await index(world, root)
    assert runs() == ["first:a.txt", "first:b.txt", "second:a.txt", "second:b.txt"]
    async with open_world(Offer(second=True, second_version=2)) as world:
        summary = await index(world, root)
        assert (summary.unchanged, summary.analysed) == (2, 2)
        found = await asset(world, root / "a.txt")
        assert outcomes(found) == {"words.first": (1, "ok"), "words.second": (2, "ok")}
        assert (found["status"], found["width"], found["height"]) == ("ready", 5, 7)
        assert (found["title"], found["tags"]) == ("hello", ["found"]), "what the other analysis said stays"
        assert found["metadata"]["exif"] == {"Word": "hello"}
    assert runs() == ["second:a.txt", "second:b.txt"]
    async with open_world(Offer(second=True, second_version=2)) as world:
        assert (await index(world, root)).analysed == 0
    assert runs() == []


async def test_what_a_new_version_does_not_find_any_more_goes(open_world: Open, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "hello world\n"})
    async with open_world() as world:
        await index(world, root)
    async with open_world(Offer(version=2, findings=lambda facts: Findings())) as world:
        await index(world, root)
        found = await asset(world, root / "a.txt")
        assert (found["title"], found["tags"], found["metadata"]["exif"]) == (None, [], {})


@pytest.mark.usefixtures("database")
async def test_what_was_done_without_a_tool_is_done_again_when_it_is_there(
    open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]], tmp_path: Path
) -> None:
    root = make_files({"a.txt": "plain\n", "b.txt": "better\n", "c.txt": "only\n", "d.md": "text\n"})
    lens = tmp_path / "lens"
    offer = Offer(second=True, tool=str(lens))

    async def waiting(world: World) -> dict[str, int]:
        return (await world.dispatch_command(ListJobsCommand())).one().waiting

    async with open_world(replace(offer, second=False)) as world:
        await index(world, root)
        assert (await asset(world, root / "c.txt"))["status"] == "ready"
        assert await waiting(world) == {"a lens": 2}
        runs()
    async with open_world(offer) as world:
        await index(world, root)
        assert await waiting(world) == {"a lens": 4}, "two were read without it, and all wait for what cannot be done without it"
        assert runs() == [], "nothing is tried again as long as the tool is not there"
        lens.touch()  # while the library is open
        world.get_resource(AnalysisScheduler).look_again()  # as it does by itself after a while
        async with asyncio.timeout(60):
            while await waiting(world):
                await asyncio.sleep(0.02)
        await world.settled()
        assert runs() == ["first:b.txt", "first:c.txt", *(f"second:{name}" for name in ("a.txt", "b.txt", "c.txt", "d.md"))]
        assert outcomes(await asset(world, root / "c.txt")) == {"words.first": (1, "ok"), "words.second": (1, "ok")}
        lens.unlink()
        world.get_resource(AnalysisScheduler).look_again()
        (root / "e.txt").write_text("new\n")
        await index(world, root)
        assert runs() == ["first:e.txt"], "what cannot be done any more is not tried"
        assert await waiting(world) == {"a lens": 1}
    async with open_world(offer) as world:
        await index(world, root)
        assert runs() == []


async def test_a_plugin_that_comes_later_finds_its_assets(open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]]) -> None:
    root = make_files({"a.txt": "hello world\n", "b.bin": b"\x00\x01\x02\xff" * 9})
    async with open_world(words=False) as world:
        await index(world, root)
        assert (await asset(world, root / "a.txt"))["analyses"] == []
    async with open_world() as world:
        await index(world, root)
        assert outcomes(await asset(world, root / "a.txt")) == {"words.first": (1, "ok")}
    assert runs() == ["first:a.txt"]


@pytest.mark.usefixtures("database")
async def test_what_came_while_a_plugin_was_away_is_found_when_it_is_back(
    open_world: Open, make_files: MakeFiles, runs: Callable[[], list[str]]
) -> None:
    root = make_files({"a.txt": "early"})
    async with open_world() as world:
        await index(world, root)
    async with open_world(words=False) as world:
        await world.dispatch_command(PauseJobsCommand())  # a pause that lasts does not hide that the plugin is away
        make_files({"b.txt": "meanwhile"})
        await index(world, root)
        await world.dispatch_command(ResumeJobsCommand())
    assert runs() == ["first:a.txt"]
    async with open_world() as world:
        assert (await index(world, root)).analysed == 1
    assert runs() == ["first:b.txt"]


async def test_partial_when_one_of_two_fails(open_world: Open, make_files: MakeFiles) -> None:
    root = make_files({"half.txt": "half of it\n"})
    async with open_world(Offer(second=True)) as world:
        await index(world, root)
        found = await asset(world, root / "half.txt")
        assert outcomes(found) == {"words.first": (1, "ok"), "words.second": (1, "failed")}
        assert (found["status"], found["width"], found["error_message"]) == ("partial", 4, "The second one cannot.")
    async with open_world(Offer(second=True, version=2)) as world:
        await index(world, root)
        found = await asset(world, root / "half.txt")
        assert (found["status"], found["error_message"]) == ("partial", "The second one cannot.")


async def test_what_a_failed_analysis_has_found_counts_when_what_is_late_fails_too(open_world: Open, make_files: MakeFiles) -> None:
    def damaged(facts: Mapping[str, Any]) -> Findings:
        return replace(first_findings(facts), problem="Its end is missing.")

    root = make_files({"half.txt": "half of it\n"})
    async with open_world(Offer(second=True, late=True, findings=damaged)) as world:
        await index(world, root)
        await world.settled()
        found = await asset(world, root / "half.txt")
        assert outcomes(found) == {"words.first": (1, "failed"), "words.second": (1, "failed")}
        assert (found["status"], found["width"], found["error_message"]) == ("partial", 4, "Its end is missing.")


async def test_what_is_late_comes_after_all_else_is_written_and_told(open_world: Open, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({f"{number}.txt": f"word{number}\n" for number in range(40)})
    heard: list[tuple[str, int, bool]] = []

    @system(on_event=AssetExamined)
    async def hear(event: AssetExamined) -> None:
        heard.append((event.status, event.entity_id, "second" in (tmp_path / "runs").read_text()))

    async with open_world(words=False) as world:
        await index(world, root)
    async with open_world(Offer(second=True, late=True)) as world:  # all of them wait at once
        world.register_system(hear)
        async with aclosing(world.dispatch_command(AnalyseAssetsCommand())) as run:
            async for _ in run:
                if len(heard) == 40:
                    break  # as a crash would, before any late one is written
        ids = await waiting(world)
        assert len(ids) == 40
        assert sorted(heard) == [("processing", entity_id, False) for entity_id in ids], (
            "whoever ties them by their facts waits for no text"
        )
        found = await asset(world, root / "39.txt")
        assert (found["status"], found["width"], found["height"]) == ("processing", 6, None)
    heard.clear()
    async with open_world(Offer(second=True, late=True)) as world:
        world.register_system(hear)
        await index(world, root)
        await world.settled()
        assert {(status, entity_id) for status, entity_id, _ in heard} == {
            (status, one) for status in ("processing", "ready") for one in ids
        }
        found = await asset(world, root / "39.txt")
        assert (found["status"], found["width"], found["height"]) == ("ready", 6, 7)
        assert await waiting(world) == []
    order = [line.partition(":")[0] for line in (tmp_path / "runs").read_text().split()]
    assert order[:40] == ["first"] * 40
    assert set(order[40:]) == {"second"}


async def test_what_was_read_of_an_older_content_is_not_written(
    open_world: Open, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is edited and indexed again after its analysis has run, before that is written."""
    root = make_files({"a.txt": "before it\n"})
    async with open_world(words=False) as world:
        await index(world, root)
    async with open_world() as world:
        attempt = attempt_module.attempt

        async def and_then_edit(*arguments: Any, **options: Any) -> Any:
            outcome = await attempt(*arguments, **options)
            monkeypatch.undo()
            (root / "a.txt").write_text("afterwards so\n")
            await world.dispatch_command(RegisterFilesCommand((root / "a.txt",)))
            return outcome

        monkeypatch.setattr(attempt_module, "attempt", and_then_edit)
        await world.dispatch_command(AnalyseAssetsCommand())
        await index(world, root)
        found = await asset(world, root / "a.txt")
        assert (found["title"], found["width"], found["metadata"]["exif"]) == ("afterwards", 10, {"Word": "afterwards"})
        assert (found["status"], found["tags"], len(found["analyses"])) == ("ready", ["found"], 1)


async def test_what_is_lost_while_it_is_analysed_is_missing(
    open_world: Open, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is deleted, and found to be, after its analysis has run, before that is written."""
    root = make_files({"a.txt": "before it\n", "b.txt": "stays\n"})
    async with open_world(words=False) as world:
        await index(world, root)
    async with open_world() as world:
        found = await asset(world, root / "a.txt")
        attempt = attempt_module.attempt

        async def and_then_delete(passed: World, job: Job, *arguments: Any, **options: Any) -> Any:
            outcome = await attempt(passed, job, *arguments, **options)
            if job.entity_id == found["id"]:
                (root / "a.txt").unlink()
                await world.dispatch_command(IndexPathsCommand((root / "a.txt",)))
            return outcome

        monkeypatch.setattr(attempt_module, "attempt", and_then_delete)
        await world.dispatch_command(AnalyseAssetsCommand())
        whole = (await world.dispatch_command(GetAssetCommand(found["id"]))).one() or {}
        assert (whole["status"], whole["title"]) == ("missing", "before")
        assert (await asset(world, root / "b.txt"))["status"] == "ready"


async def test_a_file_that_changed_since_it_was_indexed_tells_nothing(open_world: Open, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "before it\n"})
    async with open_world(words=False) as world:
        await index(world, root)
    (root / "a.txt").write_text("afterwards so\n")
    async with open_world() as world:
        await world.dispatch_command(AnalyseAssetsCommand())
        found = await asset(world, root / "a.txt")
        assert (found["title"], found["metadata"]["exif"], outcomes(found)) == (None, {}, {"words.first": (1, "failed")})
        assert "changed" in found["error_message"]
        assert not world.get_resource(CacheResource).folder(bytes.fromhex(found["sha256"])).exists()
        await index(world, root)
        found = await asset(world, root / "a.txt")
        assert (found["title"], found["status"], found["error_message"]) == ("afterwards", "ready", None)


async def test_a_cache_that_cannot_be_written_is_held_against_no_file(open_world: Open, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "hello world\n"})
    async with open_world(words=False) as world:
        await index(world, root)
    async with open_world() as world:
        cache = world.get_resource(CacheResource)
        folder = cache.folder(bytes.fromhex((await asset(world, root / "a.txt"))["sha256"]))
        folder.parent.parent.mkdir(parents=True)
        folder.parent.write_text("a file where a folder should be")
        with pytest.raises(DamError, match="cache"):
            await world.dispatch_command(AnalyseAssetsCommand())
        assert (await asset(world, root / "a.txt"))["analyses"] == []
        folder.parent.unlink()
        await world.dispatch_command(AnalyseAssetsCommand())
        assert (await asset(world, root / "a.txt"))["status"] == "ready"


async def test_a_person_wins_over_the_file(open_world: Open, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "hello world\n"})
    async with open_world() as world:
        await index(world, root)
        entity_id = (await asset(world, root / "a.txt"))["id"]
        await world.dispatch_command(SetAssetFieldsCommand(entity_id, {"title": "Mine"}))
        await world.dispatch_command(TagAssetsCommand((entity_id,), ("found", "own")))
    async with open_world(Offer(version=2, findings=lambda facts: Findings(said={"title": "file's"}))) as world:
        await index(world, root)
        found = await asset(world, root / "a.txt")
        assert (found["title"], found["tags"]) == ("Mine", ["found", "own"])
        await world.dispatch_command(SetAssetFieldsCommand(entity_id, {"title": None}))
        assert (await asset(world, root / "a.txt"))["title"] == "file's"
