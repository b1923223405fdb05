"""Rules for every statement, whatever way it takes to the database; a World hangs them on its engines."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import await_only

from dam.core.exceptions import AccessError
from dam.core.unit import CURRENT

_BOUNDARIES = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})
_FIRST_WORD = re.compile(r"[\s(]*(\w*)")
_HARMLESS = frozenset({"SELECT", "VALUES", "PRAGMA", "EXPLAIN", "SHOW", "SET", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"})
_WRITES_WITHIN = re.compile(r"\b(INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE)


def keep_rules(engine: Engine) -> None:
    """Keep the rules of this module for every statement on an engine."""
    event.listen(engine, "before_cursor_execute", watch_statement)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "invalidate", end_transaction)


def watch_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """Keep a reader from writing, one that joined a writer too, and remember who wrote, whatever way a statement took.

    Components that wait to be written are written first, so that every statement of their transaction sees them.
    """
    view = CURRENT.get()
    if view is None or connection.engine not in view.world.engines:
        return
    found = _FIRST_WORD.match(statement)
    first = found[1].upper() if found else ""
    if view.unit.pending and first not in _BOUNDARIES:
        view.unit.write_before_statement()
    if first in _HARMLESS or (first == "WITH" and not _WRITES_WITHIN.search(statement)):
        return
    if view.access == "read":
        raise AccessError(f"{view.name} may only read, but it tried to write in the transaction of {view.unit.owner}.")
    view.unit.wrote(view.name)


def end_transaction(connection: Any, _record: Any, error: BaseException | None) -> None:
    """End the transaction of an SQLite connection that is thrown away because its statement was cancelled.

    Closing is not enough: SQLite keeps a connection, and its lock, until the last statement on it is forgotten, and the traceback
    of the cancellation remembers one.
    """
    if isinstance(error, asyncio.CancelledError):
        await_only(asyncio.shield(connection.driver_connection.rollback()))
