"""The schema: gathers the migrations of all plugins, and brings the database to what they say.

A package's revisions are a branch of their own, called `<branch>_<number>` and named in its `REVISIONS`, so that a start compares names
and imports Alembic only when something is to be done.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from dam.core.database import explain_database_error
from dam.core.exceptions import DamError, DatabaseBusyError, SchemaMismatchError, UsageError
from dam.core.faults import fault
from dam.core.schema_backup import back_up

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

ENGINE_MIGRATIONS = "dam.migrations"
BASE = "base"
"""Before the first revision: without tables."""
VERSION_TABLE = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(255) NOT NULL PRIMARY KEY)"
"""Alembic's own has 32 letters, which PostgreSQL enforces: too few for the names of some packages."""


def migration_packages(world: World) -> list[str]:
    """The import paths of the `migrations` folders of the World's plugins, the engine's first."""
    packages = [plugin.migrations for plugin in world.plugins.values() if plugin.migrations]
    return list(dict.fromkeys([ENGINE_MIGRATIONS, *packages]))


def revisions_of(package: str) -> tuple[str, ...]:
    """The revisions of one package, oldest first: its `REVISIONS`."""
    revisions: tuple[str, ...] = import_module(package).REVISIONS
    return revisions


def branch_of(package: str) -> str:
    """The label of a package's branch, which its revisions begin with: `dam_fs` for `dam_fs.migrations`."""
    revisions = revisions_of(package)
    return revisions[0].rpartition("_")[0] if revisions else package.removesuffix(".migrations").rpartition(".")[2]


def branch_of_revision(revision: str) -> str:
    """The branch that a revision belongs to, by its name."""
    return revision.rpartition("_")[0]


def known_revisions(world: World) -> dict[str, tuple[str, ...]]:
    """The revisions of each branch, oldest first; the engine's branch first, for all other tables point to its entities."""
    return {branch_of(package): revisions_of(package) for package in migration_packages(world)}


async def ensure_schema(world: World) -> None:
    """Bring the database up to date when it is new or older; refuse it, with SchemaMismatchError, when it is newer than the program."""
    if await missing_revisions(world):
        await upgrade(world)


async def missing_revisions(world: World) -> list[str]:
    """The revisions that the database lacks, in the order in which they will run.

    Raises SchemaMismatchError when the database was made by a newer version of the program.
    """
    path = world.database.path
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DamError(f"The data directory {path.parent} cannot be made: {error.strerror}. Choose another with --home.") from error
    present = await current_revisions(world)
    known = known_revisions(world)
    strangers = sorted(one for one in present if branch_of_revision(one) in known and one not in known[branch_of_revision(one)])
    if strangers:
        raise SchemaMismatchError(
            f"The database of world '{world.name}' was made by a newer version of the program (revision {', '.join(strangers)}); "
            "upgrade dam."
        )
    return [one for revisions in known.values() for one in revisions[_position(revisions, present) + 1 :]]


def _position(revisions: tuple[str, ...], present: set[str]) -> int:
    """Where a branch stands: the place of the revision that is there, -1 for none."""
    return next((place for place, one in enumerate(revisions) if one in present), -1)


def _hint(world: World, message: str) -> str:
    """What stands in the way, where that can be told: SQLite needs to write beside the database even to read it."""
    path = world.database.path
    if "unable to open" not in message:
        return " Bring a backup of it back (`dam restore`), or move it away and index your folders again."
    if path is None or os.access(path.parent, os.W_OK):
        return ""
    return " Its folder cannot be written to: see its permissions, and whether its disk is mounted to be read only."


async def current_revisions(world: World) -> set[str]:
    """The revisions that the database is at; none for a new one."""

    def ask(connection: Connection) -> set[str]:
        return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())

    try:
        return await world.database.read(ask)
    except DBAPIError as error:
        message = str(error.orig).lower()
        if "no such table" in message or "does not exist" in message:
            return set()
        if "locked" in message:
            raise DatabaseBusyError("The database is held by another process; wait for it to finish, then try again.") from error
        if "not a database" in message or "malformed" in message or "unable to open" in message:
            raise DamError(f"The database {world.database.path or ''} cannot be opened: {error.orig}.{_hint(world, message)}") from error
        raise explain_database_error(error) or error from error


async def upgrade(world: World, *, backup: bool = True) -> list[str]:
    """Run all migrations that are missing, in one transaction; gives their names.

    A database with something in it is backed up before (see `schema_backup`), unless that is switched off here or in the settings.
    """
    missing = await missing_revisions(world)
    if missing:
        logger.info("Bringing the database of world '%s' up to date", world.name)
        if backup and world.settings.backup_before_migration:
            await back_up(world, missing[0])
        branches = dict.fromkeys(branch_of_revision(one) for one in missing)
        await _run(world, "upgrade", [f"{branch}@head" for branch in branches])
    return missing


async def downgrade(world: World, target: str, *, backup: bool = True) -> list[str]:
    """Go back to a target and drop what came after it, in one transaction; gives the revisions that were undone.

    `target` is as in `revisions_after`. The data in dropped tables and columns is gone, so a backup is made before.
    """
    undone = await revisions_after(world, target)
    if undone:
        if backup and world.settings.backup_before_migration:
            await back_up(world, undone[-1])
        known = known_revisions(world)
        await _run(world, "downgrade", [_before(one, known[branch_of_revision(one)]) for one in undone])
    return undone


