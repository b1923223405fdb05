"""The demonstration collection."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from dam.core.exceptions import DamError
from dam.core.systems import system
from dam.core.world import World
from dam_app.commands import MakeDemoCommand
from dam_app.functions.demo import make_demo_collection

COLLECTION = "collection"


@system(on_command=MakeDemoCommand)
async def handle_make_demo(command: MakeDemoCommand, world: World) -> Path:
    """Make the collection off the event loop; a finished one is left as it is. Nobody waits for what was cancelled."""
    folder = world.settings.data_directory / COLLECTION
    stopped = threading.Event()
    try:
        await asyncio.to_thread(make_demo_collection, folder, stopped=stopped.is_set)
    except OSError as error:
        raise DamError(
            f"The demo collection cannot be made in {folder}: {error.strerror}. Free some space there, or choose another --home."
        ) from error
    finally:
        stopped.set()
    return folder
