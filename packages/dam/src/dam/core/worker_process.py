"""A worker's child process as its parent sees it: started, spoken to, killed and buried."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dam.core.worker_child import MAXIMUM_ANSWER, frame, unframe
from dam.core.worker_messages import decode
from dam.core.worker_watch import descendants

ENTRY = "from dam.core.worker_child import main; main()"
ENVIRONMENT = {  # one child a core is the parallelism; libraries that start threads of their own only get in each other's way
    "VIPS_CONCURRENCY": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VIPS_BLOCK_UNTRUSTED": "1",  # only the loaders of libvips that are fuzzed
    "MALLOC_ARENA_MAX": "2",  # an arena a thread would look like growth
}
SECRET = re.compile(r"^DAM_|PASSWORD|SECRET|TOKEN|CREDENTIAL|_KEY|_URL|_DSN", re.IGNORECASE)
GRACE = 5.0  # seconds that a killed process has to disappear
CHUNK = 1 << 18


class WorkerProcess:
    """A running child: messages go out with `send`, and come in through `on_message` as the event loop runs.

    `on_end` is called once when the connection has ended, which is when the child has died, or has sent nonsense.
    """

    def __init__(
        self,
        folder: Path,
        options: Mapping[str, Any],
        *,
        python: str,
        import_paths: Sequence[str],
        on_message: Callable[[dict[str, Any]], None],
        on_end: Callable[[], None],
    ) -> None:
        """Start it; `folder` becomes its working and temporary folder. Raises OSError when it cannot be started."""
        self.folder = folder
        self._on_message = on_message
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._outgoing = bytearray()
        self._blocked = False
        folder.mkdir()
        with contextlib.ExitStack() as undo:
            self._errors = undo.enter_context(tempfile.TemporaryFile(dir=folder, buffering=0))
            self._line, theirs = socket.socketpair()
            undo.enter_context(self._line)
            with theirs:
                # -P: the working folder is no place to import from. -c: there is no __main__ that is imported twice.
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                    [python, "-P", "-c", ENTRY, json.dumps(dict(options, parent=os.getpid()))],
                    stdin=theirs.fileno(),
                    stdout=self._errors,
                    stderr=self._errors,
                    cwd=folder,
                    env=_environment(folder, import_paths),
                    start_new_session=True,  # its own children die with it, and Ctrl-C is the parent's affair
                )
            undo.pop_all()
        self._line.settimeout(0)
        self._loop.add_reader(self._line, self._receive)

    @property
    def process_id(self) -> int:
        """The number by which the system knows it."""
        return self._process.pid

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message, as soon as the child takes it."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)  # what else is sent until then goes with it
        self._outgoing += frame(json.dumps(message).encode())

    def _flush(self) -> None:
        if self._line.fileno() < 0:
            return
        sent = 0
        try:
            sent = self._line.send(self._outgoing)
        except BlockingIOError:
            pass  # the buffer is full: go on when there is room
        except OSError:
            sent = len(self._outgoing)  # it is gone, as `_receive` is about to find out
        del self._outgoing[:sent]
        if self._outgoing and not self._blocked:
            self._loop.add_writer(self._line, self._flush)
        elif self._blocked and not self._outgoing:
            self._loop.remove_writer(self._line)
        self._blocked = bool(self._outgoing)

    def _receive(self) -> None:
        try:
            chunk = self._line.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self._received += chunk
        try:
            while self._line.fileno() >= 0 and (message := unframe(self._received, MAXIMUM_ANSWER)) is not None:
                self._on_message(decode(message))
        except ValueError:
            chunk = b""
        if not chunk and self._line.fileno() >= 0:
            self._on_end()

    def kill(self) -> None:
        """End the child and its own children at once, and the connection; `on_end` will not be called."""
        if self._line.fileno() >= 0:
            self._loop.remove_reader(self._line)
            self._loop.remove_writer(self._line)
            self._line.close()
        if self._process.returncode is None:
            others = descendants(self._process.pid)  # one that has left the group is not forgotten
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            for other in others:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(other, signal.SIGKILL)

    async def wait(self) -> int | None:
        """After `kill`: the exit status, negative for a signal; None if the system holds on to the process.

        A process that was dying already keeps the status that it was dying with.
        """
        pause, waited = 0.001, 0.0
        while self._process.poll() is None and waited < GRACE:
            await asyncio.sleep(pause)
            waited += pause
            pause = min(2 * pause, 0.05)
        return self._process.returncode

    def last_words(self) -> str:
        """The end of what it wrote to its standard output and error during the last run. Once only, after `wait`."""
        with self._errors as errors:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
            return errors.read().decode(errors="replace").strip()


def _environment(folder: Path, import_paths: Sequence[str]) -> dict[str, str]:
    """The parent's environment without its secrets, which are none of the business of who reads hostile bytes."""
    environment = {name: value for name, value in os.environ.items() if not SECRET.search(name)}
    inherited = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    paths = os.pathsep.join(str(Path(path).absolute()) for path in [*inherited, *import_paths])
    return environment | ENVIRONMENT | {"TMPDIR": str(folder), "PYTHONPATH": paths}
