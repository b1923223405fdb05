"""The ways in for one file, as commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dam.assets.commands import (
    ProcessArchiveCommand,
    ProcessAudioCommand,
    ProcessDocumentCommand,
    ProcessImageCommand,
    ProcessVideoCommand,
)
from dam.commands.core import Access, BaseCommand

__all__ = [
    "CreateWorldFromEntityCommand",
    "FindImportCommand",
    "IngestFileCommand",
    "MakeDemoCommand",
    "ProcessArchiveCommand",
    "ProcessAudioCommand",
    "ProcessDocumentCommand",
    "ProcessFileByHashCommand",
    "ProcessImageCommand",
    "ProcessVideoCommand",
]


@dataclass
class IngestFileCommand(BaseCommand[dict[str, Any]]):
    """Takes a file into the store and processes it.

    The answer is {"status": "SUCCESS" | "SKIPPED" | "FAILED", ...} with a "reason" when it is not SUCCESS:
    "Path already imported", "Duplicate hash", "Unsupported file type", or what went wrong.
    """

    access: ClassVar[Access] = "none"
    file_path: Path


@dataclass
class ProcessFileByHashCommand(BaseCommand[dict[str, Any]]):
    """Processes a file whose SHA-256 (hexadecimal) is known; a content that is in the library already is skipped."""

    access: ClassVar[Access] = "none"
    file_path: Path
    file_hash: str


@dataclass
class FindImportCommand(BaseCommand[int | None]):
    """The id of the asset that was taken into the store from this path, or None."""

    access: ClassVar[Access] = "read"
    file_path: Path


@dataclass
class MakeDemoCommand(BaseCommand[Path]):
    """Makes the small demonstration collection in the World's data directory, unless it is there; the answer is its folder."""

    access: ClassVar[Access] = "none"


@dataclass
class CreateWorldFromEntityCommand(BaseCommand[str]):
    """Makes a World of what an entity's settings components describe; the answer is its name.

    `name` is by default `entity-<id>`, and `directory` the folder `worlds/<name>` in this World's data directory; there the description
    is kept as `world.toml`, so that the world is there the next time too. The World itself is found in the resource `LiveWorlds`.
    """

    access: ClassVar[Access] = "none"
    entity_id: int
    name: str | None = None
    directory: Path | None = None
