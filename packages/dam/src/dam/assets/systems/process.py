"""What every `Process…Command` does: take the file in, have it read, and say how that went."""

from __future__ import annotations

from typing import Any, Protocol

from dam.assets.commands import AnalyseAssetsCommand, FindAssetCommand, GetAssetCommand, GetThumbnailCommand, StoreFilesCommand
from dam.core.exceptions import EntityNotFoundError
from dam.core.world import World


class ProcessCommand(Protocol):
    """A command that handles a new file of one kind."""

    file_path: Any
    file_hash: str


async def process_file(command: ProcessCommand, world: World) -> dict[str, Any]:
    """Take a file into the library, if it is not there yet, and read it.

    The answer is {"status": "SUCCESS", "entity_id", "thumbnail_path" (None for what has no picture)}, or "FAILED" with a "reason".
    """
    try:
        entity_id = (await world.dispatch_command(FindAssetCommand(command.file_hash))).one()
    except EntityNotFoundError:
        stored = (await world.dispatch_command(StoreFilesCommand((command.file_path,)))).one()[0]
        if stored.entity_id is None:
            return {"status": "FAILED", "reason": stored.error}
        entity_id = stored.entity_id
    await world.dispatch_command(AnalyseAssetsCommand((entity_id,)))
    asset = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    if asset.get("error_message"):
        return {"status": "FAILED", "reason": asset["error_message"], "entity_id": entity_id}
    thumbnail = (await world.dispatch_command(GetThumbnailCommand(entity_id, "small"))).one()
    return {"status": "SUCCESS", "thumbnail_path": str(thumbnail) if thumbnail else None, "entity_id": entity_id}
