"""What the parent of a worker's child sees from outside and ends; and what is urgent goes first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from worker_calls import HERE, analysis, is_gone, linux, run, until

from dam.core import worker_pool, worker_watch
from dam.core.exceptions import WorkerCrashedError
from dam.core.workers import WorkerPool


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file.txt"
    path.write_text("hello")
    return path


@pytest.fixture
async def pool(scratch: Path) -> AsyncIterator[WorkerPool]:
    async with WorkerPool(scratch=scratch, size=2, import_paths=[HERE]) as pool:
        yield pool


@linux
async def test_what_leaves_a_process_the_parent_sees_and_ends(scratch: Path, file: Path) -> None:
    """Memory that is shared has no limit of one process; the parent looks at what all hold together."""
    async with WorkerPool(scratch=scratch, size=1, memory_growth=0, import_paths=[HERE]) as pool:
        with pytest.raises(WorkerCrashedError, match=r"^test\.share_memory needed more memory for this file than it may use\.$"):
            await run(pool, analysis("share_memory", timeout=60, memory=20 << 20), file, bytes=200 << 20)
        assert (await run(pool, "echo", file))["text"] == "hello"


@linux
async def test_a_run_that_fills_the_disk_or_the_process_table(pool: WorkerPool, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_watch, "MAXIMUM_SCRATCH", 8 << 20)
    monkeypatch.setattr(worker_watch, "MAXIMUM_PROCESSES", 8)
    with pytest.raises(WorkerCrashedError, match=r"^test\.write_many wrote more for this file than it may\.$"):
        await run(pool, analysis("write_many", timeout=60), file, files=3, bytes=4 << 20)
    with pytest.raises(WorkerCrashedError, match=r"^test\.start_many started too many processes for this file\.$"):
        await run(pool, analysis("start_many", timeout=60), file, processes=12)
    assert (await run(pool, "echo", file))["text"] == "hello"


@linux
async def test_what_a_run_leaves_running_ends_with_it(pool: WorkerPool, file: Path) -> None:
    left = (await run(pool, "leave_process", file))["left"]
    await until(lambda: is_gone(left))
    thread = await run(pool, "leave_thread", file)
    assert (await run(pool, "by_name", file))["child"] != thread["child"]
    await until(lambda: is_gone(thread["child"]))


@linux
async def test_a_process_that_is_kept_serves_the_next_file_and_ends_with_its_reader(scratch: Path, file: Path) -> None:
    async with WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool:
        first, second = [await run(pool, "keep_process_running", file) for _ in range(2)]
        assert first == second, "neither the process nor its reader was started anew"
        assert not is_gone(first["helper"])
    await until(lambda: is_gone(first["helper"]))


async def test_the_watch_goes_on_when_children_end_meanwhile(pool: WorkerPool, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look(*_: object) -> None:
        looks.append(1)
        time.sleep(0.03)

    monkeypatch.setattr(worker_pool, "LOOK_SECONDS", 0)
    monkeypatch.setattr(worker_pool, "overuse", look)
    await asyncio.gather(*(run(pool, "echo", file) for _ in range(4)))  # both children have begun
    for _ in range(10):
        await asyncio.gather(*(run(pool, "echo", file) for _ in range(2)))
        assert pool._watching is not None
        await asyncio.wait([pool._watching])
        assert pool._watching.exception() is None
    assert looks


async def test_what_is_urgent_waits_for_no_other_run(scratch: Path, file: Path, tmp_path: Path) -> None:
    done: list[str] = []

    async def work(pool: WorkerPool, name: str, *, urgent: bool) -> None:
        async with pool.run(analysis("nothing"), str(file), mime_type="", size=5, settings={}, urgent=urgent):
            done.append(name)

    async with WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool:
        names = {"started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
        first = asyncio.create_task(run(pool, "wait_for", file, **names))
        bulk = [asyncio.create_task(work(pool, f"bulk{number}", urgent=False)) for number in range(30)]
        await until((tmp_path / "started").exists)
        await asyncio.gather(*(work(pool, f"urgent{number}", urgent=True) for number in range(4)))
        assert done == [f"urgent{number}" for number in range(4)], "the spare child does them, in their order, and nothing else"
        assert not first.done()
        (tmp_path / "until").touch()
        await asyncio.gather(first, *bulk)
    assert len(done) == 34
