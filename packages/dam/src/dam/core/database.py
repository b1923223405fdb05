"""The database of one World: one writer, several readers, and the rules that keep them apart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy.exc
from sqlalchemy import URL, Connection, Engine, ExceptionContext, Pool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from dam.core import postgresql
from dam.core.exceptions import AccessError, ConfigurationError, DamError, DatabaseBusyError, UsageError

logger = logging.getLogger(__name__)

T = TypeVar("T")

READERS = 4
BUSY_TIMEOUT_MS = 30_000
NOTICE_MS = 2_000
"""Who waits longer for another process to end its writing hears what is waited for."""
LINTING = False
"""Whether SQLAlchemy looks for tables that a statement forgets to join: tests on PostgreSQL let it, for it takes as long as the rest."""


class Database:
    """The connections to one database.

    `writer` has exactly one connection: whoever holds it writes, all others in this process wait in line for it, so that SQLite's
    `busy_timeout` is left for other processes. `reader` gives snapshots that cannot write. `read` runs a plain function on a
    read connection in a thread. Nothing is opened before the first use.
    """

    def __init__(self, url: str | URL, *, turn_seconds: float = 300.0) -> None:
        """Take a SQLAlchemy URL; plain `sqlite://` and `postgresql://` get the asynchronous drivers.

        Who waits longer than `turn_seconds` for a connection gets DatabaseBusyError: those who hold them do not end.
        """
        self.url = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database in (None, "", ":memory:"):
            raise ConfigurationError("A World needs a database file: an SQLite database in memory cannot be shared by its connections.")
        self._turn_seconds = turn_seconds
        self.writer = self._engine(size=1, read_only=False)
        self.reader = self._engine(size=READERS, read_only=True)
        self._threads: Engine | None = None

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run a plain function on a read connection, off the event loop: one hop, whatever it asks."""
        if not self.is_sqlite:
            async with self.reader.connect() as connection:
                return await connection.run_sync(function)
        return await asyncio.to_thread(self.read_in_thread, function)

    def read_in_thread(self, function: Callable[[Connection], T]) -> T:
        """The same for a caller that is in a thread already (SQLite only)."""
        if self._threads is None:
            self._threads = create_engine(
                self.url.set(drivername="sqlite+pysqlite"),
                enable_from_linting=LINTING,
                poolclass=QueuePool,
                pool_size=READERS,
                max_overflow=2 * READERS,
                connect_args={"check_same_thread": False},
            )
            _prepare_sqlite(self._threads, read_only=True)
            event.listen(self._threads, "handle_error", _explain_error)
        with self._threads.connect() as connection:
            return function(connection)

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        await self.reader.dispose()
        if self._threads is not None:
            self._threads.dispose()
            self._threads = None

    def _engine(self, *, size: int, read_only: bool) -> AsyncEngine:
        pool: type[Pool] = _Turns
        options: dict[str, Any] = {"poolclass": pool, "pool_size": size, "max_overflow": 0, "pool_timeout": self._turn_seconds}
        options["enable_from_linting"] = LINTING
        if self.is_sqlite:
            engine = create_async_engine(self.url, **options)
            _prepare_sqlite(engine.sync_engine, read_only=read_only)
        else:
            engine = postgresql.make_engine(self.url, options, read_only=read_only, patience_ms=BUSY_TIMEOUT_MS)
        event.listen(engine.sync_engine, "handle_error", _explain_error)
        return engine


class _Turns(AsyncAdaptedQueuePool):
    """Connections that are waited for in line; who waits too long is told why."""

    def _do_get(self) -> Any:
        try:
            return super()._do_get()
        except sqlalchemy.exc.TimeoutError as error:
            raise DatabaseBusyError(
                f"Its turn at the database did not come within {self.timeout():.0f} s; two tasks that wait for each other do that, "
                "and a command that takes long while it writes."
            ) from error


def _with_driver(url: URL) -> URL:
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    backend = url.get_backend_name()
    if backend not in drivers:
        raise ConfigurationError(f"The database '{backend}' is not supported; use SQLite or PostgreSQL.")
    return url.set(drivername=drivers[backend])


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    """WAL, foreign keys, a patient wait for other processes; SQLAlchemy, not the driver, begins transactions."""
    notice = min(NOTICE_MS, BUSY_TIMEOUT_MS)

    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS if read_only else notice}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        else:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    def begin_patiently(connection: Connection) -> None:
        for waited in range(notice, BUSY_TIMEOUT_MS + notice, notice):  # a person who interrupts it need not wait for the whole time
            try:
                begin(connection)
            except DatabaseBusyError:
                if waited == notice:
                    logger.warning("Another process is writing to the database; waiting for it, at most %d s.", BUSY_TIMEOUT_MS // 1000)
                if waited >= BUSY_TIMEOUT_MS:
                    raise
            else:
                return

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin if read_only else begin_patiently)


TOO_LARGE = "A number is too large: whole numbers have at most 64 bits here, so nothing has an id like that."
NO_TEXT = "A text holds half a character (a surrogate without its other half), which cannot be kept; write it anew."


def _explain_error(context: ExceptionContext) -> None:
    """Raise the sentence for a failure that a person can do something about, whatever way its statement took."""
    if context.is_pre_ping:
        return  # the pool has found a connection dead and takes a new one: nobody needs to know
    error = context.sqlalchemy_exception
    if isinstance(context.original_exception, OverflowError):  # SQLite's driver has no error of its own for it
        raise UsageError(TOO_LARGE) from context.original_exception
    if isinstance(context.original_exception, UnicodeEncodeError):  # nor for that
        raise UsageError(NO_TEXT) from context.original_exception
    sentence = explain_database_error(error) if isinstance(error, DBAPIError) else None
    if sentence is not None:
        raise sentence from error


def explain_database_error(error: DBAPIError) -> DamError | None:
    """The sentence for a database failure that a person can do something about, or None for a bug."""
    if "value out of int" in str(error.orig):  # PostgreSQL's driver, before it asks the server
        return UsageError(TOO_LARGE)
    if "surrogates not allowed" in str(error.orig):  # the same driver
        return UsageError(NO_TEXT)
    if (state := getattr(error.orig, "sqlstate", None)) is not None or error.connection_invalidated:
        return postgresql.explain(error, state or "")
    text = str(error.orig).lower()
    if "readonly database" in text:
        return AccessError(
            "The database's file can only be read: make it writable, and its folder. (A command that writes needs the access 'write'.)"
        )
    if "database is locked" in text:
        return DatabaseBusyError("The database is held by another process; wait for it to finish, then try again.")
    if "disk is full" in text or "database or disk is full" in text:
        return DamError("The disk that holds the database is full; free some space, then try again.")
    if "disk i/o error" in text:
        return DamError("The disk that holds the database is full or fails (disk I/O error); free some space or check it, then try again.")
    return None
