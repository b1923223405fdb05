"""Writes all that is known about assets, as JSON Lines."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import ExportAssetsCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write_json


def export(query: Annotated[list[str] | None, typer.Argument(help="Which assets, in the search language; none means all.")] = None) -> None:
    """Write all that is known about assets to stdout, one JSON object a line."""
    INVOCATION.run(lambda world: export_all(world, " ".join(query or []), lambda row: write_json(row, line=True)))


async def export_all(world: World, query: str, tell: Any) -> None:
    """Read assets whole, a page at a time, and tell each."""
    command = ExportAssetsCommand(query)
    while True:
        rows = (await converse(world, command)).one()
        for row in rows:
            tell(row)
        if len(rows) < command.limit:
            return
        command.after_id = rows[-1]["id"]
