"""What every test below this folder is given: where the repository lies. And a whole run proves what docs/coverage.md says it does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dam_test_utils.proved import NO_SAMPLES, Outcomes, Proof, unproved_rows

pytest_plugins = ["dam_test_utils.fixtures"]

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


def pytest_configure(config: pytest.Config) -> None:
    """Take notes of a whole run, in the process that hears of all tests."""
    option = config.option
    is_part = option.keyword or option.collectonly or getattr(option, "lf", False) or option.maxfail or option.markexpr != "not proof"
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not is_part and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Notes(config), "proved")


class Notes:
    """Compares the outcomes of a whole run with the table of what is proved."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.outcomes = Outcomes()
        self.wrong: dict[Proof, str] = {}
        self.is_strict = os.environ.get("CI") == "true"  # there, .ci/run has installed all that tests want

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test of this process, or of one that works for it, has got so far."""
        self.outcomes.note(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A row whose test did not run fails the run; one that was skipped does so where everything is installed."""
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        text = (REPOSITORY / "docs" / "coverage.md").read_text("utf-8")
        self.wrong = dict(unproved_rows(text, self.outcomes))
        if exitstatus == pytest.ExitCode.OK and any(map(self.is_fatal, self.wrong.values())):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def is_fatal(self, reason: str) -> bool:
        """Whether the run fails for it."""
        skipped = reason.startswith("was skipped: ")
        return not skipped or (self.is_strict and NO_SAMPLES not in reason)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which rows of the table this run did not prove."""
        if self.wrong:
            terminalreporter.section("docs/coverage.md: not proved by this run")
        for proof, reason in self.wrong.items():
            kind = "ERROR" if self.is_fatal(reason) else "warning"
            terminalreporter.line(f"{kind}: {proof.number} {proof.what}: {proof.file}::{proof.test} {reason}")
