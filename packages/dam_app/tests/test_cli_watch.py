"""`dam watch` as a person runs it: a process that follows changes, and that ends when it is told to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_runs import ENVIRONMENT, Dam  # type: ignore[import-not-found]  # beside this file

PATIENCE = 120.0

LIMIT = Path("/proc/sys/fs/inotify/max_queued_events")


class Watch:
    """A running `dam watch --jsonl`, whose news goes to a file."""

    def __init__(self, home: Path, folder: Path, *prefix: str) -> None:
        self.told = folder / "told"
        environment = os.environ | ENVIRONMENT | {"DAM_FS__POLL_SECONDS": "0.3", "PYTHONUNBUFFERED": "1"}
        command = [*prefix, sys.executable, "-m", "dam_app", "--home", str(home), "watch", "--jsonl"]
        with self.told.open("w") as told:
            self.process = subprocess.Popen(command, stdout=told, stderr=subprocess.PIPE, env=environment, text=True)

    def news(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.told.read_text().splitlines()]

    def until(self, check: Callable[[list[dict[str, Any]]], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not check(self.news()):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_follows_changes_until_it_is_ended(dam: Dam, tmp_path: Path, number: signal.Signals) -> None:
    dam("index", dam.tree)
    (dam.tree / "while it slept").write_text("1")
    watch = Watch(dam.home, tmp_path)
    try:
        watch.until(lambda news: any(one.get("new") == 1 for one in news))
        (dam.tree / "while it watched").write_text("2")
        watch.until(lambda news: sum(one.get("new", 0) for one in news) == 2)
        assert watch.news()[0] == {"root": "files", "mode": "live", "message": None}
        code, told = watch.end(number)
        assert (code, [line for line in told.splitlines() if "stood still" not in line]) == (0, [])  # as a busy machine may let it
    finally:
        watch.process.kill()
        watch.process.communicate()
    assert dam("index", "--json").document["unchanged"] == 6


def test_only_a_known_root_is_watched(dam: Dam) -> None:
    ended = dam("watch", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "dam roots" in ended.err


@pytest.mark.skipif(not LIMIT.exists(), reason="needs inotify")
def test_all_is_found_though_the_queue_of_the_system_runs_over(dam: Dam, tmp_path: Path) -> None:
    """A program that is stopped hears of nothing; what the system's queue has no room for meanwhile is told by nobody."""
    busy, quiet = dam.tree / "busy", dam.tree / "quiet"
    for folder in (busy, quiet):
        folder.mkdir()
        (folder / "there").write_text(folder.name)
    dam("index", dam.tree)
    watch, count = Watch(dam.home, tmp_path), int(LIMIT.read_text())
    try:
        watch.until(lambda news: any("new" in one for one in news))
        for found, files in enumerate((count // 3, 2), start=1):
            watch.process.send_signal(signal.SIGSTOP)
            names = [f"{busy}/passing{number % files}" for number in range(count)]
            for name in names:  # each time it is opened and closed is told
                os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
            for name in set(names):
                os.unlink(name)  # noqa: PTH108 - some thousand Paths take their time
            (quiet / f"after {files}").write_text(f"after a flood of {files} files")
            watch.process.send_signal(signal.SIGCONT)
            watch.until(lambda news, found=found: sum(one.get("new", 0) for one in news) == found)  # type: ignore[misc]  # a default argument binds the loop's value
        assert watch.end(signal.SIGTERM)[0] == 0
    finally:
        watch.process.kill()
        watch.process.communicate()


def may_limit_watches() -> bool:
    """Whether this user may make a user namespace with a limit of watches of its own."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-Ur", "sh", "-c", "echo 30 > /proc/sys/user/max_inotify_watches"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not may_limit_watches(), reason="needs `unshare -Ur` and /proc/sys/user/max_inotify_watches")
def test_all_is_found_though_the_system_watches_too_few_folders(dam: Dam, tmp_path: Path) -> None:
    big = tmp_path / "big"
    for number in range(100):
        (big / f"{number}").mkdir(parents=True)
        (big / f"{number}" / "a").write_text(f"content {number}")
    dam("index", big)
    limited = 'echo 30 > /proc/sys/user/max_inotify_watches; exec "$@"'
    watch = Watch(dam.home, tmp_path, "unshare", "-Ur", "sh", "-c", limited, "sh")
    try:
        watch.until(lambda news: any("new" in one for one in news))
        first = watch.news()[0]
        assert (first["mode"], "30" in first["message"]) == ("polled", True)
        for number in range(100):
            (big / f"{number}" / "b").write_text(f"other content {number}")
        watch.until(lambda news: sum(one.get("new", 0) for one in news) == 100)
        assert watch.end(signal.SIGTERM)[0] == 0
    finally:
        watch.process.kill()
        watch.process.communicate()
