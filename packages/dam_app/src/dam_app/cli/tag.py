"""Gives tags to assets and takes tags from them."""

from __future__ import annotations

from typing import Annotated

import typer

from dam.assets.commands import FindAssetCommand, TagAssetsCommand
from dam.core.exceptions import UsageError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write


def tag(
    references: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, paths, URNs or SHA-256s.")],
    add: Annotated[list[str] | None, typer.Option("--add", metavar="TAG", help="A tag to give (may be given again).")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", metavar="TAG", help="A tag to take away (may be given again).")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Give tags to assets and take tags from them."""
    if not add and not remove:
        raise UsageError("Give at least one --add or --remove.")
    changed = INVOCATION.run(lambda world: tag_all(world, references, add or [], remove or [], dry_run=dry_run))
    write(f"{'would look at' if dry_run else 'changed'} {changed} {'asset' if changed == 1 else 'assets'}")


async def tag_all(world: World, references: list[str], add: list[str], remove: list[str], *, dry_run: bool) -> int:
    """Tag the assets that are meant; gives how many changed (or, in a dry run, how many were found)."""
    ids = [(await converse(world, FindAssetCommand(reference))).one() for reference in references]
    if dry_run:
        return len(ids)
    return (await converse(world, TagAssetsCommand(tuple(ids), tuple(add), tuple(remove)))).one()
