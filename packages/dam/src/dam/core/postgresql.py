"""What is different about PostgreSQL: how its connections are made, what it cannot store, what its failures mean."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from dam.core.exceptions import AccessError, ConfigurationError, DamError, DatabaseBusyError, DatabaseUnreachableError

WRITE_LOCK_KEY = 0x64616D  # "dam": the advisory lock that makes writers of one database take turns
REPLACEMENT = "\ufffd"
_LOST = ("08", "57P01", "57P02", "57P03")
"""The connection failed; the server is shut down by its administrator, has crashed, or starts (PostgreSQL manual, appendix A)."""
_REFUSED = ("28", "3D")
"""The name or password is wrong; there is no such database."""


def make_engine(url: URL, options: dict[str, Any], *, read_only: bool, patience_ms: int) -> AsyncEngine:
    """An engine whose readers get one snapshot that cannot write, and whose writers take turns, each waiting `patience_ms` at most.

    A connection that was lost while it lay in the pool is replaced. Raises ConfigurationError when the driver is not installed.
    """
    if find_spec("asyncpg") is None:
        raise ConfigurationError("A PostgreSQL database needs the driver asyncpg: install dam with its extra 'postgres' (dam[postgres]).")
    engine = create_async_engine(url, pool_pre_ping=True, json_serializer=to_json, **options)
    turn = f"SELECT set_config('lock_timeout', '{patience_ms}', true), pg_advisory_xact_lock({WRITE_LOCK_KEY})"
    first = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else turn

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(first)

    event.listen(engine.sync_engine, "begin", begin)
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def _connect(dialect: Any, _record: object, arguments: Any, options: Any) -> Any:
    """Connect; a failure is a sentence: SQLAlchemy would hand on whatever the driver raises."""
    try:
        return dialect.connect(*arguments, **options)
    except OSError as error:  # also a time-out
        raise DatabaseUnreachableError(f"The database server cannot be reached: {error}. Start it, or correct database_url.") from error
    except Exception as error:
        state = str(getattr(error, "sqlstate", None) or "")
        if state.startswith(_REFUSED):
            raise ConfigurationError(f"The database server refuses the connection: {error}. Correct database_url.") from error
        if state.startswith((*_LOST, "53")):
            raise DatabaseUnreachableError(f"The database server cannot serve us now: {error}. Try again in a moment.") from error
        raise


def _without_nul(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> Any:
    """PostgreSQL's text has no NUL character: U+FFFD stands in for it."""
    if isinstance(parameters, list):
        return statement, [_replaced(one) for one in parameters]
    return statement, _replaced(parameters)


def _replaced(parameters: Any) -> Any:
    if not any(isinstance(value, str) and "\0" in value for value in parameters):
        return parameters
    return tuple(value.replace("\0", REPLACEMENT) if isinstance(value, str) else value for value in parameters)


def to_json(value: Any) -> str:
    """JSON that PostgreSQL takes: NUL and half a surrogate pair become U+FFFD, a number that is none (NaN, infinity) null."""
    text = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in text or "NaN" in text or "Infinity" in text or not _is_unicode(text):
        text = json.dumps(_storable(value), ensure_ascii=False)
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", REPLACEMENT).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def explain(error: DBAPIError, state: str) -> DamError | None:
    """The sentence for a failure that a person can do something about, or None for a bug; `state` is its SQLSTATE."""
    if error.connection_invalidated or state.startswith(_LOST):
        return DatabaseUnreachableError("The connection to the database server was lost; what was not committed is undone. Try again.")
    if state == "25006":  # read_only_sql_transaction
        return AccessError("This command may only read the database, but it tried to write; its access must be 'write'.")
    if state == "55P03":  # lock_not_available
        return DatabaseBusyError("The database is held by another process; wait for it to finish, then try again.")
    if state == "53100":  # disk_full
        return DamError("The disk that holds the database is full; free some space, then try again.")
    if state == "22001":  # string_data_right_truncation
        return DamError(f"A text is longer than the database takes: {error.orig}.")
    return None
