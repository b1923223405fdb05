"""The workers: what both kinds promise, and what child processes survive."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from worker_calls import HERE, analysis, is_gone, linux, run, until

from dam.core.analysis import Analysis, understood
from dam.core.exceptions import (
    ContentCorruptError,
    ContentUnreadableError,
    ContentUnsupportedError,
    DamError,
    WorkerCrashedError,
    WorkerError,
    WorkersClosedError,
    WorkerTimeoutError,
)
from dam.core.workers import InlineWorkers, WorkerPool, Workers


def descriptors_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[str]:
    return {child for listed in Path("/proc/self/task").glob("*/children") for child in listed.read_text().split()}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file.txt"
    path.write_text("hello")
    return path


@pytest.fixture(params=["pool", "inline"])
async def workers(request: pytest.FixtureRequest, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workers]:
    if request.param == "pool":
        async with WorkerPool(scratch=scratch, size=2, import_paths=[HERE]) as pool:
            yield pool
    else:
        monkeypatch.syspath_prepend(HERE)
        async with InlineWorkers(scratch=scratch, size=2) as inline:
            yield inline
    assert list(scratch.glob("*")) == []


@pytest.fixture
async def pool(scratch: Path) -> AsyncIterator[WorkerPool]:
    async with WorkerPool(scratch=scratch, size=2, import_paths=[HERE]) as pool:
        yield pool


# What both kinds promise


async def test_a_function_gets_the_file_and_the_settings(workers: Workers, file: Path) -> None:
    value = await run(workers, "echo", file, language="é", nested={"a": [1, None]})
    settings = {"language": "é", "nested": {"a": [1, None]}}
    assert value == {"path": str(file), "mime_type": "text/plain", "size": 5, "text": "hello", "settings": settings}


async def test_a_relative_path_and_a_name_that_is_not_text(workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"caf\xe9.txt")
    Path(name).write_text("latin")
    value = await run(workers, "echo", name)
    assert value["text"] == "latin"


async def test_files_left_in_scratch_are_the_callers_until_the_block_ends(workers: Workers, file: Path, scratch: Path) -> None:
    async with workers.run(analysis("leave_file"), str(file), mime_type="", size=5, settings={}) as answer:
        assert scratch in answer.scratch.parents
        (answer.scratch / answer.value["file"]).rename(scratch.parent / "taken.webp")
    assert (scratch.parent / "taken.webp").read_bytes() == b"picture"
    assert not answer.scratch.exists()


async def test_content_errors_keep_their_class_and_a_printable_line(workers: Workers, file: Path, scratch: Path) -> None:
    with pytest.raises(ContentCorruptError) as caught:
        await run(workers, "leave_file_and_fail", file)
    message = str(caught.value)
    assert message.startswith("The second half [2J is missing. xxx")
    assert message.isprintable()
    assert len(message) == 500
    assert list(scratch.rglob("half")) == []


async def test_a_plugins_own_content_error_arrives_as_the_nearest_known_one(workers: Workers, file: Path) -> None:
    with pytest.raises(ContentUnsupportedError, match=r"^No such colour space is known here\.$") as caught:
        await run(workers, "specific", file)
    assert type(caught.value) is ContentUnsupportedError


async def test_a_file_that_is_not_there_is_unreadable(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(ContentUnreadableError, match="No such file"):
        await run(workers, "echo", tmp_path / "gone")


async def test_any_other_exception_is_a_failure_of_this_file(workers: Workers, file: Path) -> None:
    for function, message in (
        ("surprise", "test.surprise failed with TypeError: 'NoneType' object is not iterable"),
        ("system_exit", "test.system_exit failed with SystemExit: enough"),
        ("not_there", "test.not_there failed with AttributeError: "),
    ):
        with pytest.raises(WorkerCrashedError) as caught:
            await run(workers, function, file)
        assert str(caught.value).startswith(message)
        assert (await run(workers, "echo", file))["text"] == "hello"


async def test_a_full_disk_is_no_files_fault(workers: Workers, file: Path) -> None:
    with pytest.raises(WorkerError, match="is full; free some space") as caught:
        await run(workers, "fill_disk", file)
    assert type(caught.value) is WorkerError, "what is held against a file is a crash"


async def test_a_module_that_is_not_there(workers: Workers, file: Path) -> None:
    with pytest.raises(WorkerCrashedError, match="ModuleNotFoundError: No module named 'no_such_module'"):
        await run(workers, Analysis("x", 1, "no_such_module:f"), file)


async def test_an_answer_that_json_cannot_carry_is_a_failure(workers: Workers, file: Path) -> None:
    for name in ("not a number", "object", "bytes", "list", "none", "deep", "too long"):
        with pytest.raises(WorkerCrashedError, match=r"^test\.answer failed with (TypeError|ValueError|RecursionError): "):
            await run(workers, "answer", file, name=name)


async def test_answers_come_back_as_plain_data(workers: Workers, file: Path) -> None:
    assert await run(workers, "answer", file, name="shapes") == {"x": [1, 2], "y": {"3": None}}
    assert await run(workers, "answer", file, name="surrogate") == {"x": "a?b"}
    giant = await run(workers, "answer", file, name="giant")
    assert giant["x"] == "é" * 5_000_000


async def test_a_function_that_takes_too_long(workers: Workers, file: Path, tmp_path: Path) -> None:
    slow, names = analysis("wait_for", timeout=0.3), {"started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
    with pytest.raises(WorkerTimeoutError, match=r"^test\.wait_for took longer than 0\.3 s for this file and was stopped\.$"):
        await run(workers, slow, file, **names)
    (tmp_path / "until").touch()
    assert (await run(workers, "echo", file))["text"] == "hello"


async def test_a_cancelled_run_ends_at_once_and_the_next_one_works(workers: Workers, file: Path, tmp_path: Path) -> None:
    names = {"started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
    task = asyncio.create_task(run(workers, "wait_for", file, **names))
    await until((tmp_path / "started").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (tmp_path / "until").touch()
    assert (await run(workers, "echo", file))["text"] == "hello"


async def test_an_error_in_the_block_is_the_callers(workers: Workers, file: Path) -> None:
    with pytest.raises(TimeoutError, match="mine"):
        async with workers.run(analysis("leave_file"), str(file), mime_type="", size=5, settings={}) as answer:
            raise TimeoutError("mine")
    assert not answer.scratch.exists()


async def test_more_runs_than_places(workers: Workers, file: Path) -> None:
    assert workers.size == 2
    values = await asyncio.gather(*(run(workers, "echo", file, number=number) for number in range(50)))
    assert [value["settings"]["number"] for value in values] == list(range(50))


async def test_after_the_end_nothing_runs(workers: Workers, file: Path) -> None:
    await workers.close()  # type: ignore[attr-defined]  # both have it; who only runs analyses need not know
    with pytest.raises(WorkerError, match="closed"):
        await run(workers, "echo", file)


# What child processes survive


@pytest.mark.parametrize("function", ["null_pointer", "by_name"])
async def test_a_segmentation_fault_costs_one_file(pool: WorkerPool, file: Path, tmp_path: Path, function: str) -> None:
    with pytest.raises(WorkerCrashedError, match=rf"^test\.{function} crashed on this file \(SIGSEGV\)\.$"):
        await run(pool, function, tmp_path / "crash")
    assert (await run(pool, "echo", file))["text"] == "hello"


@pytest.mark.parametrize("status", [0, 3])
async def test_a_function_that_ends_its_process(pool: WorkerPool, file: Path, status: int) -> None:
    with pytest.raises(WorkerCrashedError, match=rf"without an answer on this file \(exit status {status}\)"):
        await run(pool, "end", file, status=status)


async def test_an_endless_loop_is_killed(pool: WorkerPool, file: Path, tmp_path: Path) -> None:
    await run(pool, "nothing", file)  # what starting takes is not what the test is about
    with pytest.raises(WorkerTimeoutError):
        await run(pool, analysis("forever", timeout=1.0), file, started=str(tmp_path / "started"))
    assert is_gone(int((tmp_path / "started").read_text()))


@linux
async def test_what_a_function_has_started_dies_with_it(pool: WorkerPool, file: Path, tmp_path: Path) -> None:
    await run(pool, "nothing", file)  # what starting takes is not what the test is about
    with pytest.raises(WorkerTimeoutError):
        await run(pool, analysis("start_other", timeout=1.0), file, started=str(tmp_path / "started"))
    other = int((tmp_path / "started").read_text())
    await until(lambda: is_gone(other))


@linux
async def test_memory_ends_where_the_analysis_says(pool: WorkerPool, file: Path) -> None:
    small = analysis("take_memory", memory=100 << 20)
    assert await run(pool, small, file, bytes=60 << 20) == {"taken": 60 << 20}
    with pytest.raises(WorkerCrashedError, match=r"^test\.take_memory needed more memory for this file than it may use\.$"):
        await run(pool, small, file, bytes=200 << 20)
    assert await run(pool, analysis("take_memory", memory=400 << 20), file, bytes=200 << 20) == {"taken": 200 << 20}


async def test_no_file_grows_without_end(pool: WorkerPool, file: Path, scratch: Path) -> None:
    with pytest.raises(WorkerCrashedError, match=r"OSError: .*File too large"):
        await run(pool, "write_much", file)
    assert list(scratch.rglob("big")) == []


async def test_what_a_function_prints_is_no_answer(pool: WorkerPool, file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert await run(pool, "chatter", file) == {"stdin": ""}
    assert await run(pool, "chatter", file) == {"stdin": ""}
    assert capfd.readouterr() == ("", "")


@linux
async def test_what_a_function_sees_of_the_world(scratch: Path, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "json.py").write_text("raise SystemExit('a file of the user was executed')")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DAM_DATABASE", "sqlite:///secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "")
    async with WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool:
        seen = await run(pool, "surroundings", file)
        assert "secret" not in json.dumps(seen["environment"])
        assert seen["environment"]["OMP_NUM_THREADS"] == "1"
        assert Path(seen["folder"]).parent.parent == scratch
        assert seen["temporary"] == seen["folder"]
        assert seen["core"] == 0
        assert seen["niceness"] == min(19, os.nice(0) + 5)
        assert len([name for name in seen["descriptors"] if name.startswith("socket:")]) == 1
        heavy = {"asyncio", "sqlalchemy", "pydantic", "multiprocessing", "dam.core.workers", "dam.core.world", "numpy"}
        assert heavy.isdisjoint(seen["modules"])


async def test_a_child_killed_from_outside(pool: WorkerPool, file: Path, tmp_path: Path) -> None:
    names = {"started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
    task = asyncio.create_task(run(pool, "wait_for", file, **names))
    await until((tmp_path / "started").exists)
    os.kill(int((tmp_path / "started").read_text()), signal.SIGKILL)
    with pytest.raises(WorkerCrashedError, match="SIGKILL"):
        await task
    idle = (await run(pool, "by_name", file))["child"]
    os.kill(idle, signal.SIGKILL)
    await until(lambda: is_gone(idle))
    await until(lambda: not pool._children)
    assert (await run(pool, "by_name", file))["child"] != idle


async def test_five_hundred_files_of_which_some_crash(pool: WorkerPool, tmp_path: Path) -> None:
    paths = [tmp_path / (f"crash{number}" if number % 50 == 7 else f"fine{number}") for number in range(500)]
    outcomes = await asyncio.gather(*(run(pool, "by_name", path) for path in paths), return_exceptions=True)
    for path, outcome in zip(paths, outcomes, strict=True):
        if "crash" in path.name:
            assert isinstance(outcome, WorkerCrashedError)
        else:
            assert isinstance(outcome, dict)
            assert outcome["name"] == path.name


async def test_what_waits_behind_a_crash_or_a_timeout_is_done_elsewhere(scratch: Path, file: Path, tmp_path: Path) -> None:
    async with WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool:
        slow = run(pool, analysis("forever", timeout=0.3), file, started=str(tmp_path / "started"))
        for bad in (slow, run(pool, "by_name", "/crash")):
            tasks = [asyncio.create_task(one) for one in (bad, run(pool, "echo", file), run(pool, "echo", file))]
            with pytest.raises(WorkerError):
                await tasks[0]
            assert [(await task)["text"] for task in tasks[1:]] == ["hello", "hello"]


async def test_an_idle_child_takes_over_what_waits_behind_a_slow_file(pool: WorkerPool, file: Path, tmp_path: Path) -> None:
    slow = [
        asyncio.create_task(run(pool, "wait_for", file, started=str(tmp_path / f"started{n}"), until=str(tmp_path / f"until{n}")))
        for n in range(2)
    ]
    behind = [asyncio.create_task(run(pool, "by_name", file)) for _ in range(2)]
    await until(lambda: (tmp_path / "started0").exists() and (tmp_path / "started1").exists())
    assert [len(child.runs) for child in pool._children] == [2, 2]
    (tmp_path / "until0").touch()
    fast = {value["child"] for value in await asyncio.gather(*behind)}
    assert fast == {(await slow[0])["child"]}
    assert not slow[1].done()
    (tmp_path / "until1").touch()
    assert (await slow[1])["child"] not in fast
    await until(lambda: not any(child.runs for child in pool._children))
    assert (await run(pool, "echo", file))["text"] == "hello"


async def test_cancelling_what_waits_disturbs_nobody(scratch: Path, file: Path, tmp_path: Path) -> None:
    async with WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool:
        names = {"started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
        first = asyncio.create_task(run(pool, "wait_for", file, **names))
        others = [asyncio.create_task(run(pool, "leave_file", file)) for _ in range(5)]
        await until((tmp_path / "started").exists)
        for task in others[:4]:
            task.cancel()
        await asyncio.gather(*others[:4], return_exceptions=True)
        (tmp_path / "until").touch()
        child = (await first)["child"]
        assert await others[4] == {"file": "small.webp"}
        assert (await run(pool, "by_name", file))["child"] == child
        assert list(scratch.rglob("small.webp")) == []


async def test_children_are_renewed_after_a_number_of_runs(scratch: Path, file: Path) -> None:
    async with WorkerPool(scratch=scratch, size=1, runs_per_child=10, import_paths=[HERE]) as pool:
        values = await asyncio.gather(*(run(pool, "by_name", file) for _ in range(35)))
    assert len({value["child"] for value in values}) == 4


@linux
async def test_children_are_renewed_when_they_grow(scratch: Path, file: Path) -> None:
    async with WorkerPool(scratch=scratch, size=1, memory_growth=50 << 20, import_paths=[HERE]) as pool:
        values = [await run(pool, "keep_memory", file, bytes=30 << 20) for _ in range(4)]
    assert [value["child"] for value in values] == [values[0]["child"]] * 2 + [values[2]["child"]] * 2
    assert values[0]["child"] != values[2]["child"]


async def test_children_start_when_they_are_needed(pool: WorkerPool, file: Path, scratch: Path) -> None:
    assert not scratch.exists()
    for _ in range(3):
        await run(pool, "echo", file)
    assert len(pool._children) == 1


async def test_a_child_that_cannot_be_started(scratch: Path, file: Path) -> None:
    async with WorkerPool(scratch=scratch, size=1, python="/no/such/python") as pool:
        with pytest.raises(WorkerError, match=r"No process can be started to read files: .*No such file"):
            await run(pool, "echo", file)


async def test_a_child_that_dies_before_it_can_work(scratch: Path, file: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'the library is missing' >&2\nexit 1\n")
    python.chmod(0o755)
    async with WorkerPool(scratch=scratch, size=1, python=str(python)) as pool:
        outcomes = await asyncio.gather(*(run(pool, "echo", file) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["The process that reads files does not start: the library is missing"] * 3


async def test_a_child_that_talks_nonsense(scratch: Path, file: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    ready = b'\x00\x00\x00\x0e{"ready":true}'
    for said in (ready + b"\x00\x00\x00\x02[]", b"\xff\xff\xff\xff", ready + b'\x00\x00\x00\x0c{"run": 1234}'):
        python.write_bytes(f"#!{sys.executable}\nimport os, time\nos.write(0, {said!r})\ntime.sleep(1000)\n".encode())
        python.chmod(0o755)
        async with WorkerPool(scratch=scratch, size=1, python=str(python)) as pool:
            with pytest.raises(WorkerError):
                await run(pool, "echo", file)


@linux
async def test_nothing_is_left_after_closing(scratch: Path, file: Path, tmp_path: Path) -> None:
    tasks, descriptors, processes = asyncio.all_tasks(), descriptors_open(), children()
    pool = WorkerPool(scratch=scratch, size=2, import_paths=[HERE])
    await asyncio.gather(*(run(pool, "by_name", f"/crash{n}" if n == 3 else file) for n in range(20)), return_exceptions=True)
    running = [asyncio.create_task(run(pool, "forever", file, started=str(tmp_path / f"started{number}"))) for number in range(7)]
    await until(lambda: (tmp_path / "started0").exists() and (tmp_path / "started1").exists())
    await pool.close()
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {WorkersClosedError}
    assert children() == processes
    assert descriptors_open() == descriptors
    assert asyncio.all_tasks() == tasks
    assert list(scratch.iterdir()) == []


def test_the_event_loop_may_close_right_after(scratch: Path, file: Path) -> None:
    async def short() -> dict[str, Any]:
        async with WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool:
            return await run(pool, "echo", file)

    assert asyncio.run(short())["text"] == "hello"
    assert asyncio.run(short())["text"] == "hello"


PARENT = """
import asyncio, sys
from pathlib import Path
from dam.core.analysis import Analysis, understood
from dam.core.workers import WorkerPool

