"""What the tests of the workers share: running a function of `worker_functions` in one, and waiting for what becomes of it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dam.core.analysis import Analysis
from dam.core.workers import Workers

HERE = str(Path(__file__).parent)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system's limits and /proc are those of Linux")


def analysis(function: str, *, timeout: float = 20.0, memory: int = 1 << 30) -> Analysis:
    return Analysis(f"test.{function}", 1, f"worker_functions:{function}", timeout=timeout, memory=memory)


async def run(workers: Workers, function: str | Analysis, path: str | Path, **settings: Any) -> dict[str, Any]:
    wanted = analysis(function) if isinstance(function, str) else function
    async with workers.run(wanted, str(path), mime_type="text/plain", size=5, settings=settings) as answer:
        return answer.value


async def until(condition: Callable[[], Any]) -> Any:
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not (result := condition()):
        assert time.monotonic() < deadline, "It has not come to pass."
        await asyncio.sleep(0.002)
    return result


def is_gone(process_id: int) -> bool:
    """Whether a process is dead, be it buried or not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
