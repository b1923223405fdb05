"""The table of what is proved names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROW = re.compile(r"\| (?P<number>\d+) \| [^|]+ \| `(?P<file>[^`]+)`(?: `(?P<test>\w+)`)? \|")


def test_the_tests_that_the_coverage_names_exist(repository: Path) -> None:
    text = (repository / "docs" / "coverage.md").read_text("utf-8")
    rows = [match for line in text.splitlines() if (match := ROW.fullmatch(line))]
    assert len(rows) > 50
    missing = []
    for row in rows:
        file = repository / row["file"]
        if not file.is_file() or (row["test"] and f"def {row['test']}(" not in file.read_text("utf-8")):
            missing.append(row[0])
    assert not missing