def _before(revision: str, revisions: tuple[str, ...]) -> str:
    """Where Alembic goes to undo one revision."""
    place = revisions.index(revision)
    return revisions[place - 1] if place else f"{branch_of_revision(revision)}@{BASE}"


async def revisions_after(world: World, target: str) -> list[str]:
    """The revisions that a downgrade to the target undoes, newest first.

    `target` is `BRANCH@base`, `BRANCH@REVISION`, `BRANCH@-1`, or `base` for everything; a plugin's name may stand for its branch.
    Raises UsageError for any other, and for the engine's tables as long as other tables point to them.
    """
    known = known_revisions(world)
    present = await current_revisions(world)
    there = {branch: revisions[: _position(revisions, present) + 1] for branch, revisions in known.items()}
    if target == BASE:
        return [one for branch in reversed(known) for one in reversed(there[branch])]
    named, _, place = target.partition("@")
    plugin = world.plugins.get(named)
    branch = branch_of(plugin.migrations) if plugin is not None and plugin.migrations else named
    if branch not in known or not place:
        raise UsageError(f"'{target}' is no place to go back to; give BRANCH@base, BRANCH@REVISION or BRANCH@-1 ({', '.join(known)}).")
    revisions = there[branch]
    if place == BASE:
        kept = 0
    elif place.removeprefix("-").isdecimal() and place.startswith("-"):
        kept = len(revisions) - int(place[1:])
    else:
        kept = revisions.index(place) + 1 if place in revisions else -1
    if kept < 0:
        raise UsageError(f"'{branch}' is not beyond '{place}'; it has {', '.join(revisions) or 'no tables'} (see `dam db current`).")
    users = [other for other, theirs in there.items() if theirs and other != branch]
    if branch == branch_of(ENGINE_MIGRATIONS) and kept == 0 and users:
        raise UsageError(f"The tables of {', '.join(users)} need those of {branch}: drop them first, or everything with `base`.")
    return list(reversed(revisions[kept:]))


async def _run(world: World, verb: Literal["upgrade", "downgrade"], targets: list[str]) -> None:
    """Let Alembic go to each target in turn, on the writer's connection and all in one transaction."""
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - Alembic is slow to import and rarely needed
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    configuration = alembic_configuration(world)
    scripts = ScriptDirectory.from_config(configuration)
    # What `alembic.command` does for one target; it would read the revisions of all packages anew for each.
    steps_to = scripts._upgrade_revs if verb == "upgrade" else scripts._downgrade_revs  # noqa: SLF001 - there is no public name for it

    def work(connection: Connection) -> None:
        configuration.attributes["connection"] = connection
        connection.exec_driver_sql(VERSION_TABLE)
        with _without_strangers(connection, known_revisions(world)):
            for target in targets:
                with EnvironmentContext(configuration, scripts, fn=lambda at, _, to=target: steps_to(to, at), destination_rev=target):
                    scripts.run_env()
                fault("migrate.between_steps")
        fault("migrate.before_commit")

    async with _schema_connection(world) as connection, connection.begin():
        await connection.run_sync(work)
        broken: Any = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first() if world.database.is_sqlite else None
        if broken:
            raise DamError(f"The migration would leave rows of {broken[0]} without what they point to in {broken[2]}; nothing was changed.")


@asynccontextmanager
async def _schema_connection(world: World) -> AsyncIterator[AsyncConnection]:
    """The writer's connection, with SQLite's foreign keys switched off.

    SQLite changes a table by making it anew, and dropping the old one must not delete what points to it (SQLite manual, "Making Other
    Kinds Of Table Schema Changes").
    """
    async with world.database.writer.connect() as connection:
        if not world.database.is_sqlite:
            yield connection
            return
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            await driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _without_strangers(connection: Connection, known: dict[str, tuple[str, ...]]) -> Iterator[None]:
    """Hide the revisions of plugins that are not installed: Alembic would not go on with one that it does not know."""
    ours = {one for revisions in known.values() for one in revisions}
    others = [one for one in connection.execute(text("SELECT version_num FROM alembic_version")).scalars() if one not in ours]
    if others:
        connection.execute(text("DELETE FROM alembic_version WHERE version_num = :name"), [{"name": one} for one in others])
    yield
    if others:
        connection.execute(text("INSERT INTO alembic_version VALUES (:name)"), [{"name": one} for one in others])


def alembic_configuration(world: World) -> Any:
    """Alembic's configuration for a World: the engine's environment, and the versions of every plugin."""
    from argparse import Namespace  # noqa: PLC0415 - as above

    from alembic.config import Config  # noqa: PLC0415 - as above

    packages = migration_packages(world)
    folders = [Path(str(import_module(package).__file__)).parent for package in packages]
    configuration = Config(cmd_opts=Namespace(quiet=True))  # it would tell on stdout what it does
    configuration.set_main_option("script_location", str(folders[0]).replace("%", "%%"))
    configuration.attributes["version_locations"] = [folder / "versions" for folder in folders]
    configuration.set_main_option("path_separator", "newline")
    configuration.set_main_option("version_locations", "\n".join(str(folder / "versions") for folder in folders).replace("%", "%%"))
    return configuration
