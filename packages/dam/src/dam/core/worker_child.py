"""What the child process of a worker runs: one analysis after the other, until the connection to its parent ends.

The parent starts it with the connection as standard input. Both sides speak in frames: four bytes of length, then one JSON object.

    child:  {"ready": true}                                  once, when it can work
    parent: {"run": 7, "function": "package.module:function", "content": {…}, "settings": {…}, "memory": …, "timeout": …}
    child:  {"run": 7, "value": {…}, "files": true, "looks": […], "seconds": …}  or {"run": 7, "error": …, "message": …, "traceback": …}
    parent: {"drop": 8}                                      run 8 is not wanted any more, if it has not begun
    child:  {"run": 8, "dropped": true}
    child:  {"retire": true}                                 it has worked enough, has grown too much, or is not alone

Every run has exactly one answer, in the order of asking. `looks` are size and modification time of the file after the run; either answer
may have a "missing_tool", which would have told more. JSON and not pickle, because the child reads bytes that nobody vouches for.
This module imports little, so that a child starts fast.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import select
import struct
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from dam.core.analysis import Content, kept_processes, take_missing_tool
from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dam.core.analysis import AnalysisFunction

LENGTH = struct.Struct("!I")
NO_SPACE = "NoSpace"  # what an answer calls a disk that is full, which is no file's fault
MAXIMUM_ANSWER = 64 << 20  # bytes of JSON; more is an extract of the file and belongs into the scratch folder


def frame(message: bytes) -> bytes:
    """A message as it goes over the connection."""
    return LENGTH.pack(len(message)) + message


def unframe(received: bytearray, limit: int | None = None) -> bytes | None:
    """Take the first whole message out of `received`; None if there is none yet. Raises ValueError for one longer than `limit`."""
    if len(received) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack_from(received)
    if limit is not None and length > limit:
        raise ValueError(f"A message of {length} bytes is too long.")
    end = LENGTH.size + length
    if len(received) < end:
        return None
    message = bytes(memoryview(received)[LENGTH.size : end])
    del received[:end]
    return message


def perform(request: dict[str, Any], folder: str | None = None) -> tuple[bytes, bool]:
    """Do what a run message asks for; never raises.

    `folder` is one that serves as scratch folder for run after run, until one leaves files there; then it becomes that run's own.
    Returns the encoded answer, a value or an error, and whether the process is fit for another run: not when memory ran out.
    """
    taken_over = request["content"]["scratch"]
    content = Content(**{**request["content"], "scratch": folder or taken_over})
    with contextlib.suppress(OSError):
        os.mkdir(content.scratch)  # noqa: PTH102 - pathlib is slow to import
    begun = time.perf_counter()
    take_missing_tool()
    answer = {"run": request["run"], **_attempt(request["function"], content, request["settings"], taken_over)}
    answer["seconds"] = round(time.perf_counter() - begun, 6)
    answer["missing_tool"] = take_missing_tool()
    try:
        encoded = _encode(answer)
    except (TypeError, ValueError, RecursionError, MemoryError) as error:
        answer = {"run": request["run"], "error": type(error).__name__, "message": f"its answer does not fit into JSON: {error}"}
        encoded = _encode(answer)
    if "error" in answer:
        _remove(content.scratch)
    return encoded, answer.get("error") != MemoryError.__name__


def _attempt(function: str, content: Content, settings: dict[str, Any], taken_over: str) -> dict[str, Any]:
    """Call the function, and let the caller have what it leaves in that folder; whatever happens becomes plain data."""
    try:
        value = dict(load(function)(content, settings))
        has_files = _hand_over(content.scratch, taken_over)
    except ContentError as error:
        return {"error": _known_name(type(error)), "message": str(error)}
    except BaseException as error:  # noqa: BLE001 - this is the boundary: one file's failure ends here, SystemExit too
        if isinstance(error, OSError) and error.filename == content.path:
            return {"error": ContentUnreadableError.__name__, "message": f"The file cannot be read: {error.strerror}."}
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return {"error": NO_SPACE, "message": ""}
        if isinstance(error, MemoryError):
            return {"error": MemoryError.__name__, "message": ""}
        if type(error).__name__ == "PanicException":  # of a library in Rust: PyO3's class for it is no Exception, and cannot be imported
            sentence = f"The file cannot be read: its reader has given up ({error}). Take it from a backup if there is one."
            return {"error": ContentCorruptError.__name__, "message": sentence}
        return {"error": type(error).__name__, "message": str(error), "traceback": _traceback(error)}
    return {"files": has_files, "value": value, "looks": _looks(content.path)}


def _hand_over(folder: str, name: str) -> bool:
    """Give a folder that name if there are files in it; whether there are. An empty one costs nothing, and stays."""
    try:
        with os.scandir(folder) as found:
            if next(found, None) is None:
                return False
    except FileNotFoundError:  # somebody has cleared it away
        return False
    if folder != name:
        os.rename(folder, name)  # noqa: PTH104 - pathlib is slow to import
    return True


def _looks(path: str) -> list[int] | None:
    """Size in bytes and modification time in nanoseconds of a file; None for one that cannot be looked at any more."""
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib is slow to import
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def load(function: str) -> AnalysisFunction:
    """The function that an import path `package.module:function` names; raises ImportError or AttributeError."""
    module, _, name = function.partition(":")
    loaded: AnalysisFunction = getattr(importlib.import_module(module), name)
    return loaded


def _known_name(error_type: type[BaseException]) -> str:
    """The name of the nearest class that the parent knows too: a plugin may have derived its own."""
    return next(known.__name__ for known in error_type.__mro__ if known.__module__ == ContentError.__module__)


def _traceback(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - slow to import, seldom needed

    return "".join(traceback.format_exception(error))[-4000:]


def _encode(answer: dict[str, Any]) -> bytes:
    """UTF-8; half of a surrogate pair, which no database takes, becomes a question mark."""
    encoded = json.dumps(answer, allow_nan=False, ensure_ascii=False).encode("utf-8", errors="replace")
    if len(encoded) > MAXIMUM_ANSWER:
        raise ValueError(f"it has {len(encoded)} bytes, and {MAXIMUM_ANSWER} are allowed")
    return encoded


def _remove(folder: str) -> None:
    try:
        os.rmdir(folder)  # noqa: PTH106 - pathlib is slow to import
    except OSError:
        import shutil  # noqa: PLC0415 - slow to import, seldom needed

        shutil.rmtree(folder, ignore_errors=True)


class Connection:
    """The child's end of the line."""

    def __init__(self, descriptor: int) -> None:
        """Speak over a connected stream socket; its descriptor alone, as the module `socket` takes a while to import."""
        self._descriptor = descriptor
        self._received = bytearray()

    def send(self, message: bytes) -> None:
        """Send one encoded message."""
        rest = memoryview(frame(message))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def receive(self, *, wait: bool) -> dict[str, Any] | None:
        """The next message; None when there is none yet and `wait` is false. Raises EOFError when the parent is gone."""
        while (message := unframe(self._received)) is None:
            if not wait and not select.select([self._descriptor], [], [], 0)[0]:
                return None
            chunk = os.read(self._descriptor, 1 << 16)
            if not chunk:
                raise EOFError
            self._received += chunk
        decoded: dict[str, Any] = json.loads(message)
        return decoded


