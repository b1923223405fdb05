"""What the tests of the command line share: running it in this process or as one of its own, and seeing how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dam_app.cli.main import main

ENVIRONMENT = {"DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1", "DAM_DOCUMENT__OCR": "off", "PYTHONUNBUFFERED": ""}
"""Settled at once, one child process, Tesseract or not is the same, and Python holds its output back as it does for people."""


class Ended(NamedTuple):
    """How a run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """What `--jsonl` printed: nothing but objects, one a line."""
        rows = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(row, dict) for row in rows)
        return rows


class Dam:
    """The command line in this process, with a home of its own."""

    def __init__(self, home: Path, tree: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home, self.tree = home, tree
        self._capture = capture

    def __call__(self, *arguments: str | Path) -> Ended:
        return self.bare("--home", self.home, *arguments)

    def bare(self, *arguments: str | Path) -> Ended:
        """A run without `--home`."""
        self._capture.readouterr()
        code: Any = 0
        try:
            main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code or 0
        out, err = self._capture.readouterr()
        assert "Traceback" not in err
        return Ended(int(code), out, err)

    def fails(self, code: int, *arguments: str | Path) -> str:
        """Runs what must fail: nothing on stdout, one line on stderr."""
        ended = self(*arguments)
        assert (ended.code, ended.out) == (code, ""), ended
        assert len(ended.err.splitlines()) == 1, ended.err
        assert ended.err.startswith("dam: ")
        return ended.err


def start(home: Path, *arguments: str | Path, program: str = "dam") -> subprocess.Popen[str]:
    """The command line as a process of its own."""
    command = [str(Path(sys.executable).with_name(program)), "--home", str(home), *map(str, arguments)]
    return subprocess.Popen(command, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(home: Path, *arguments: str | Path, program: str = "dam") -> Ended:
    """The same, waited for."""
    process = start(home, *arguments, program=program)
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out, err)
