"""The table of what is proved, compared with how a run went."""

from __future__ import annotations

from pathlib import Path

import pytest

from dam_test_utils.proved import Outcomes, proofs, unproved_rows

TABLE = """
| # | system | proved by |
|---|---|---|
| 1 | Passed | `tests/test_a.py` `test_passed` |
| 2 | Skipped | `tests/test_a.py` `test_skipped` |
| 3 | Failed | `tests/test_a.py` `test_failed` |
| 4 | Left out | `tests/test_a.py` `test_left_out` |
| 5 | Later | not yet |
| 6 | One variant | `tests/test_a.py` `test_variants` |
| 7 | In a class | `tests/test_a.py` `test_method` |
"""


def report(name: str, outcome: str, reason: str = "", when: str = "call") -> pytest.TestReport:
    longrepr = (f"{name}.py", 1, f"Skipped: {reason}") if outcome == "skipped" else None
    return pytest.TestReport(f"tests/test_a.py::{name}", ("", 0, ""), {}, outcome, longrepr, when)  # type: ignore[arg-type]  # literals


def test_rows_are_compared_with_outcomes() -> None:
    outcomes = Outcomes()
    for one in (
        report("test_passed", "passed", when="setup"), report("test_passed", "passed"), report("test_skipped", "skipped", "no browser"),
        report("test_failed", "failed"), report("test_variants[a]", "passed"),
        report("test_variants[b::c]", "skipped", "no server", "setup"), report("TestIt::test_method[x]", "passed"),
        report("test_left_out", "passed", when="setup"),
    ):  # fmt: skip
        outcomes.note(one)
    wrong = {proof.number: reason for proof, reason in unproved_rows(TABLE, outcomes).items()}
    assert wrong == {2: "was skipped: no browser", 3: "failed", 4: "did not run", 6: "was skipped: no server"}
    assert [proof.number for proof in proofs(TABLE)] == [1, 2, 3, 4, 6, 7]


def test_a_whole_run_fails_for_a_row_that_did_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import subprocess
    import sys

    conftest = Path(__file__).resolve().parents[3] / "tests" / "conftest.py"
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs").mkdir()
    plain = conftest.read_text("utf-8").replace('pytest_plugins = ["dam_test_utils.fixtures"]\n', "")  # they would take most of the time
    (tmp_path / "tests" / "conftest.py").write_text(plain)
    (tmp_path / "tests" / "test_a.py").write_text("import pytest\ndef test_passed(): pass\ndef test_skipped(): pytest.skip('no browser')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers = proof\n")

    def run(rows: str, *arguments: str, ci: str = "") -> tuple[int, str]:
        (tmp_path / "docs" / "coverage.md").write_text(rows)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not proof", *arguments]
        environment = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    passed, skipped, left_out = (line for line in TABLE.splitlines() if line.startswith(("| 1 ", "| 2 ", "| 4 ")))
    assert run(passed)[0] == 0
    status, text = run(f"{passed}\n{skipped}")
    assert status == 0
    assert "warning: 2 Skipped: tests/test_a.py::test_skipped was skipped: no browser" in text
    assert run(f"{passed}\n{skipped}", ci="true")[0] == 1
    status, text = run(left_out, "-p", "xdist", "-n", "2")
    assert status == 1
    assert "ERROR: 4 Left out: tests/test_a.py::test_left_out did not run" in text
    assert run(left_out, "-k", "passed")[0] == 0