def serve(connection: Connection, *, maximum_runs: int, maximum_growth: int) -> None:
    """Answer runs until this process should be renewed.

    That is when there have been `maximum_runs`, it has grown by `maximum_growth` bytes, memory ran out, or a run left something running.
    """
    from dam.core.worker_limits import end_children, limited, resident_bytes  # noqa: PLC0415 - for children only: it needs a Unix

    ceiling = resident_bytes() + maximum_growth
    folder = os.path.join(os.getcwd(), "scratch")  # noqa: PTH109, PTH118 - pathlib is slow to import
    connection.send(b'{"ready": true}')
    for request in _requests(connection, maximum_runs):
        os.ftruncate(2, 0)  # what the run writes there explains its crash
        with contextlib.suppress(Exception):
            load(request["function"])  # its libraries are not part of what the file may use; if it fails, `perform` says so
        with limited(memory=request["memory"], seconds=request["timeout"]):
            answer, fit = perform(request, folder)
        leaves = end_children(kept_processes()) or _threads_run()
        connection.send(answer)
        if not fit or leaves or resident_bytes() > ceiling:
            break
    connection.send(b'{"retire": true}')


def _threads_run() -> bool:
    """Whether the run has left a thread of Python's behind, which would go on during the next."""
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1


def _requests(connection: Connection, maximum: int) -> Iterator[dict[str, Any]]:
    """The runs to do; those that were dropped in the meantime are answered here."""
    inbox: deque[dict[str, Any]] = deque()
    dropped: set[int] = set()
    for _ in range(maximum):
        while True:
            while (message := connection.receive(wait=not inbox)) is not None:
                if "drop" in message:
                    dropped.add(message["drop"])
                else:
                    inbox.append(message)
            if inbox[0]["run"] not in dropped:
                break
            connection.send(b'{"run": %d, "dropped": true}' % inbox.popleft()["run"])
        yield inbox.popleft()


def main() -> None:
    """Take the connection from standard input, put limits on this process, and serve."""
    from dam.core.worker_limits import confine  # noqa: PLC0415 - for children only: it needs a Unix

    options = json.loads(sys.argv[1])
    connection = Connection(os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    confine(parent=options["parent"])
    with contextlib.suppress(EOFError, ConnectionError):
        serve(connection, maximum_runs=options["runs"], maximum_growth=options["growth"])
        while True:  # the parent ends this process; what it has sent too much it sends elsewhere
            connection.receive(wait=True)