async def main():
    pool = WorkerPool(scratch=Path(sys.argv[1]), size=2, import_paths=[sys.argv[2]])
    async def run(function, **settings):
        async with pool.run(Analysis("x", 1, "worker_functions:" + function), "/", mime_type="", size=0, settings=settings) as answer:
            return answer.value
    busy = asyncio.create_task(run("forever", started=sys.argv[3]))
    await asyncio.sleep(0)
    idle = await run("by_name")
    Path(sys.argv[4]).write_text(str(idle["child"]) + "\\n")
    await busy

asyncio.run(main())
"""


@linux
async def test_children_and_scratch_of_a_killed_process(scratch: Path, file: Path, tmp_path: Path) -> None:
    busy, idle = tmp_path / "busy", tmp_path / "idle"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(scratch), HERE, str(busy), str(idle)])
    await until(lambda: busy.exists() and idle.exists() and idle.read_text().endswith("\n"))
    parent.kill()
    parent.wait()
    for child in (busy, idle):
        await until(partial(is_gone, int(child.read_text())))
    (left,) = scratch.iterdir()
    async with (
        WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as pool,
        WorkerPool(scratch=scratch, size=1, import_paths=[HERE]) as other,
    ):
        await run(pool, "nothing", file)
        await run(other, "nothing", file)
        await until(lambda: not left.exists())
        assert len(list(scratch.iterdir())) == 2


async def test_the_parent_has_little_to_do_for_a_run(pool: WorkerPool, file: Path) -> None:
    for _ in range(4):
        await asyncio.gather(*(run(pool, "nothing", file) for _ in range(4)))
    before = time.process_time()
    for _ in range(50):
        await asyncio.gather(*(run(pool, "nothing", file) for _ in range(6)))
    assert (time.process_time() - before) / 300 < 0.002  # it is 0.00015 on a machine that has nothing else to do


def test_dam_errors_are_what_a_person_reads() -> None:
    assert issubclass(WorkerError, DamError)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (zlib.error("Error -3 while decompressing data"), "Error -3 while decompressing data"),
        (EOFError("'The end.'"), "The end"),
        (OSError("one\n  and  two " + "x" * 500), "one and two " + "x" * 187 + "…"),
        (OSError(22, "Invalid argument"), "its parts contradict each other, or it ends too early"),
        (IndexError("list index out of range"), "its parts contradict each other, or it ends too early"),
        (struct.error("unpack requires a buffer of 4 bytes"), "its parts contradict each other, or it ends too early"),
        (EOFError(), "its parts contradict each other, or it ends too early"),
    ],
)
def test_a_reason_speaks_of_the_file_and_not_of_code(error: Exception, words: str) -> None:
    with pytest.raises(ContentCorruptError) as caught, understood("The font"):
        raise error
    assert str(caught.value) == f"The font cannot be read ({words})."
