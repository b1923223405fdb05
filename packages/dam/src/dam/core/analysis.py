"""What an analysis is: a pure function that a child process runs on one file.

This module is imported by every child, so it imports next to nothing.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnreadableError

AnalysisFunction: TypeAlias = "Callable[[Content, Mapping[str, Any]], Mapping[str, Any]]"

LONGEST_REASON = 200
PUZZLED = (
    struct.error, LookupError, TypeError, AttributeError, NameError, ArithmeticError, AssertionError, UnicodeError, RecursionError,
    StopIteration,
)  # fmt: skip
"""What Python raises where a reader believed the bytes; its words are about the reader's code."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file, and a folder to write results to.

    `path` is opened for reading only. `scratch` is an empty folder that belongs to this one run: files left in it are taken
    over by the caller under the names that the function's answer gives, everything else is removed.
    """

    path: str
    mime_type: str
    size: int
    scratch: str

    def open(self) -> IO[bytes]:
        """Open the file, unbuffered and for reading only, without touching the time of last access where that is permitted.

        Raises ContentUnreadableError.
        """
        try:
            return open(self.path, "rb", buffering=0, opener=_open_quietly)
        except OSError as error:
            raise ContentUnreadableError(f"The file cannot be opened ({error.strerror}): see that it is there and may be read.") from error

    def read(self, most: int) -> bytes:
        """Read the first bytes of the file, `most` at most; a small file takes no more memory than it has bytes.

        Raises ContentUnreadableError, and OSError as reading does.
        """
        with self.open() as file:
            return file.read(min(most, os.fstat(file.fileno()).st_size + 1))


def _open_quietly(path: str, flags: int) -> int:
    """Open without touching the time of last access, which Linux permits to the file's owner."""
    try:
        return os.open(path, flags | getattr(os, "O_NOATIME", 0))
    except PermissionError:
        return os.open(path, flags)


def reason_of(error: BaseException) -> str:
    """What is wrong with the bytes, as part of a sentence: in the words of the library, where it has any that speak of the bytes."""
    puzzled = isinstance(error, PUZZLED) or type(error) is ValueError or getattr(error, "errno", None) == errno.EINVAL
    words = "" if puzzled else " ".join(str(error).split()).rstrip(".")
    if words[:1] == words[-1:] and words[:1] in ("'", '"'):
        words = words[1:-1].rstrip(".")
    if len(words) > LONGEST_REASON:
        words = f"{words[: LONGEST_REASON - 1]}…"
    return words or "its parts contradict each other, or it ends too early"


_missing_tools: list[str] = []


def note_missing_tool(name: str) -> None:
    """Say, while a file is read, that a tool which is not here would tell more of it: the file is read again once the tool is there.

    `name` is the one under which the plugin tells of the tool in `optional`.
    """
    _missing_tools.append(name)


def take_missing_tool() -> str | None:
    """The first tool that was missing since this was last asked; None where none was."""
    first = _missing_tools[0] if _missing_tools else None
    _missing_tools.clear()
    return first


_kept_processes: set[int] = set()


def keep_process(process_id: int) -> None:
    """Let a process that an analysis has started serve the files that follow too; any other ends with the file that it was started for.

    This is for a program that starts slowly and answers one question after the other. It ends with the process that reads the files.
    """
    _kept_processes.add(process_id)


def kept_processes() -> frozenset[int]:
    """The processes that go on from one file to the next."""
    return frozenset(_kept_processes)


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Let whatever a reader stumbles over say that the file is damaged: libraries raise errors of every kind for hostile bytes.

    `what` begins the sentence ("The font"). A ContentError says more by itself, and lack of memory is not the file's fault alone.
    """
    try:
        yield
    except (ContentError, MemoryError):
        raise
    except Exception as error:
        raise ContentCorruptError(f"{what} cannot be read ({reason_of(error)}).") from error


@dataclass(frozen=True, slots=True)
class Analysis:
    """The name, version and function of one analysis.

    `function` is an import path `package.module:function` of an `AnalysisFunction`: it takes a `Content` and the plugin's
    settings as plain data, and returns plain data that JSON can carry (dict, list, str, int, float, bool, None).
    It raises a `ContentError` for a file that cannot be understood. A higher `version` means that old answers are computed anew.
    `timeout` is in seconds; `memory` in bytes, beyond what the process has when it begins (a file that is mapped does not count).
    One that is `late` takes long for what it tells, and is run when no asset waits for any other.
    """

    name: str
    version: int
    function: str
    timeout: float = 60.0
    memory: int = 1 << 30
    late: bool = False
