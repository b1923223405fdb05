"""The verbs `jobs` and `worker`, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def dam(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dam_app.cli.main import main; main()", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_jobs_are_paused_counted_and_done_by_a_worker(tmp_path: Path, pictures: Callable[..., list[Path]]) -> None:
    folder, home = pictures(3)[0].parent, tmp_path / "library"
    assert dam(home, "jobs", "pause").returncode == 0
    indexed = dam(home, "index", str(folder), "--json")
    assert json.loads(indexed.stdout)["analysed"] == 0
    before = json.loads(dam(home, "jobs", "--json").stdout)
    assert (before["pending"], before["paused"]) == (3, True)
    assert dam(home, "jobs", "resume").returncode == 0
    worked = dam(home, "worker")
    assert worked.returncode == 0, worked.stderr
    after = json.loads(dam(home, "jobs", "list", "--json").stdout)
    assert (after["pending"], after["paused"], after["runs"]) == (0, False, [])
    metadata = next(one for one in after["analyses"] if one["name"].startswith("image."))
    assert (metadata["done"], metadata["pending"]) == (3, 0)
    assert metadata["seconds"] > 0
    assert dam(home, "jobs", "pause", "nothing.such").returncode == 2
    assert "0 assets wait" in dam(home, "jobs").stdout


def test_the_doctor_says_what_holds_for_those_who_read_files(tmp_path: Path) -> None:
    rows = {row["check"]: row for row in json.loads(dam(tmp_path / "library", "doctor", "--json").stdout)}
    assert "memory" in rows["workers"]["detail"]
    assert "network" in rows["workers"]["detail"]
