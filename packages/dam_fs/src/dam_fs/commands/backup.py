"""What can be asked about backups."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress


@dataclass
class BackupSummary:
    """What a backup holds: its name and folder, how many objects and bytes belong to it, and how many of them had to be copied.

    `damaged` are the identifiers of objects of which no good copy was found in the store: they are not in the backup.
    """

    name: str
    path: str
    objects: int = 0
    bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class BackupCommand(BaseCommand[BackupSummary, Progress]):
    """Copies the library's database, as it is at one moment, and all that is in its store into a folder; what is there already stays.

    The library may be used meanwhile. Files that are indexed in place are not copied: they are the user's.
    """

    access: ClassVar[Access] = "none"
    target: Path


@dataclass
class RestoreSummary:
    """What was brought back: the backup's name, how many objects and bytes, and the rows of each table.

    `damaged` are the identifiers of objects that are wrong in the backup, or not there; their assets are missing now.
    """

    name: str
    objects: int = 0
    bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class RestoreCommand(BaseCommand[RestoreSummary, Progress]):
    """Brings a backup back into a library that is empty; every file of it is compared with its hash on the way.

    `name` says which backup of the folder, the newest when nothing is said. After an interruption the same command goes on.
    """

    access: ClassVar[Access] = "none"
    source: Path
    name: str | None = None
