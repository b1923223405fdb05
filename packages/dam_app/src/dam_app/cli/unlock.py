"""Reads an asset that needs a password, which it asks for."""

from __future__ import annotations

from typing import Annotated

import typer

from dam.assets.commands import FindAssetCommand, UnlockAssetCommand
from dam.core.exceptions import DamError, UsageError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write


def unlock(reference: Annotated[str, typer.Argument(metavar="ID", help="An id, path, URN or SHA-256.")]) -> None:
    """Ask for the password of an asset that cannot be read without one, and read it; the password is not kept."""
    INVOCATION.run(lambda world: unlock_one(world, reference))
    write("read")


async def unlock_one(world: World, reference: str) -> None:
    """Carry the conversation about one asset; raises UsageError for one that needs no password, DamError when no password opened it."""
    entity_id = (await converse(world, FindAssetCommand(reference))).one()
    opened = (await converse(world, UnlockAssetCommand(entity_id))).results
    if not opened:
        raise UsageError(f"Asset {entity_id} does not wait for a password; `dam show {entity_id}` tells how it stands.")
    if not any(opened):
        raise DamError(f"Asset {entity_id} stays closed: no password opened it.")
