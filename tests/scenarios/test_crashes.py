"""A library that is killed at every fault point, and at random moments: nothing that was acknowledged is lost, and it always goes on.

The full figures, under `poe proof`, are two hundred random kills, eighty kills of a client that tries again, and every point at its first
and at a later time; their report is `docs/proof/crashes.md`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dam.core.faults import POINTS

LIFE = Path(__file__).with_name("crash_life.py")
MIGRATING = [point for point in POINTS if point.startswith("migrate.")]
ONCE = {
    "index.before_batch",
    "index.after_batch",
    "index.before_finish",
    "migrate.before_commit",
    "analyse.before_write",
    "trash.before_objects",
}
"""What a short life may pass only once."""
Job = dict[str, Any]


def run(jobs: list[Job], folder: Path) -> list[Job]:
    """Let libraries live and die as the jobs say."""
    done = subprocess.run([sys.executable, LIFE, folder], input=json.dumps(jobs), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[Job] = json.loads(done.stdout)
    sys.stderr.write(done.stderr)  # why a child ended by itself
    return answers


def check(jobs: list[Job], answers: list[Job]) -> None:
    for job, answer in zip(jobs, answers, strict=True):
        assert not answer["problems"], f"{job}: {answer['problems']}"


def random_kills(kills: int, *, each: int, seed: int, retry: bool = False) -> list[Job]:
    chance = random.Random(seed)
    latest = 0.5 if retry else 1.0  # of a short life
    return [{"kill_after": [chance.uniform(0, latest) for _ in range(each)], "retry": retry} for _ in range(kills // each)]


OTHERS = [point for point in POINTS if point not in MIGRATING]
DEATHS = [MIGRATING, *(OTHERS[first::2] for first in range(2))]
EVERY_POINT: list[Job] = [
    {"new_database": True},
    *({"faults": [f"{point}=kill" for point in points], "new_database": points is MIGRATING} for points in DEATHS),
]
RANDOM = random_kills(10, each=10, seed=1)
RETRIES = random_kills(3, each=3, seed=2, retry=True)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    """What came of all jobs; one process does them, for to begin takes as long as several deaths."""
    return run([*EVERY_POINT, *RANDOM, *RETRIES], tmp_path_factory.mktemp("lives"))


def test_killed_at_every_point(answers: list[Job]) -> None:
    """A short life passes every point; a library dies at some one after the other, and then lives."""
    whole, *others = found = answers[: len(EVERY_POINT)]
    check(EVERY_POINT, found)
    assert set(whole["passed"]) == set(POINTS)
    assert [answer["deaths"] for answer in others] == list(map(len, DEATHS))


def test_killed_at_random_moments(answers: list[Job]) -> None:
    (found,) = answers[len(EVERY_POINT) : -len(RETRIES)]
    check(RANDOM, [found])
    assert found["deaths"]


def test_a_client_that_tries_again(answers: list[Job]) -> None:
    (found,) = answers[-len(RETRIES) :]
    check(RETRIES, [found])
    assert found["acknowledged"] <= 3


@pytest.mark.proof
def test_the_full_figures(tmp_path: Path, repository: Path) -> None:
    report = [
        "# Killed, and nothing lost",
        "",
        "| What | Deaths | Acknowledged | Lost, dangling, corrupt or left behind | Seconds |",
        "|---|---|---|---|---|",
    ]
    every = [(point, at) for point in POINTS for at in (1, 2) if at == 1 or point not in ONCE]
    later: list[Job] = [{"faults": [f"{point}=kill@{at}"], "new_database": point in MIGRATING} for point, at in every]
    for what, jobs in (
        ("kill -9 at 200 random moments", random_kills(200, each=20, seed=11)),
        ("80 kills, the client tries again", random_kills(80, each=20, seed=12, retry=True)),
        (f"kill -9 at each of {len(POINTS)} fault points", later),
    ):
        began = time.monotonic()
        (tmp_path / what).mkdir()
        answers = run(jobs, tmp_path / what)
        check(jobs, answers)
        deaths, acknowledged = (sum(answer[key] for answer in answers) for key in ("deaths", "acknowledged"))
        assert acknowledged, "whoever dies before anything was acknowledged shows nothing"
        report.append(f"| {what} | {deaths} | {acknowledged} | 0 | {time.monotonic() - began:.0f} |")
    report += ["", "`poe proof` writes this; `tests/scenarios/test_crashes.py` has the test, `dam.core.faults` the points.", ""]
    (repository / "docs" / "proof" / "crashes.md").write_text("\n".join(report), "utf-8")
