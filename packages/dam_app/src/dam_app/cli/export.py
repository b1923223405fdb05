"""Writes all that is known about assets, as JSON Lines."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import Among, ExportAssetsCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write_json


def export(
    query: Annotated[list[str] | None, typer.Argument(help="Which assets, in the search language; none means all.")] = None,
    *,
    trash: Annotated[bool, typer.Option("--trash", help="What is in the trash, instead of all else.")] = False,
) -> None:
    """Write all that is known about assets to stdout, one JSON object a line."""
    among: Among = "trash" if trash else "library"
    INVOCATION.run(lambda world: export_all(world, " ".join(query or []), lambda row: write_json(row, line=True), among))


async def export_all(world: World, query: str, tell: Any, among: Among = "library") -> None:
    """Read assets whole, a page at a time, and tell each."""
    command = ExportAssetsCommand(query, among=among)
    while True:
        rows = (await converse(world, command)).one()
        for row in rows:
            tell(row)
        if len(rows) < command.limit:
            return
        command.after_id = rows[-1]["id"]
