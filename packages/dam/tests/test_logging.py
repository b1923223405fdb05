"""Logging: to stderr, in one format, at the level that the environment says."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

PROGRAM = """
import logging
from dam.core.logging_config import setup_logging
setup_logging()
for level in ("debug", "info", "warning"):
    getattr(logging.getLogger("dam.test"), level)(level + " line")
logging.getLogger("PIL").debug("chatter")
"""
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - dam\.test - (DEBUG|INFO|WARNING) - \w+ line")


@pytest.mark.parametrize(
    ("value", "levels"),
    [
        ("DEBUG", ["DEBUG", "INFO", "WARNING"]),
        ("debug", ["DEBUG", "INFO", "WARNING"]),
        ("WARNING", ["WARNING"]),
        ("nonsense", ["INFO", "WARNING"]),
        (None, ["INFO", "WARNING"]),
    ],
)
def test_the_level_of_the_environment(value: str | None, levels: list[str]) -> None:
    environment = {name: one for name, one in os.environ.items() if name != "DAM_LOG_LEVEL"}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, **({"DAM_LOG_LEVEL": value} if value else {})},
    )
    assert run.stdout == ""
    lines = [LINE.fullmatch(line) for line in run.stderr.splitlines()]
    assert all(lines), run.stderr
    assert [line[1] for line in lines if line] == levels
