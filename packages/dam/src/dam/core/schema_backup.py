"""A copy of the database before its tables are changed, in the folder `backups` of the data directory."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from dam.core.database_copy import copy_database
from dam.core.exceptions import DamError, SchemaMismatchError

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

KEPT = 5
"""Copies that are kept; older ones are removed when a new one is complete."""
UNFINISHED = ".part"


async def back_up(world: World, revision: str) -> Path | None:
    """Copy the database as it is before `revision` runs or is undone; gives the copy, or None when there is nothing to lose.

    SQLite is copied while it is in use (its backup API), PostgreSQL by `pg_dump`. Raises SchemaMismatchError when `pg_dump` is not
    installed, and DamError when the copy cannot be made: nothing is migrated then.
    """
    if not await _has_something(world):
        return None
    folder = world.settings.data_directory / "backups"
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    copy = folder / f"{world.name}.{moment}.before-{revision}.{'db' if world.database.is_sqlite else 'dump'}.bak"
    unfinished = copy.with_name(copy.name + UNFINISHED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not world.database.is_sqlite and shutil.which("pg_dump") is None:
            raise SchemaMismatchError(
                f"The database of world '{world.name}' has to be migrated ({revision}), and there is no pg_dump to back it up first: "
                "install it, or make a backup yourself and run `dam db upgrade --no-backup`."
            )
        await copy_database(world, unfinished)
        await asyncio.to_thread(_finish, unfinished, copy)
    except (OSError, sqlite3.Error) as error:
        raise DamError(f"The database cannot be backed up to {folder} before its migration: {error}. Nothing was changed.") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    logger.info("The database as it was is kept in %s", copy)
    return copy


async def _has_something(world: World) -> bool:
    def ask(connection: Connection) -> bool:
        return connection.execute(text("SELECT 1 FROM entities LIMIT 1")).first() is not None

    try:
        return await world.database.read(ask)
    except DBAPIError:  # there is no such table yet
        return False


def _finish(unfinished: Path, copy: Path) -> None:
    """Make the copy lasting, then give it its name, then remove the oldest ones."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(copy)
    folder = os.open(copy.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    world = copy.name.partition(".")[0]
    for old in sorted(copy.parent.glob(f"{world}.*.before-*.bak"))[:-KEPT]:
        old.unlink(missing_ok=True)
