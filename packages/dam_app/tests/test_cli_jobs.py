"""The verbs `jobs` and `worker`; the worker is a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cli_runs import Dam, run  # type: ignore[import-not-found]  # beside this file


def test_jobs_are_paused_counted_and_done_by_a_worker(dam: Dam, pictures: Callable[..., list[Path]]) -> None:
    folder = pictures(3, folder="three")[0].parent
    assert dam("jobs", "pause").code == 0
    assert dam("index", folder, "--json").document["analysed"] == 0
    before = dam("jobs", "--json").document
    assert (before["pending"], before["paused"]) == (3, True)
    assert dam("jobs", "resume").code == 0
    worked = run(dam.home, "worker")
    assert worked.code == 0, worked.err
    after = dam("jobs", "list", "--json").document
    assert (after["pending"], after["paused"], after["runs"]) == (0, False, [])
    metadata = next(one for one in after["analyses"] if one["name"].startswith("image."))
    assert (metadata["done"], metadata["pending"]) == (3, 0)
    assert metadata["seconds"] > 0
    assert dam("jobs", "pause", "nothing.such").code == 2
    assert dam("jobs", "retry", folder / "no.jpg").code == 1
    assert dam("jobs", "retry", "1").out == "0 tried again\n"
    assert "0 assets wait" in dam("jobs").out


def test_the_doctor_says_what_holds_for_those_who_read_files(dam: Dam) -> None:
    rows = {row["check"]: row for row in dam("doctor", "--json").document}
    assert "memory" in rows["workers"]["detail"]
    assert "network" in rows["workers"]["detail"]
