"""Copying a World's database while it is in use, and bringing a copy back."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from dam.core.exceptions import DamError

if TYPE_CHECKING:
    from dam.core.world import World

PATIENCE_SECONDS = 30.0


async def copy_database(world: World, target: Path, *, snapshot: str | None = None) -> None:
    """Copy the database as it is at one moment into a new file; nobody has to wait for that.

    SQLite's backup API makes a database file, PostgreSQL's `pg_dump` an archive (`snapshot` names an exported snapshot to take).
    Raises DamError, also when `pg_dump` is not installed, OSError and sqlite3.Error.
    """
    if world.database.path is not None:
        await asyncio.to_thread(_copy_sqlite, world.database.path, target)
    else:
        chosen = [f"--snapshot={snapshot}"] if snapshot else []
        await _run(world, "pg_dump", "--format=custom", f"--file={target}", *chosen)


async def bring_back_database(world: World, source: Path) -> None:
    """Replace all that is in the database by a copy that `copy_database` made, all or nothing.

    In a PostgreSQL database the tables whose place it takes must be gone already. Raises as `copy_database` does.
    """
    if world.database.path is not None:
        await asyncio.to_thread(_copy_sqlite, source, world.database.path)
    else:
        options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        await _run(world, "pg_restore", *options, str(source))
    await world.database.close()  # what the open connections know of the tables is no longer true


def _copy_sqlite(path: Path, target: Path) -> None:
    fresh = not target.exists()
    with closing(sqlite3.connect(path, PATIENCE_SECONDS)) as source, closing(sqlite3.connect(target, PATIENCE_SECONDS)) as copy:
        source.backup(copy)
        if fresh:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself


async def _run(world: World, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on the database; its words are the error's."""
    program = shutil.which(name)
    if program is None:
        raise DamError(f"There is no {name}, which PostgreSQL's databases are copied with; install PostgreSQL's client programs.")
    url = world.database.url.set(drivername="postgresql")
    environment = {**os.environ, "PGPASSWORD": str(url.password)} if url.password else None  # a command line can be read by everybody
    where = url.set(password=None).render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        program, f"--dbname={where}", *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode:
        raise DamError(f"{name} could not do it: {' '.join(said.decode(errors='replace').split())}")
