"""What can be asked about roots, and what of them is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand


@dataclass
class AddRootCommand(BaseCommand[int]):
    """Makes a folder known as a root; the answer is its id, the known one's if it is one already.

    A folder beneath a root is a part of that and cannot be one itself; roots beneath a new one stay roots, so that every file has one.
    """

    path: Path
    name: str | None = None
    owner_id: int | None = None


@dataclass
class CheckFolderCommand(BaseCommand[Path]):
    """Says whether a folder can be indexed: the answer is its resolved path, else the error says why not."""

    access: ClassVar[Access] = "none"
    path: Path


@dataclass
class ListRootsCommand(BaseCommand[list[dict[str, Any]]]):
    """The roots: id, name, path, storage_type, status, files (present), missing, bytes, scanned_at and watch of each.

    `watch` is how this process watches it: "live", "polled", "offline", or None if it does not.
    """

    access: ClassVar[Access] = "read"


@dataclass
class ProbeRootsCommand(BaseCommand[list[dict[str, Any]]]):
    """Looks which of the roots that are indexed in place can be reached: id, name, path, status and reason (if it is offline) of each.

    Each is looked at in a process of its own, with a time limit: a disk that hangs is offline. Statuses of roots are remembered;
    nothing else changes, and no file is opened.
    """

    access: ClassVar[Access] = "none"


@dataclass
class ListMissingCommand(BaseCommand[list[dict[str, Any]]]):
    """The places that were looked for and not found, and the assets that have no place any more, the latest first.

    Keys: id (of the asset), filename, status (of the asset: missing if no place is left), root, path, urn, size, since (when it was found
    missing) and places (how many others are there). `root` is a name; None means all. Where other content has taken the path of an asset,
    it is told where it was last; one whose root was forgotten has no root, path and urn.
    """

    access: ClassVar[Access] = "read"
    root: str | None = None
    limit: int | None = None


@dataclass
class ListFoldersCommand(BaseCommand[list[Path]]):
    """The folders that are indexed in place, by their exact paths, which need not be text; `root` is the name of the one that is meant.

    Raises UsageError for a name that none of them has.
    """

    access: ClassVar[Access] = "read"
    root: str | None = None


@dataclass
class RelocateRootCommand(BaseCommand[dict[str, Any]]):
    """Says that a root lies at another path now; no file is read again.

    The root's sampled files decide whether it is the same folder: RootError if it is not. The answer has the keys name, path, samples,
    matching and files (how many known files lie there as they were). `dry_run` only compares.
    """

    access: ClassVar[Access] = "none"
    name: str
    path: Path
    dry_run: bool = False


@dataclass
class RenameRootCommand(BaseCommand[None]):
    """Gives a root another name; the URNs of its files change with it. `dry_run` only says whether that is possible."""

    name: str
    new_name: str
    dry_run: bool = False


@dataclass
class ForgetRootCommand(BaseCommand[dict[str, int]]):
    """Forgets a root and where its files are; the files, the assets and what people said of them stay.

    The answer has the keys files (locations that are forgotten) and missing (assets that have no other place). `dry_run` only counts.
    """

    name: str
    dry_run: bool = False
