"""The command line as a process: one real run of each verb, pipes that close, Ctrl-C, and what a start loads."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import ENVIRONMENT, Dam, run, start  # type: ignore[import-not-found]  # beside this file

INTERRUPTION = "dam: Interrupted; what was done is kept, and the same command goes on from there.\n"


VERBS = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from dam_app.cli.main import main

for arguments in json.load(sys.stdin):
    told, code = StringIO(), 0
    with redirect_stdout(told):
        try:
            main(arguments)
        except SystemExit as end:
            code = end.code
    print(json.dumps([code or 0, told.getvalue()]), flush=True)
"""


def test_every_verb_as_a_process(home: Path, tree: Path) -> None:
    """The first verbs each in a process of its own, as people start them; the others one after the other in one."""
    assert run(home, "index", tree, "--json").code == 3
    assert run(home, "add-asset", tree / "a.jpg", "--tags", "a,b", program="dam-cli").code == 0
    others = [
        ("add", tree / "c.txt", "--jsonl"),
        ("setup-db",), ("tag", tree / "c.txt", "--add", "red"), ("ls", "--jsonl"), ("search", "tag:a"), ("show", tree / "a.jpg"),
        ("export", "tag:red"), ("roots",), ("worlds", "list"), ("plugins",), ("db", "current"), ("doctor",), ("config", "show"),
    ]  # fmt: skip
    asked = json.dumps([["--home", str(home), *map(str, arguments)] for arguments in others])
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run([sys.executable, "-c", VERBS], input=asked, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert json.loads(answers[0][1].splitlines()[0])["status"] == "copied"
    for arguments, (code, told) in zip(others, answers, strict=True):
        assert code == 0, (arguments, told)
        assert told or arguments[0] == "tag", arguments


def test_failures_are_one_line_and_debug_shows_where(dam: Dam, home: Path, tmp_path: Path) -> None:
    assert dam.fails(2, "index", tmp_path / "nowhere") == f"dam: There is no {tmp_path / 'nowhere'}; check the path.\n"
    ended = run(home, "--debug", "index", tmp_path / "nowhere")
    assert (ended.code, ended.out) == (1, "")
    assert "Traceback" in ended.err
    assert "PathNotFoundError" in ended.err


def test_help_loads_no_plugin_and_no_verb() -> None:
    script = """
import sys
from dam_app.cli.main import main
try:
    main(["--help"])
except SystemExit as end:
    assert not end.code
own = [name for name in sys.modules if name.partition(".")[0].startswith("dam")]
heavy = [name for name in ("sqlalchemy", "pydantic", "alembic", "asyncio", "fastapi", "numpy", "PIL") if name in sys.modules]
print(" ".join(sorted(own) + heavy), file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "Commands:" in ended.stdout
    allowed = {"dam", "dam.core", "dam.core.entry_points", "dam.core.exceptions", "dam.core.logging_config", "dam_app", "dam_app.cli"}
    allowed |= {"dam_app.cli.application", "dam_app.cli.invocation", "dam_app.cli.main"}
    assert set(ended.stderr.split()) <= allowed


def test_a_list_loads_only_what_it_needs(home: Path) -> None:
    """SQLAlchemy and typer are most of the start of nearly every verb; nothing else of that size may come to them unseen."""
    script = """
import sys
from dam_app.cli.main import main
try:
    main(["--home", sys.argv[1], "ls"])
except SystemExit as end:
    assert not end.code
heavy = {"alembic", "sqlalchemy.dialects.postgresql", "multiprocessing", "rich", "numpy", "dam_fs", "dam_web"}
print(*sorted(heavy.intersection(sys.modules)), file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", script, str(home)], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stderr == "\n"


@pytest.mark.parametrize("lines", [1, 300])
def test_a_closed_pipe_is_no_error(dam: Dam, home: Path, tmp_path: Path, lines: int) -> None:
    (tmp_path / "many").mkdir()
    for number in range(lines):
        (tmp_path / "many" / str(number)).write_text(f"\0{number}")
    assert dam("index", tmp_path / "many").code == 0
    process = start(home, "export")
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        if lines > 1:
            assert json.loads(process.stdout.readline())["id"] == 1
        process.stdout.close()
        assert process.wait(timeout=60) == 1
        assert process.stderr.read() == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_no_success(home: Path, unbuffered: str) -> None:
    command = [str(Path(sys.executable).with_name("dam")), "--home", str(home), "db", "current"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (1, "dam: The output cannot be written: No space left on device.\n")


def test_a_terminal_that_knows_few_letters(dam: Dam, home: Path, tmp_path: Path) -> None:
    (tmp_path / "日本é").mkdir()
    (tmp_path / "日本é" / "日本é.txt").write_text("text")
    assert dam("index", tmp_path / "日本é").code == 0
    for encoding in ("ascii", "latin-1"):
        command = [str(Path(sys.executable).with_name("dam")), "--home", str(home), "ls"]
        ended = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, timeout=60, check=True)
        assert b"??" in ended.stdout
        assert ended.stderr == b""


def test_interrupted(dam: Dam, home: Path, tmp_path: Path) -> None:
    """Ctrl-C ends at once with 130, even in the middle of a huge file; what was done is kept."""
    (home / "dam.toml").write_text("[worlds.main]\nclosing_seconds = 60\n")  # on a busy machine too, what runs ends by itself
    root = tmp_path / "many"
    root.mkdir()
    for number in range(50):
        (root / str(number)).write_text(f"content {number}")
    with (root / "huge").open("wb") as file:
        file.truncate(64 << 30)
    process = start(home, "index", root)
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(f"file:{home / 'dam.db'}?mode=ro", uri=True)) as connection:
        while not connection.execute("SELECT count(*) FROM component_file_location").fetchone()[0]:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == INTERRUPTION
    assert time.monotonic() - started < 50
    (root / "huge").unlink()
    ended = dam("index", root, "--json")
    assert (ended.code, ended.document["files"], ended.document["new"] + ended.document["unchanged"]) == (0, 50, 50)
