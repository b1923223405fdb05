"""Works on what is pending, as one of several processes."""

from __future__ import annotations

from typing import Annotated

import typer

from dam.assets.commands.work import WorkCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write


def worker(
    *,
    forever: Annotated[bool, typer.Option("--forever", help="Go on when nothing is left, and wait for more.")] = False,
    poll: Annotated[float, typer.Option("--poll", help="Seconds between looks for more.", min=0.1)] = 5.0,
) -> None:
    """Analyse what is pending; several may share the work."""
    write(f"{INVOCATION.run(lambda world: work(world, forever=forever, poll=poll))} assets finished")


async def work(world: World, *, forever: bool, poll: float) -> int:
    """Work until nothing is left, or for ever; gives how many assets were finished here."""
    return (await converse(world, WorkCommand(forever, poll))).one()
