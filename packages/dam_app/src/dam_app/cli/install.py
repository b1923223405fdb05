"""Installs a program of the library, where the settings allow it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import FindAssetCommand
from dam.assets.commands.tasks import InstallSoftwareCommand
from dam.core.exceptions import DamError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write


def install(reference: Annotated[str, typer.Argument(metavar="ID", help="An id, path, URN or SHA-256.")]) -> None:
    """Install a program by what the settings name for its kind, after asking; off until they name something. It leaves a record."""
    record = INVOCATION.run(lambda world: install_one(world, reference))
    for line in record["output"].splitlines():
        write(line)
    write("installed")


async def install_one(world: World, reference: str) -> dict[str, Any]:
    """Carry the conversation about one asset; gives the record, and raises DamError when it was not installed."""
    entity_id = (await converse(world, FindAssetCommand(reference))).one()
    record = (await converse(world, InstallSoftwareCommand(entity_id))).one()
    if record["outcome"] != "done":
        said = " ".join(record["output"].split())
        raise DamError(f"Asset {entity_id} was not installed ({record['outcome']}). {said}".rstrip())
    return record
