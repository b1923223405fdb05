"""Places that mean harm: links that lead out, pipes and devices, and names that are none."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

NAMES = (
    *(b"-rf", b"--help", b"-", b"new\nline", b"tab\there", b"bell\x07", b"escape\x1b[2J", b"\xff\xfe", b"half \xf0\x9f", b"\xc3\x28"),
    *("turned \u202egpj.exe".encode(), "\u200bzero width".encode(), b"<img src=x onerror=alert(1)>", b"'; DROP TABLE asset; --"),
    *(b"$(touch evil)", b"`touch evil`", b"%2e%2e%2f", b"{{7*7}}", b"con", b"nul.txt", b"a" * 255, b" leading", b"trailing ", b"dot."),
    *(b"\\..\\evil", b"| sh", b"*", b"?", b"~"),
)


def make_special(folder: Path, outside: Path) -> int:
    """Links out of the folder and in circles, a pipe, a socket, and devices where these may be made; gives how many there are."""
    folder.mkdir()
    targets = {"secret": str(outside), "up": "..", "loop": "loop", "round": ".", "root": "/", "absent": "nowhere", "dev": "/dev"}
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.jpg")
    listening = socket.socket(socket.AF_UNIX)
    before = Path.cwd()
    os.chdir(folder)  # a path of a socket may not be long
    try:
        listening.bind("socket.png")
    finally:
        os.chdir(before)
        listening.close()
    with suppress(PermissionError):
        os.mknod(folder / "zero.bin", stat.S_IFCHR | 0o600, os.makedev(1, 5))
        os.mknod(folder / "random.mp4", stat.S_IFCHR | 0o600, os.makedev(1, 9))
    return len(list(folder.iterdir()))


def make_names(folder: Path) -> int:
    """Files under names that are none; gives how many."""
    folder.mkdir()
    for number, name in enumerate(NAMES):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123 - names are bytes
            file.write(b"content %d\n" % number)
    return len(NAMES)
