"""The table of what is proved: rows of a Markdown table that each name the test which proves them, compared with how a run went.

    | 12 | Thing | `packages/x/tests/test_y.py` `test_z` |

A row that says "not yet" instead of a test is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

_ROW = re.compile(r"\| (?P<number>\d+) \| (?P<what>[^|]+) \| `(?P<file>[^`]+)`(?: `(?P<test>\w+)`)? \|")
NO_SAMPLES = "no sample files"
"""How the reason of a skip begins where the real sample files are not there; nothing installs those."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One row: its number, what it is about, and the file and name of its test (empty when the row names a whole file)."""

    number: int
    what: str
    file: str
    test: str


def proofs(text: str) -> list[Proof]:
    """The rows of a table that name a file."""
    found = [match for line in text.splitlines() if (match := _ROW.fullmatch(line.strip()))]
    return [Proof(int(row["number"]), row["what"], row["file"], row["test"] or "") for row in found]


@dataclass(slots=True)
class Outcomes:
    """How tests ended: by file and name, the outcomes of all their variants, and why they were skipped."""

    by_test: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, report: pytest.TestReport) -> None:
        """Take note of a report: "passed", "failed", or the reason of a skip."""
        if report.when != "call" and report.passed:
            return
        file, _, rest = report.nodeid.partition("::")
        name = rest.partition("[")[0].rpartition("::")[2]
        outcome = report.outcome if not report.skipped else _reason(report.longrepr)
        self.by_test.setdefault((file, name), []).append(outcome)

    def unproved(self, proof: Proof) -> str | None:
        """Why a row is not proved by this run, as half a sentence; None if it is."""
        outcomes = self.by_test.get((proof.file, proof.test))
        if not outcomes:
            return "did not run"
        wrong = [outcome for outcome in outcomes if outcome != "passed"]
        if not wrong:
            return None
        return "failed" if "failed" in wrong else f"was skipped: {wrong[0]}"


def _reason(longrepr: object) -> str:
    text = str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")


def unproved_rows(text: str, outcomes: Outcomes) -> Mapping[Proof, str]:
    """The rows whose test did not run, failed or was skipped, with the reason."""
    return {proof: reason for proof in proofs(text) if (reason := outcomes.unproved(proof))}
