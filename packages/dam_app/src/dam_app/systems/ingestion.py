"""The ways in: a file by its path, bytes in memory, and the dispatcher that tells plugins what has come."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from dam.assets.commands import (
    ProcessArchiveCommand,
    ProcessAudioCommand,
    ProcessDocumentCommand,
    ProcessImageCommand,
    ProcessVideoCommand,
    StoreFilesCommand,
)
from dam.assets.models import AssetComponent
from dam.assets.resources import DriverRegistry
from dam.commands.core import BaseCommand
from dam.core.events import AssetIngestionRequested
from dam.core.exceptions import DamError
from dam.core.systems import handles_command, system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.system_events.batch import Batch
from dam_app.commands import FindImportCommand, IngestFileCommand, ProcessFileByHashCommand
from dam_app.functions import file_functions, hash_functions
from dam_app.models import ImportRecordComponent
from dam_fs.commands import StoreContentCommand
from dam_fs.events import FileStored

PROCESSORS: dict[str, type[BaseCommand[Any, Any]]] = {
    "image": ProcessImageCommand,
    "video": ProcessVideoCommand,
    "audio": ProcessAudioCommand,
    "document": ProcessDocumentCommand,
    "archive": ProcessArchiveCommand,
}
"""Which command processes which kind of file; a kind whose command nobody answers is unsupported."""


@handles_command(IngestFileCommand)
async def handle_ingest_file(cmd: IngestFileCommand, world: World) -> Any:
    """Take a file in, unless its path has been imported before."""
    try:
        if await file_functions.is_path_imported(world, cmd.file_path):
            return {"status": "SKIPPED", "reason": "Path already imported"}
        file_hash = await hash_functions.calculate_hash(cmd.file_path)
    except OSError as error:
        return {"status": "FAILED", "reason": f"{cmd.file_path} cannot be read: {error.strerror}."}
    return await world.dispatch_command(ProcessFileByHashCommand(file_path=cmd.file_path, file_hash=file_hash))


@handles_command(ProcessFileByHashCommand)
async def handle_process_by_hash(cmd: ProcessFileByHashCommand, world: World, transaction: WorldTransaction) -> Any:
    """Store a new content and hand it to what processes its kind; remember the path it came from."""
    if await hash_functions.does_hash_exist(world, cmd.file_hash):
        return {"status": "SKIPPED", "reason": "Duplicate hash"}
    try:
        processor = PROCESSORS.get(await asyncio.to_thread(file_functions.get_file_type, cmd.file_path))
    except OSError as error:
        return {"status": "FAILED", "reason": f"{cmd.file_path} cannot be read: {error.strerror}."}
    if processor is None or processor not in world.command_types:
        return {"status": "FAILED", "reason": "Unsupported file type"}
    stored = (await world.dispatch_command(StoreFilesCommand((cmd.file_path,)))).one()[0]
    if stored.entity_id is None:
        return {"status": "FAILED", "reason": stored.error}
    answer = await world.dispatch_command(processor(file_path=cmd.file_path, file_hash=cmd.file_hash))  # type: ignore[call-arg]  # every process command has these two fields
    source = os.fsencode(cmd.file_path.absolute())
    await transaction.upsert_rows(ImportRecordComponent, [{"entity_id": stored.entity_id, "source_path": source}], key=("source_path",))
    return answer


@system(on_command=FindImportCommand)
async def handle_find_import(command: FindImportCommand, transaction: WorldTransaction) -> int | None:
    """Look a path up in the history of imports."""
    source = os.fsencode(command.file_path.absolute())
    statement = select(ImportRecordComponent.entity_id).where(ImportRecordComponent.source_path == source)
    return await transaction.read(lambda connection: connection.execute(statement).scalar_one_or_none())


@system(on_event=AssetIngestionRequested)
async def ingestion_request_system(event: AssetIngestionRequested, world: World) -> None:
    """Store bytes that came in memory as the content of their entity; `FileStored` follows. A known content keeps its entity."""
    stored = (await world.dispatch_command(StoreContentCommand(event.file_content, event.original_filename, event.entity.id))).one()
    if stored.error is not None:
        raise DamError(stored.error)


@system(on_event=FileStored)
async def asset_dispatcher_system(batch: Batch[FileStored], world: World, registry: DriverRegistry) -> None:
    """Announce what kind of asset each stored file is, as its driver says; a kind without a driver is announced by nobody."""
    untold = [event.entity.id for event in batch if not event.mime_type]
    kinds = await world.database.read(partial(_kinds_of, entity_ids=untold)) if untold else {}
    for event in batch:
        mime_type, name = (event.mime_type, event.driver) if event.mime_type else kinds.get(event.entity.id, ("", None))
        driver = registry.driver_for(mime_type or "", name)
        if driver is not None and driver.detected is not None:
            world.send_event(driver.detected(entity=event.entity, file_id=event.file_id))


def _kinds_of(connection: Connection, entity_ids: list[int]) -> dict[int, tuple[str | None, str | None]]:
    """The MIME types of assets, and the names of the drivers that recognised them."""
    asset = AssetComponent
    rows = connection.execute(select(asset.entity_id, asset.mime_type, asset.driver).where(asset.entity_id.in_(entity_ids)))
    return {row.entity_id: (row.mime_type, row.driver) for row in rows}
