"""Lists assets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import ListAssetsCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import size_text, write_json, write_rows

BARE = ("dam_assets",)
"""The plugins that a plain list needs: loading the others would take longer than the list."""

MEMBERS = typer.Option(
    "--members/--no-members",
    help="With, or without, what lies in archives only. [default: with a query or a tag, else without]",
    show_default=False,
)
COLUMNS = ("id", "type", "status", "size", "filename", "path")


def ls(
    query: Annotated[str, typer.Argument(help="What to list, in the search language (see `dam search --help`).")] = "",
    types: Annotated[list[str] | None, typer.Option("--type", metavar="TYPE", help="Only of this type (may be given again).")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Only with this tag (may be given again).")] = None,
    sort: Annotated[str, typer.Option(help="captured, added, name, size or id; -name turns it around.")] = "id",
    limit: Annotated[int, typer.Option(help="At most so many; 0 means all.", min=0)] = 0,
    *,
    members: Annotated[bool | None, MEMBERS] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """List assets: what lies in archives only is left out, unless something is searched for."""
    command = ListAssetsCommand(query, tuple(types or ()), tuple(tags or ()), sort, members=members)
    needed = None if query else BARE  # a query may name fields of any plugin
    if as_jsonl:
        INVOCATION.run(lambda world: each_row(world, command, limit, lambda row: write_json(row, line=True)), plugins=needed)
        return
    rows: list[dict[str, Any]] = []
    INVOCATION.run(lambda world: each_row(world, command, limit, rows.append), plugins=needed)
    shown = rows if as_json else [{**row, "size": size_text(row["size"])} for row in rows]
    write_rows(shown, COLUMNS, as_json=as_json, as_jsonl=False)


async def each_row(world: World, command: ListAssetsCommand, limit: int, tell: Any) -> None:
    """Read the list page by page and tell each row, at most `limit` (0: all)."""
    told = 0
    while True:
        command.limit = min(500, limit - told) if limit else 500
        page = (await converse(world, command)).one()
        for row in page.items:
            tell(row)
        told += len(page.items)
        if page.next is None or (limit and told >= limit):
            return
        command.cursor = page.next
