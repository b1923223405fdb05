"""A short life of a library that dies again and again: what the crash tests run, in a process of its own.

    python crash_life.py FOLDER < jobs.json > answers.json

A job is {"faults": ["<DAM_FAULTS>"], "kill_after": [share of a life], "new_database": bool, "retry": bool}: for each of the `faults`, or
every moment in `kill_after`, a child lives until it dies, and what it acknowledged is noted. A share of 1 is as long as a child
has lived that was left alone, so that a slow machine kills no earlier in a life than a fast one. Each has new files; with `retry`, only
every fifth has, and the others try the same again. Then a last child lives without faults and checks the library. Children are forked
from a process that has lived such a life itself, so that everything is imported and prepared once.

An answer is {"deaths": n, "acknowledged": n, "passed": {point: times in the last life}, "problems": [sentences]}.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config  # noqa: F401 - the same
import sqlalchemy.dialects.sqlite.aiosqlite  # noqa: F401 - the same

from dam.assets.commands import EmptyTrashCommand, StoreFilesCommand, TrashAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.core.faults import ArmedFaults, arm, parse_faults
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_test_utils.notes import NOTE

OPTIONS: dict[str, dict[str, Any]] = {"dam_fs": {"settle_seconds": 0, "reserve": 0, "readers": 1}, "dam_assets": {"workers": 1}}


def note_findings(answer: Mapping[str, Any]) -> Findings:
    """What the analysis of a note found: a derived file in the cache."""
    assert answer["size"] >= 0
    return Findings(files={"note.txt": "note.txt"})


async def live(folder: Path, acknowledge: Callable[[str], None]) -> None:
    """Open the library, take every file of `added` into the store one at a time, index `placed`, and wait for the analyses.

    Then take one more into the store, and throw it away.
    """
    world = create_world(settings=WorldSettings.in_directory("life", folder / "home", **OPTIONS), plugins=[AssetsPlugin(), FsPlugin()])
    world.register_driver(AssetDriver("text", ("text/plain",), analyses=(AssetAnalysis(NOTE, note_findings),)))
    async with world:
        for path in sorted((folder / "added").iterdir()):
            for told in (await world.dispatch_command(StoreFilesCommand((path,)))).one():
                if told.status == "failed":
                    raise RuntimeError(f"{path}: {told.error}")
                acknowledge(str(told.sha256))
        summary = (await world.dispatch_command(IndexPathCommand(folder / "placed", "placed"))).one()
        if summary.failed:
            raise RuntimeError(str(summary.failed))
        await world.settled()
        (told,) = (await world.dispatch_command(StoreFilesCommand((folder / "thrown.txt",)))).one()
        await world.dispatch_command(TrashAssetsCommand((told.entity_id or 0,)))
        await world.dispatch_command(EmptyTrashCommand(confirmed=True))
        await world.settled()


def check(folder: Path, acknowledged: set[str]) -> list[str]:
    """Every promise that is broken, as a sentence."""
    store = FileStorageResource(folder / "home" / "store")
    database = sqlite3.connect(folder / "home" / "dam.db")
    try:
        checks = [row for name in ("integrity_check", "foreign_key_check") for row in database.execute(f"PRAGMA {name}").fetchall()]
        rows = database.execute(
            "SELECT r.path || CAST('/' AS BLOB) || l.path, l.content, l.storage_type, a.status FROM component_file_location l"
            " JOIN roots r ON r.id = l.root_id LEFT JOIN component_asset a ON a.entity_id = l.entity_id WHERE l.status = 'present'"
        ).fetchall()
    finally:
        database.close()
    objects, contents = set(store.identifiers()), {row[1] for row in rows}
    kept = {content.hex() for _, content, kind, _ in rows if kind != "in_place"}
    sources = [file for kind in ("added", "placed") for file in (folder / kind).iterdir()]
    return [
        *(f"the database says {row}" for row in checks if row != ("ok",)),
        *(f"lost: {identifier} was acknowledged, and no row has it" for identifier in acknowledged - kept),
        *(f"orphan: {identifier} is in the store, and no row has it" for identifier in objects - kept),
        *(f"corrupt: {identifier}" for identifier in objects if not store.verify(identifier)),
        *(f"not found again: {file}" for file in sources if hashlib.sha256(file.read_bytes()).digest() not in contents),
        *(
            f"left behind: {left}"
            for place in ("store/tmp", "cache/tmp", "store/quarantine")
            for left in (folder / "home" / place).glob("*")
        ),
        *(problem for path, content, _, status in rows for problem in check_row(folder, Path(os.fsdecode(path)), content, status)),
    ]


def check_row(folder: Path, file: Path, content: bytes, status: str | None) -> Iterator[str]:
    """Whether a row tells the truth about a file, and all was derived from it that should be."""
    if not file.is_file() or hashlib.sha256(file.read_bytes()).digest() != content:
        yield f"dangling: {file} is not what its row says"
    elif status != "ready":
        yield f"unfinished: {file} is {status}"
    else:
        note = folder / "home" / "cache" / content.hex()[:2] / content.hex()[2:4] / content.hex() / "note.txt"
        if not note.is_file() or note.read_text() != str(file.stat().st_size):
            yield f"not derived: {note} of {file}"


Work = Callable[[Callable[[str], None]], None]


def in_child(work: Work, kill_after: float | None = None) -> tuple[int, list[str]]:
    """Run in a fork, which may die; gives its wait status and the lines that it has told until then."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            work(lambda line: void(os.write(writing, line.encode() + b"\n")))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as stream:
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        told = stream.readall() or b""
    _, status = os.waitpid(child, 0)
    return status, told.decode().splitlines()


