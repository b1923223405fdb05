"""The table of what is proved names tests that exist; that they ran too, a whole run looks at its end (`tests/conftest.py`)."""

from __future__ import annotations

from pathlib import Path

from dam_test_utils.proved import proofs


def test_the_tests_that_the_coverage_names_exist(repository: Path) -> None:
    rows = proofs((repository / "docs" / "coverage.md").read_text("utf-8"))
    assert len(rows) > 50
    missing = []
    for row in rows:
        file = repository / row.file
        if not row.test or not file.is_file() or f"def {row.test}(" not in file.read_text("utf-8"):
            missing.append(f"{row.number}: {row.file} {row.test or '(a row names a test, not a whole file)'}")
    assert not missing


def test_every_row_is_read(repository: Path) -> None:
    text = (repository / "docs" / "coverage.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    said = {row.number for row in proofs(text)} | {int(line.split()[1]) for line in rows if line.endswith("| not yet |")}
    assert not [line for line in rows if int(line.split()[1]) not in said]
