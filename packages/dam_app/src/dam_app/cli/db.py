"""Keeps the database's schema."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from dam.core.migrate import current_revisions, downgrade, known_revisions, missing_revisions, revisions_after, upgrade
from dam.core.world import World
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write, write_json

T = TypeVar("T")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only name the revisions that would run; change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
NoBackup = Annotated[bool, typer.Option("--no-backup", help="Make no copy of the database before (see the folder `backups`).")]

db = typer.Typer(help="Keep the database's schema.", no_args_is_help=True, rich_markup_mode=None)


def run_closed(work: Callable[[World], Awaitable[T]]) -> T:
    """Run work on a World that is not opened: opening it would bring its database up to date."""
    import asyncio  # noqa: PLC0415 - `--help` does without

    async def inside() -> T:
        world = INVOCATION.create_world()
        try:
            return await work(world)
        finally:
            await world.close()

    return asyncio.run(inside())


def setup_db(*, dry_run: DryRun = False, no_backup: NoBackup = False, as_json: AsJson = False) -> None:
    """Make the database, or bring it up to date; harmless when it is. Ends with code 8 when a newer version of dam has made it."""

    async def work(world: World) -> tuple[list[str], set[str]]:
        done = await (missing_revisions(world) if dry_run else upgrade(world, backup=not no_backup))
        return done, await current_revisions(world)

    done, current = run_closed(work)
    if as_json:
        write_json({"dry_run": dry_run, "revisions": done, "current": sorted(current)})
    elif dry_run and done:
        write(f"These revisions would run: {', '.join(done)}.")
    else:
        write(f"The database is up to date ({', '.join(sorted(current))}).")


db.command("upgrade")(setup_db)


@db.command("downgrade")
def go_back(
    target: Annotated[
        str, typer.Argument(help="BRANCH@base, BRANCH@REVISION or BRANCH@-1 (a plugin's name will do), or base for everything.")
    ],
    *,
    dry_run: DryRun = False,
    no_backup: NoBackup = False,
    as_json: AsJson = False,
) -> None:
    """Undo revisions, and drop their tables with what is in them. Any other verb brings the tables back, empty."""
    undone = run_closed(lambda world: revisions_after(world, target) if dry_run else downgrade(world, target, backup=not no_backup))
    if as_json:
        write_json({"dry_run": dry_run, "revisions": undone})
    elif undone:
        write(f"{'These revisions would be undone' if dry_run else 'Undone'}: {', '.join(undone)}.")
    else:
        write("Nothing to undo.")


@db.command()
def current(*, as_json: AsJson = False) -> None:
    """Print the revisions that the database is at."""
    present = run_closed(current_revisions)
    if not as_json:
        for revision in sorted(present):
            write(revision)
        return
    known = known_revisions(INVOCATION.create_world())
    write_json([_standing(revision, known) for revision in sorted(present)])


def _standing(revision: str, known: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """One line of `current`: `latest` is null where the plugin is not installed."""
    branch = revision.rpartition("_")[0]
    revisions = known.get(branch)
    return {"branch": branch, "revision": revision, "latest": revisions[-1] if revisions else None}


@db.command()
def history(*, as_json: AsJson = False) -> None:
    """Print every revision that this build knows, oldest first in each branch."""
    known = known_revisions(INVOCATION.create_world())
    if as_json:
        write_json([{"branch": branch, "revisions": list(revisions)} for branch, revisions in known.items()])
        return
    for revisions in known.values():
        for revision in revisions:
            write(revision)


@db.command()
def revision(
    plugin: Annotated[str, typer.Argument(help="The plugin whose tables have changed.")],
    *,
    message: Annotated[str, typer.Option("--message", "-m", help="What changes, in one sentence.")],
    empty: Annotated[bool, typer.Option("--empty", help="Write a revision without steps, to be filled in by hand.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a plugin's next migration from what its models say now (for the authors of plugins)."""
    from dam.core.revision_file import write_revision  # noqa: PLC0415 - only authors need it

    written = run_closed(lambda world: write_revision(world, plugin, message, empty=empty))
    if as_json:
        write_json(None if written is None else {"revision": written.revision, "path": str(written.path), "listed": written.listed})
    elif written is None:
        write(f"The migrations of '{plugin}' make all that its models say; nothing was written.")
    else:
        listed = "" if written.listed else f"; add it to REVISIONS in {written.path.parent.parent / '__init__.py'}"
        write(f"{written.revision} is written to {written.path}{listed}. Read it before you use it.")
