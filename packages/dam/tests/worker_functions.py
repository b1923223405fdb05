"""Analysis functions for the tests of the workers: good ones, and every bad one that we could think of."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.core.analysis import Content, keep_process
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError

kept: list[bytes] = []


class MoreSpecificError(ContentUnsupportedError):
    """Known to this module only."""


def echo(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the function was given, and what is in the file."""
    text = Path(content.path).read_text(encoding="utf-8")
    return {"path": content.path, "mime_type": content.mime_type, "size": content.size, "text": text, "settings": dict(settings)}


def nothing(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def leave_file(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    Path(content.scratch, "small.webp").write_bytes(b"picture")
    return {"file": "small.webp"}


def leave_file_and_fail(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    Path(content.scratch, "half").write_bytes(b"half")
    raise ContentCorruptError("The second half\x1b[2J is\u202e missing.\n" + "x" * 10_000)


def specific(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    raise MoreSpecificError("No such colour space is known here.")


def surprise(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    raise TypeError("'NoneType' object is not iterable")


def fill_disk(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"{content.scratch}/small.webp")


def system_exit(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    sys.exit("enough")


def answer(content: Content, settings: Mapping[str, Any]) -> Any:
    """Various answers, by name."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    answers = {
        "not a number": {"x": float("nan")},
        "object": {"x": object()},
        "bytes": {"x": b"1"},
        "list": [1, 2],
        "none": None,
        "deep": {"x": deep},
        "giant": {"x": "é" * 5_000_000},
        "too long": {"x": "x" * (65 << 20)},
        "surrogate": {"x": "a\ud800b"},
        "shapes": {"x": (1, 2), "y": {3: None}},
    }
    return answers[settings["name"]]


def by_name(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Crash if the file is called so."""
    if "crash" in content.path:
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"name": Path(content.path).name, "child": os.getpid()}


def null_pointer(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"x": ctypes.string_at(0)}


def end(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    os._exit(settings["status"])


def forever(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say which process it is in the file that the settings name, then never end."""
    _write_whole(settings["started"], str(os.getpid()))
    while True:
        pass


def wait_for(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say which process it is, and end when a file appears."""
    _write_whole(settings["started"], str(os.getpid()))
    while not Path(settings["until"]).exists():
        time.sleep(0.001)
    return {"child": os.getpid()}


def _write_whole(path: str, text: str) -> None:
    Path(path + ".part").write_text(text)
    Path(path + ".part").rename(path)


def take_memory(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"taken": len(bytearray(settings["bytes"]))}


def keep_memory(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    kept.append(b"x" * settings["bytes"])
    return {"child": os.getpid()}


def write_much(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    with Path(content.scratch, "big").open("wb") as file:
        file.truncate((1 << 30) + 1)
    return {}


def chatter(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write to everything that might be the connection."""
    sys.stdout.write("noise")
    sys.stdout.flush()
    sys.stderr.write("noise")
    for descriptor in (1, 2):
        os.write(descriptor, b"\x00\x00\x00\x02{}")
    return {"stdin": sys.stdin.read()}


def surroundings(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a function sees of the world around it."""
    import resource

    return {
        "environment": dict(os.environ),
        "modules": sorted(sys.modules),
        "folder": str(Path.cwd()),
        "temporary": tempfile.gettempdir(),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "niceness": os.nice(0),
        "descriptors": [str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.exists()],
        "interfaces": [name for _, name in socket.if_nameindex()],
    }


def start_other(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Start a process and hang."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    _write_whole(settings["started"], str(other.pid))
    while True:
        time.sleep(1)


def share_memory(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill memory that the limits of one process do not count, and hang."""
    shared = mmap.mmap(-1, settings["bytes"])
    for place in range(0, settings["bytes"], mmap.PAGESIZE):
        shared[place] = 1
    while True:
        time.sleep(1)


def write_many(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write several files, each as large as it may be, and hang."""
    for number in range(settings["files"]):
        Path(content.scratch, str(number)).write_bytes(b"x" * settings["bytes"])
    while True:
        time.sleep(1)


def start_many(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Start many processes, and hang."""
    for _ in range(settings["processes"]):
        if os.fork() == 0:
            break
    while True:
        time.sleep(1)


def leave_process(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Start a process in a session of its own, through another one that ends, as daemons do."""
    program = """if True:
        import subprocess
        nowhere = subprocess.DEVNULL
        print(subprocess.Popen(["sleep", "1000"], start_new_session=True, stdout=nowhere, stderr=nowhere).pid)
    """
    return {"left": int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)}


helpers: list[subprocess.Popen[bytes]] = []


def keep_process_running(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Start a process that serves every later run too."""
    if not helpers:
        helpers.append(subprocess.Popen(["sleep", "1000"]))
        keep_process(helpers[0].pid)
    return {"child": os.getpid(), "helper": helpers[0].pid}


def leave_thread(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave a thread behind that never ends."""
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return {"child": os.getpid()}
