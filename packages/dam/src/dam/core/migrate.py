"""The schema: gathers the migrations of all plugins, and brings the database to what they say."""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from dam.core.exceptions import DamError, DatabaseBusyError, SchemaMismatchError
from dam.core.faults import fault

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

ENGINE_MIGRATIONS = "dam.migrations"


def migration_packages(world: World) -> list[str]:
    """The import paths of the `migrations` folders of the World's plugins, the engine's first."""
    packages = [plugin.migrations for plugin in world.plugins.values() if plugin.migrations]
    return list(dict.fromkeys([ENGINE_MIGRATIONS, *packages]))


def revisions_of(package: str) -> tuple[str, ...]:
    """The revisions of one package, oldest first: its `REVISIONS`."""
    revisions: tuple[str, ...] = import_module(package).REVISIONS
    return revisions


async def ensure_schema(world: World) -> None:
    """Bring the database up to date when it is new or older; refuse it, with SchemaMismatchError, when it is newer than the program."""
    path = world.database.path
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DamError(f"The data directory {path.parent} cannot be made: {error.strerror}. Choose another with --home.") from error
    present = await current_revisions(world)
    known = [revisions_of(package) for package in migration_packages(world)]
    wanted = {revisions[-1] for revisions in known}
    strangers = _newer(present, known)
    if strangers:
        raise SchemaMismatchError(
            f"The database of world '{world.name}' was made by a newer version of the program (revision {', '.join(strangers)}); "
            "upgrade dam."
        )
    if not wanted <= present:
        await upgrade(world)


def _newer(present: set[str], known: list[tuple[str, ...]]) -> list[str]:
    """Revisions of packages that we have, but which these packages do not know: `<package>_<number>`."""
    all_known = {revision for revisions in known for revision in revisions}
    families = {revisions[0].rpartition("_")[0] for revisions in known}
    return sorted(revision for revision in present - all_known if revision.rpartition("_")[0] in families)


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
            raise DamError(f"The database {world.database.path or ''} cannot be opened: {error.orig}.") from error
        raise


async def upgrade(world: World) -> None:
    """Run all migrations that are missing, in one transaction."""
    from alembic import command  # noqa: PLC0415 - Alembic is slow to import and rarely needed

    logger.info("Bringing the database of world '%s' up to date", world.name)
    configuration = alembic_configuration(world)

    def work(connection: Connection) -> None:
        configuration.attributes["connection"] = connection
        for package in migration_packages(world):  # the engine's tables first: all others point to its entities
            command.upgrade(configuration, f"{branch_of(package)}@head")
            fault("migrate.between_steps")
        fault("migrate.before_commit")

    async with world.database.writer.begin() as connection:
        await connection.run_sync(work)


def branch_of(package: str) -> str:
    """The label of a package's branch: what its revisions begin with."""
    return revisions_of(package)[0].rpartition("_")[0]


def alembic_configuration(world: World) -> Any:
    """Alembic's configuration for a World: the engine's environment, and the versions of every plugin."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    packages = migration_packages(world)
    folders = [Path(str(import_module(package).__file__)).parent for package in packages]
    configuration = Config()
    configuration.set_main_option("script_location", str(folders[0]).replace("%", "%%"))
    configuration.attributes["version_locations"] = [folder / "versions" for folder in folders]
    configuration.set_main_option("path_separator", "newline")
    configuration.set_main_option("version_locations", "\n".join(str(folder / "versions") for folder in folders).replace("%", "%%"))
    return configuration
