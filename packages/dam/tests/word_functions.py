"""The analysis of the tests of `dam.assets`: it does what stands in the file."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.core.analysis import Content, note_missing_tool
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError


def analyse(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What it does stands in the file; every run leaves a line behind."""
    with Path(settings["runs"]).open("a") as runs:
        runs.write(f"{settings.get('who', 'first')}:{Path(content.path).name}\n")
    word = Path(content.path).read_text().split()[0]
    if word == "corrupt":
        raise ContentCorruptError("It is damaged.")
    if word == "unsupported":
        raise ContentUnsupportedError("Nobody reads that.")
    if word in ("better", "only") and not Path(settings["tool"]).exists():
        note_missing_tool("a lens")
        if word == "only":
            raise ContentUnsupportedError("Nobody reads that without a lens.")
    if word == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "hang":
        time.sleep(600)
    if word == "bug":
        raise KeyError("a bug")
    if word == settings.get("fail_on"):
        raise ContentCorruptError("The second one cannot.")
    Path(content.scratch, "made").write_bytes(b"thumbnail")
    return {"word": word, "made": "made"}
