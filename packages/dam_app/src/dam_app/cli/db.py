"""Keeps the database's schema."""

from __future__ import annotations

import typer

from dam.core.migrate import current_revisions, migration_packages, revisions_of
from dam.core.world import World
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write

db = typer.Typer(help="Keep the database's schema.", no_args_is_help=True, rich_markup_mode=None)


@db.command()
def upgrade() -> None:
    """Make the database, or bring it up to date; harmless when it is."""
    setup_db()


@db.command()
def current() -> None:
    """Print the revisions that the database is at."""
    for revision in sorted(INVOCATION.run(current_revisions)):
        write(revision)


@db.command()
def history() -> None:
    """Print every revision that this build knows, oldest first."""
    for package in migration_packages(INVOCATION.create_world()):
        for revision in revisions_of(package):
            write(revision)


def setup_db() -> None:
    """Make the database, or bring it up to date; harmless when it is."""

    async def upgraded(world: World) -> str:
        return ", ".join(sorted(await current_revisions(world)))

    write(f"The database is up to date ({INVOCATION.run(upgraded)}).")
