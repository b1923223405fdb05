"""A test that leaves something behind fails, and the message says what; one that clears up does not, and looking costs next to nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from dam_test_utils import leftovers

LEAKS = """
import asyncio, os, subprocess, sys, tempfile, threading, time
import pytest
from dam.core.world import World

pytest_plugins = ["dam_test_utils.fixtures"]
forever = threading.Event()

def test_thread():
    threading.Thread(target=forever.wait, args=(60,), name="forgotten").start()

def test_child():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdin=subprocess.DEVNULL).returncode = 0

def test_open_file(tmp_path):
    os.open(tmp_path / "held", os.O_CREAT | os.O_RDWR)

def test_temporary_file():
    os.close(tempfile.mkstemp(prefix="dam-leak-")[0])

async def test_task():
    global task
    task = asyncio.create_task(asyncio.sleep(60))

async def test_world(make_world):
    global world
    world = make_world()
    await world.open()

def test_sound(tmp_path):
    thread = threading.Thread(target=forever.wait, args=(0.05,))
    thread.start()
    subprocess.run([sys.executable, "-c", ""], check=True)
    (tmp_path / "file").write_text("x")
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder):
        pass

def test_end():
    forever.set()
"""
EXPECTED = {
    "thread": "the thread 'forgotten' still runs",
    "child": "time.sleep(60)) still runs",
    "open_file": "held is still open",
    "temporary_file": "dam-leak-",
    "task": "tasks still run",
}


def test_what_is_left_behind_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_leaks_inside.py").write_text(LEAKS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    program = "import sys, dam_test_utils.leftovers as one; one.GRACE = 0.3; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "base")]
    command += ["-p", "pytest_asyncio.plugin"]
    with tempfile.TemporaryDirectory() as temporary:
        environment = {**os.environ, "TMPDIR": temporary, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    for name, words in EXPECTED.items():
        assert f"ERROR test_leaks_inside.py::test_{name}" in run.stdout, run.stdout
        assert words in run.stdout, run.stdout
    for name in ("sound", "world", "end"):
        assert f"::test_{name}" not in run.stdout, run.stdout


def test_looking_costs_less_than_a_millisecond() -> None:
    rounds = []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(20):
            assert not list(leftovers.problems(leftovers.look(), Path("/nowhere/at/all")))
        rounds.append((time.thread_time() - began) / 20)
    assert min(rounds) < 0.001


def test_what_wider_fixtures_make_is_shared() -> None:
    end = threading.Event()
    before = leftovers.look()
    with leftovers.sharing():
        thread = threading.Thread(target=end.wait, args=(60,))
        thread.start()
    assert not list(leftovers.problems(before, None))
    end.set()
    thread.join()
