"""Gives tags to assets and takes tags from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dam.assets.commands import FindAssetCommand, ListTagsCommand, TagAssetsCommand, TaggedAssets
from dam.core.exceptions import UsageError
from dam.core.world import World
from dam_app.cli.conversation import converse, run
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write, write_json, write_rows


def tag(
    references: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, paths, URNs or SHA-256s.")] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="All that match, in the search language (see `dam search`).")] = None,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="TAG", help="A tag to give (may be given again).")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", metavar="TAG", help="A tag to take away (may be given again).")] = None,
    *,
    show: Annotated[bool, typer.Option("--list", help="List the tags that there are, the most used first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="With --list: one JSON object a line.")] = False,
) -> None:
    """Give tags to assets and take tags from them, or list the tags."""
    if show:
        if references or query is not None or add or remove:
            raise UsageError("--list shows all tags; `dam search tag:NAME` shows the assets that have one.")
        rows = [asdict(one) for one in run(ListTagsCommand()).one()]
        write_rows(rows, ("assets", "name"), as_json=as_json, as_jsonl=as_jsonl)
        return
    if not add and not remove:
        raise UsageError("Give at least one --add or --remove.")
    outcome = INVOCATION.run(lambda world: tag_all(world, references or [], query, add or [], remove or [], dry_run=dry_run))
    if as_json:
        write_json({**asdict(outcome), "dry_run": dry_run})
    else:
        write(f"{'would look at' if dry_run else 'changed'} {outcome.changed} {'asset' if outcome.changed == 1 else 'assets'}")


async def tag_all(
    world: World, references: list[str], query: str | None, add: list[str], remove: list[str], *, dry_run: bool
) -> TaggedAssets:
    """Tag the assets that are meant; in a dry run, only count them."""
    ids = [(await converse(world, FindAssetCommand(reference))).one() for reference in references]
    return (await converse(world, TagAssetsCommand(tuple(ids), tuple(add), tuple(remove), query, dry_run))).one()
