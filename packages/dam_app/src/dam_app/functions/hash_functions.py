"""Hashes of files, and whether a library knows them."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from dam.assets.commands import FindAssetCommand
from dam.commands.core import Dispatcher
from dam.core.exceptions import EntityNotFoundError


async def calculate_hash(file_path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits; read as a stream, off the event loop. Raises OSError."""

    def calculate() -> str:
        with file_path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return await asyncio.to_thread(calculate)


async def does_hash_exist(world: Dispatcher, file_hash: str) -> bool:
    """Whether an asset of the World has the content with this SHA-256 (hexadecimal)."""
    try:
        await world.dispatch_command(FindAssetCommand(f"cas://sha256/{file_hash}"))
    except EntityNotFoundError:
        return False
    return True
