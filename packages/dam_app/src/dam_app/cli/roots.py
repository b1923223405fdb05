"""Lists the folders that are indexed."""

from __future__ import annotations

from typing import Annotated

import typer

from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import size_text, write_rows
from dam_fs.commands import ListRootsCommand

COLUMNS = ("id", "name", "status", "files", "missing", "bytes", "scanned_at", "path")


def roots(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """List the folders that are indexed, and the store."""
    rows = INVOCATION.run(read_roots)
    shown = rows if as_json or as_jsonl else [{**row, "bytes": size_text(float(str(row["bytes"])))} for row in rows]
    write_rows(shown, COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


async def read_roots(world: World) -> list[dict[str, object]]:
    """One row a root."""
    return (await converse(world, ListRootsCommand())).one()
