"""ExifTool, where it is installed: one process that lives as long as this one does and is asked about one picture after the other.

The process is told to read arguments from its input (`-stay_open True -@ -`, https://exiftool.org/exiftool_pod.html) and no
configuration file (`-config ''`). A picture is shown to it under a name made here, so that no file name is ever an argument. One
that does not answer in time is ended, and the next question starts another. The protocol is spoken here because PyExifTool waits
for ever for a process that has died.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.core.analysis import keep_process, note_missing_tool
from dam_media_image.functions.apple import NAMES
from dam_media_image.functions.metadata import Metadata
from dam_media_image.functions.tools import EXIFTOOL

SECONDS = 20.0
"""How long one picture may take."""

MAX_ANSWER = 8 << 20

_ARGUMENTS = ("-j", "-n", "-G")
_GROUPS = {"EXIF": "exif", "IPTC": "iptc", "XMP": "xmp"}
_MAKER_NOTES = {**{name: name for name in NAMES.values()}, "MediaGroupUUID": "ContentIdentifier"}
"""What is taken of the notes of a camera; one has an older name in ExifTool before version 12.5."""
_LEFT_OUT = frozenset(
    {
        *("ThumbnailOffset", "ThumbnailLength", "PreviewImageStart", "PreviewImageLength", "JpgFromRawStart", "JpgFromRawLength"),
        *("StripOffsets", "StripByteCounts", "TileOffsets", "TileByteCounts", "ExifToolVersion", "SourceFile"),
    }
)
"""Places in the file, which are no facts about the picture."""

_PR_SET_PDEATHSIG = 1


class ExifTool:
    """A running ExifTool; started by the first question."""

    def __init__(self, executable: str) -> None:
        """Of the program at this path; nothing is started yet."""
        self._executable = executable
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, *arguments: str, seconds: float = SECONDS) -> bytes | None:
        """Give it arguments, one a line, and return what it prints; None if it does not answer in time or dies."""
        if any("\n" in argument for argument in arguments):
            return None
        process = self._running()
        answer = None
        with contextlib.suppress(OSError):
            assert process.stdin is not None  # noqa: S101 - it was started with pipes
            process.stdin.write("".join(f"{argument}\n" for argument in (*arguments, "-execute")).encode("utf-8", "surrogateescape"))
            answer = _answer(process, time.monotonic() + seconds)
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError), process:  # closes the pipes and waits; what was not sent cannot be any more
                pass

    @property
    def process_id(self) -> int | None:
        """The running process; None before the first question."""
        return self._process.pid if self._process is not None else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            command = [self._executable, "-config", "", "-stay_open", "True", "-@", "-"]
            self._process = subprocess.Popen(  # noqa: S603 - the program that was found, and arguments that are written above
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - a call that was loaded before
            )
            keep_process(self._process.pid)
            with contextlib.suppress(OSError, ValueError, AttributeError):  # its processor time is not that of one picture
                hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
                resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (hard, hard))
        return self._process


_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Let the system end ExifTool when the process that asks it is killed: at the end of its input it would wait for more."""
    if _LIBRARY is not None:
        _LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _answer(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    assert process.stdout is not None  # noqa: S101 - it was started with pipes
    descriptor, received = process.stdout.fileno(), bytearray()
    while not received.endswith(b"{ready}\n"):
        readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(descriptor, 1 << 16) if readable else b""
        if not chunk or len(received) > MAX_ANSWER:
            return None
        received += chunk
    return bytes(received[: -len(b"{ready}\n")])


_tools: dict[str, ExifTool] = {}


def exiftool() -> ExifTool | None:
    """The ExifTool of this process; None where none is installed."""
    if "tool" not in _tools:
        executable = shutil.which("exiftool")
        if executable is None:
            return None
        _tools["tool"] = tool = ExifTool(executable)
        atexit.register(tool.close)
    return _tools["tool"]


def ask_about(path: str, scratch: str) -> tuple[Metadata, tuple[int, int] | None] | None:
    """Ask ExifTool about a picture: its metadata under ExifTool's names, and its size as stored if it tells.

    None where ExifTool is not installed or has no answer. `scratch` is a folder in which a link may be made for a moment.
    """
    tool = exiftool()
    if tool is None:
        note_missing_tool(EXIFTOOL)
        return None
    link = Path(scratch, "asked")
    try:
        link.symlink_to(Path(path).absolute())
        raw = tool.ask(*_ARGUMENTS, str(link))
    except OSError:
        return None
    finally:
        link.unlink(missing_ok=True)
    return _understood(raw) if raw else None


def _understood(raw: bytes) -> tuple[Metadata, tuple[int, int] | None] | None:
    try:
        answers = json.loads(raw.decode("utf-8", "replace"))
    except ValueError:
        return None
    if not isinstance(answers, list) or not answers or not isinstance(answers[0], dict):
        return None
    fields: dict[str, Any] = answers[0]
    found = Metadata()
    for key, value in fields.items():
        group, _, name = key.partition(":")
        if group == "MakerNotes" and name in _MAKER_NOTES and isinstance(value, str):
            found.exif[_MAKER_NOTES[name]] = value
        if group in _GROUPS and name not in _LEFT_OUT and not _is_binary(value):
            getattr(found, _GROUPS[group])[name] = value
    return found, _size(fields)


def _is_binary(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("(Binary data ")


def _size(fields: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height: of the composite that ExifTool makes of all it found, else of the first group that has both."""
    told = str(fields.get("Composite:ImageSize", "")).split()
    if len(told) == 2 and all(part.isdigit() for part in told):
        return int(told[0]), int(told[1])
    for key, width in fields.items():
        group, _, name = key.partition(":")
        height = fields.get(f"{group}:ImageHeight")
        if name == "ImageWidth" and isinstance(width, int) and isinstance(height, int):
            return width, height
    return None
