"""`dam serve` as a user runs it: a process that serves, and that ends when it is told to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from dam_app.cli import invocation
from dam_app.cli.main import main

Serve = Callable[..., subprocess.Popen[str]]
PATIENCE = 60.0
SETTLED = {"DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1", "DAM_DOCUMENT__OCR": "off"}


@pytest.fixture
def home(tmp_path: Path, migrated_database: Path) -> Path:
    """A data directory with an empty library."""
    (tmp_path / "home").mkdir()
    shutil.copyfile(migrated_database, tmp_path / "home" / "dam.db")
    return tmp_path / "home"


@pytest.fixture
def serve(home: Path) -> Iterator[Serve]:
    """Starts `dam serve` with a home of its own; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dam_app", "--home", str(home), "serve", "--no-open", *arguments]
        process = subprocess.Popen(command, env=os.environ | SETTLED, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(check: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def ask(port: int, path: str) -> object:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


def test_it_serves_what_it_indexes_and_ends_when_told(serve: Serve, pictures: Callable[..., list[Path]]) -> None:
    folder = pictures(3)[0].parent
    port = free_port()
    process = serve(str(folder), "--port", str(port))
    assert process.stderr is not None
    said = ""
    while "http://" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    assert f"http://127.0.0.1:{port}/" in said
    assert ask(port, "/healthz") == {"status": "ok", "world": "main"}

    def all_ready() -> bool:
        stats = ask(port, "/api/dam/stats")
        return isinstance(stats, dict) and stats["total"] == 3 and stats["pending"] == 0

    until(all_ready)
    children = {int(one) for one in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()}
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=20)
    assert process.returncode == 0, rest
    assert out == ""
    assert "Traceback" not in rest
    until(lambda: not any(Path(f"/proc/{child}/exe").exists() and os.path.exists(f"/proc/{child}/cmdline") for child in children))  # noqa: PTH110 - a plain string


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--port", "{taken}"], 1, "cannot be used"),
        (["--host", "0.0.0.0"], 2, "other machines"),
        (["/there/is/no/such/folder"], 2, "There is no"),
        (["--demo", "/tmp"], 2, "leave the paths away"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(
    home: Path, arguments: list[str], code: int, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invocation, "setup_logging", lambda level: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(home), "serve", "--no-open", *(argument.format(taken=taken.getsockname()[1]) for argument in arguments)])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (code, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("watched", [True, False])
def test_it_shows_what_comes_while_it_serves(serve: Serve, tmp_path: Path, *, watched: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "there").write_text("1")
    port = free_port()
    process = serve(str(folder), "--port", str(port), "--watch" if watched else "--no-watch")
    try:
        wanted = "live" if watched else None
        until(lambda: process.poll() is None and answers(port) and modes(port) == {"folder": (wanted, 1)})
        if watched:
            (folder / "fresh").write_text("2")
            until(lambda: modes(port) == {"folder": ("live", 2)})
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Traceback" in told) == (0, False), told


def answers(port: int) -> bool:
    """Whether anybody listens at the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def modes(port: int) -> dict[str, tuple[str | None, int]]:
    """How each folder is watched, and how many files are known in it."""
    rows = ask(port, "/api/dam/roots")
    assert isinstance(rows, dict)
    return {row["name"]: (row["watch"], row["files"]) for row in rows["items"] if row["storage_type"] == "in_place"}
