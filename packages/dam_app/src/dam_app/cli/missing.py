"""Lists what is missing, and believes it when very much is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.index import index_all, report
from dam_app.cli.invocation import INVOCATION, end
from dam_app.cli.output import size_text, write_rows
from dam_fs.commands import IndexPathCommand, IndexSummary, ListFoldersCommand, ListMissingCommand

COLUMNS = ("id", "status", "since", "places", "size", "root", "path")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
AsJsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")]
OfRoot = Annotated[str | None, typer.Option("--root", help="Only those of one root (see `dam roots`).")]

missing = typer.Typer(help="List what is missing.", invoke_without_command=True, rich_markup_mode=None)


@missing.callback()
def listed(context: typer.Context, root: OfRoot = None, *, as_json: AsJson = False, as_jsonl: AsJsonl = False) -> None:
    """List the files that were looked for and not found, the latest first; nothing that was said of them is deleted."""
    if context.invoked_subcommand is None:
        list_missing(root, as_json=as_json, as_jsonl=as_jsonl)


@missing.command("list")
def list_missing(root: OfRoot = None, *, as_json: AsJson = False, as_jsonl: AsJsonl = False) -> None:
    """List the files that were looked for and not found, the latest first."""
    rows = INVOCATION.run(lambda world: read_missing(world, root))
    shown = rows if as_json or as_jsonl else [{**row, "since": row["since"][:16], "size": size_text(row["size"])} for row in rows]
    write_rows(shown, COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


async def read_missing(world: World, root: str | None) -> list[dict[str, Any]]:
    """One row a place that is missing."""
    return (await converse(world, ListMissingCommand(root))).one()


@missing.command()
def confirm(
    root: Annotated[str, typer.Argument(help="The root's name (see `dam roots`).")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be missing, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look through a root that is suspect, and believe what is there: all else is missing."""

    async def work(world: World) -> tuple[IndexSummary, int | None]:
        (path,) = (await converse(world, ListFoldersCommand(root))).one()
        return await index_all(world, [IndexPathCommand(path, accept_missing=True, dry_run=dry_run)])

    summary, error = INVOCATION.run(work)
    report(summary, as_json=as_json)
    if error is not None:
        end(error)