def void(_: object) -> None:
    """Take an answer, and want none of it."""


def new_library(folder: Path) -> None:
    """Make an empty library, and files for it."""
    make_files(folder, 0)
    (folder / "home").mkdir()
    shutil.copyfile(template(folder.parent), folder / "home" / "dam.db")


def length_of_a_life(folder: Path) -> float:
    """The seconds that a child lives that is left alone."""
    new_library(folder)
    began = time.monotonic()
    in_child(lambda tell: asyncio.run(live(folder, tell)))
    return time.monotonic() - began


def run_job(job: dict[str, Any], folder: Path, length: float) -> dict[str, Any]:
    """Let a library live and die as the job says, then live once more, and look at it."""
    if job.get("new_database"):
        make_files(folder, 0)
    else:
        new_library(folder)
    deaths, acknowledged, problems = 0, set[str](), list[str]()

    def dying(faults: str, tell: Callable[[str], None]) -> None:
        arm(ArmedFaults(*parse_faults(faults)))
        asyncio.run(live(folder, tell))

    def surviving(tell: Callable[[str], None]) -> None:
        counted = ArmedFaults()
        arm(counted)
        asyncio.run(live(folder, acknowledged.add))
        tell(json.dumps([dict(counted.passed), check(folder, acknowledged)]))

    lives: list[tuple[str, float | None]] = [(faults, None) for faults in job.get("faults", ())]
    lives += [("", moment) for moment in job.get("kill_after", ())]
    for number, (faults, moment) in enumerate(lives):
        make_files(folder, number // 5 if job.get("retry") else number)
        status, told = in_child(partial(dying, faults), None if moment is None else moment * length)
        acknowledged |= set(told)
        deaths += status == signal.SIGKILL
        if status != signal.SIGKILL and (moment is None or status):
            problems.append(f"the child did not die as it should have at {faults or moment}: {status}")
    status, told = in_child(surviving)
    passed, found = json.loads(told[-1]) if status == 0 else ({}, [f"the restart ended with {status}"])
    return {"deaths": deaths, "acknowledged": len(acknowledged), "passed": passed, "problems": problems + found}


def template(folder: Path) -> Path:
    """An empty database, made once."""
    path = folder / "template" / "dam.db"

    async def make() -> None:
        plugins = [AssetsPlugin(), FsPlugin()]
        async with create_world(settings=WorldSettings.in_directory("template", path.parent), plugins=plugins):
            pass

    if not path.exists():
        asyncio.run(make())
    return path


def make_files(folder: Path, seed: int) -> None:
    """Three small files to take and three to index, other ones for every seed; and one to throw away."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "thrown.txt").write_text("thrown away\n")
    for kind in ("added", "placed"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(3):
            file = folder / kind / f"{seed}-{number}.txt"
            if not file.exists():
                file.write_text(f"{kind} {seed} {number}\n" * 100)


def main() -> None:
    """Do every job that standard input names, in a new library each."""
    folder = Path(sys.argv[1])
    jobs, answers, length = json.load(sys.stdin), [], 0.0
    new_library(folder / "first")
    asyncio.run(live(folder / "first", void))
    for number, job in enumerate(jobs):
        if "kill_after" in job:  # measured anew each time: a machine is not always equally busy
            length = length_of_a_life(folder / f"length {number}")
        answers.append(run_job(job, folder / str(number), length))
        shutil.rmtree(folder / str(number))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
