"""Workers that share the analyses and are killed at random: everything is finished, and nothing is written twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from dam_app.cli.main import main
from dam_test_utils.pictures import png

LEASE, GRACE = 3.0, 60.0
AT_ONCE = 3
CONFIGURATION = """
[worlds.main]
enabled = ["dam_assets", "dam_fs", "dam_media_image"]
[worlds.main.plugins.dam_fs]
settle_seconds = 0
[worlds.main.plugins.dam_assets]
workers = 1
lease_seconds = {lease}
"""


class Life(NamedTuple):
    """What came of it: how many workers were killed, the longest time in which nothing was finished, and how long it took."""

    deaths: int
    pause: float
    seconds: float


class Library:
    """A library whose pictures wait to be analysed, and the processes that work on it."""

    def __init__(self, folder: Path, pictures: int) -> None:
        self.home, tree = folder / "home", folder / "pictures"
        self.home.mkdir()
        tree.mkdir()
        (self.home / "dam.toml").write_text(CONFIGURATION.format(lease=LEASE))
        for number in range(pictures):
            (tree / f"{number}.png").write_bytes(png(12, 9, seed=number))
        for arguments in (("jobs", "pause"), ("index", str(tree)), ("jobs", "resume")):
            with suppress(SystemExit):
                main(["--home", str(self.home), *arguments])

    def worker(self) -> subprocess.Popen[bytes]:
        """A process of its own that works until nothing is left; `dam worker`."""
        command = [sys.executable, "-m", "dam_app", "--home", str(self.home), "worker"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.home / "dam.db", timeout=30)) as database:
            return database.execute(statement).fetchall()

    def holders(self) -> set[int]:
        """The processes that have taken some of the work."""
        return {int(str(row[0]).split("/")[-2]) for row in self.ask("SELECT DISTINCT owner FROM analysis_leases")}

    def finished(self) -> int:
        return int(str(self.ask("SELECT count(*) FROM component_analysis_record")[0][0]))

    def unequal(self) -> dict[str, list[tuple[object, ...]]]:
        """Tables of which not every picture has as many rows: there, something was written twice or not at all."""
        tables = [str(row[0]) for row in self.ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'component_%'")]
        tables = [name for name in tables if ("entity_id",) in self.ask(f"SELECT name FROM pragma_table_info('{name}')")]
        counts = {name: self.ask(f"SELECT DISTINCT count(*) FROM {name} GROUP BY entity_id") for name in tables}
        return {name: rows for name, rows in counts.items() if len(rows) > 1}


def work_and_die(library: Library, deaths: int, seed: int, workers_at_once: int) -> Life:
    """Let some workers share the work; kill one that has taken some, a moment later, and start another, so many times."""
    chance, begun = random.Random(seed), time.monotonic()
    workers = [library.worker() for _ in range(workers_at_once)]
    killed, before, last, pause = 0, 0, begun, 0.0
    kill_at: dict[int, float] = {}
    try:
        while any(worker.poll() is None for worker in workers):
            time.sleep(0.05)
            now, finished = time.monotonic(), library.finished()
            if finished != before or killed < deaths:  # while they die one after the other, they need not get anything done
                before, last, pause = finished, now, max(pause, now - last if killed == deaths else 0.0)
            holders = library.holders()
            for place, worker in enumerate(workers):
                if killed < deaths and worker.pid in holders and worker.poll() is None:
                    if now < kill_at.setdefault(worker.pid, now + chance.random() * 2):
                        continue
                    os.kill(worker.pid, signal.SIGKILL)
                    worker.wait()
                    killed += 1
                    workers[place] = library.worker()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return Life(killed, pause, time.monotonic() - begun)


def check(library: Library, pictures: int) -> None:
    states = library.ask("SELECT status, count(*) FROM component_asset GROUP BY status")
    assert states == [("ready", pictures)]
    assert library.finished() == pictures
    assert library.unequal() == {}
    assert library.ask("SELECT count(*) FROM analysis_leases") == [(0,)]


def test_workers_that_die_lose_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path, 60)
    life = work_and_die(library, 2, seed=1, workers_at_once=2)
    check(library, 60)
    assert life.deaths
    assert life.pause < LEASE + GRACE


@pytest.mark.proof
def test_fifty_workers_that_die_lose_nothing(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    library = Library(tmp_path, 1000)
    life = work_and_die(library, 50, seed=12, workers_at_once=AT_ONCE)
    (pytestconfig.rootpath / "docs/proof/worker-deaths.md").write_text(f"""# Workers that die

1,000 pictures that wait to be analysed, and {AT_ONCE} processes `dam worker` that share them (SQLite, leases of {LEASE:g} s). One
that has taken some of the work is killed (SIGKILL) within the next two seconds, again and again, and another is started in its place.

| What | Figure |
|---|---|
| workers killed | {life.deaths} |
| pictures unfinished | {1000 - library.finished()} |
| components written twice | {len(library.unequal())} |
| leases left | {library.ask("SELECT count(*) FROM analysis_leases")[0][0]} |
| longest time in which nothing was finished after the last death (allowed: {LEASE + GRACE:g} s) | {life.pause:.1f} s |
| seconds for all, on two cores that others used as well | {life.seconds:.0f} |

`poe proof` writes this; `tests/scenarios/test_worker_deaths.py` has the test.
""")
    check(library, 1000)
    assert life.deaths == 50
    assert life.pause < LEASE + GRACE
