"""What can be asked about indexing folders, following their changes, and taking bytes into the store."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from dam.assets.commands import RegisteredFile
from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress
from dam_fs.events import RootWatched


@dataclass
class IndexSummary:
    """How an index run went, in numbers of files.

    `failed` are {"path", "reason"} pairs, `suspect` are sentences about roots of which too much was gone to be believed, `seconds` is
    the time it took.
    """

    roots: list[str] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    new: int = 0
    changed: int = 0
    moved: int = 0
    copied: int = 0
    missing: int = 0
    unchanged: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    analysed: int = 0
    suspect: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, part: IndexSummary) -> None:
        """Add another run's counts to these."""
        for one in fields(self):
            value: Any = getattr(self, one.name) + getattr(part, one.name)
            setattr(self, one.name, round(value, 3) if isinstance(value, float) else value)


@dataclass
class IndexPathCommand(BaseCommand[IndexSummary, Progress]):
    """Indexes a folder where it lies: what is new, changed, moved or gone since the last time. Originals are only read.

    `path` becomes a root if it lies beneath none; `name` names it.
    When so many files are gone at once that the disk itself may be, nothing is marked missing unless `accept_missing` is set.
    `dry_run` only compares: nothing is read or written.
    """

    access: ClassVar[Access] = "none"
    path: Path
    name: str | None = None
    accept_missing: bool = False
    dry_run: bool = False


@dataclass
class IndexPathsCommand(BaseCommand[IndexSummary, Progress]):
    """Looks at files and folders of known roots again, in one pass a root; what is gone from them is missing, or has moved.

    Unlike `IndexPathCommand` it does not wait for analyses. Paths in no root are failures. Raises RootOfflineError.
    """

    access: ClassVar[Access] = "none"
    paths: tuple[Path, ...]


@dataclass
class WatchRootsCommand(BaseCommand[None, RootWatched]):
    """Follows changes of roots (names; none means all) as they happen, until the conversation is closed.

    The system tells of changes (inotify and its like); where it does not, a root is polled. With `catch_up`, what happened before is found
    by a full look first; such a look is taken now and then anyway. Raises UsageError for a name that there is not.
    """

    access: ClassVar[Access] = "none"
    roots: tuple[str, ...] = ()
    catch_up: bool = True


@dataclass
class PlanWatchCommand(BaseCommand[list[dict[str, Any]]]):
    """How each root that can be reached would be watched: name, mode ("live" or "polled") and message (why it is polled)."""

    access: ClassVar[Access] = "none"


@dataclass
class FoundFiles:
    """The files that a path means, and what could not be looked at: {"path", "reason"}."""

    files: list[Path] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class FindFilesCommand(BaseCommand[FoundFiles]):
    """Finds what a path means: the file itself, or all files beneath a folder that `IndexPathCommand` would look at. Nothing is opened.

    Left out are links, what the rules ignore, and the library's own files. Raises UsageError for a folder of the library itself.
    """

    access: ClassVar[Access] = "none"
    path: Path


@dataclass
class StoreContentCommand(BaseCommand[RegisteredFile]):
    """Takes bytes in memory into the store, as the content of an entity (a new one when none is given)."""

    access: ClassVar[Access] = "none"
    content: bytes = field(repr=False)
    filename: str = ""
    entity_id: int | None = None
