"""What can be asked of a World about folders and files."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from dam.assets.commands import RegisteredFile, StoreFilesCommand
from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress
from dam_fs.events import RootWatched

__all__ = [
    "AddRootCommand",
    "AnswerReviewCommand",
    "BackupCommand",
    "BackupSummary",
    "CheckFolderCommand",
    "Finding",
    "ForgetRootCommand",
    "FsckCommand",
    "FsckReport",
    "IndexPathCommand",
    "IndexPathsCommand",
    "IndexSummary",
    "ListFoldersCommand",
    "ListMissingCommand",
    "ListReviewsCommand",
    "ListRootsCommand",
    "PlanWatchCommand",
    "ProbeRootsCommand",
    "RebuildCommand",
    "RebuildSummary",
    "RegisteredFile",
    "RelocateRootCommand",
    "RenameRootCommand",
    "RestoreCommand",
    "RestoreSummary",
    "StoreContentCommand",
    "StoreFilesCommand",
    "VerifyCommand",
    "VerifySummary",
    "WatchRootsCommand",
]


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
class StoreContentCommand(BaseCommand[RegisteredFile]):
    """Takes bytes in memory into the store, as the content of an entity (a new one when none is given)."""

    access: ClassVar[Access] = "none"
    content: bytes = field(repr=False)
    filename: str = ""
    entity_id: int | None = None


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
    """The places that were looked for and not found, the latest first.

    Keys: id (of the asset), filename, status (of the asset: missing if no place is left), root, path, urn, size, since (when it was found
    missing) and places (how many others are there). `root` is a name; None means all.
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


@dataclass
class ListReviewsCommand(BaseCommand[list[dict[str, Any]]]):
    """The guesses that wait for a person: whether a lost asset is what was found at a path.

    Keys: id, reason ("edited" or "replaced"), confidence (0 to 1), lost and found (ids of assets), lost_path, found_path, root, created_at.
    """

    access: ClassVar[Access] = "read"


@dataclass
class AnswerReviewCommand(BaseCommand[int]):
    """Answers a guess; the answer is the id of the asset that has the file then.

    Accepted: of an edited file, the lost asset takes the found one's place, and what was said of either is said of it; of a replaced
    one, the found asset becomes a version of the lost one and takes over what people said of that. Raises EntityNotFoundError and
    UsageError (it was answered, or the lost file has come back).
    """

    review_id: int
    accept: bool


@dataclass
class VerifySummary:
    """How reading files again went: how many files and bytes were read, and how many were not reached within the time or share given.

    `findings` are what is wrong now, found in this run or an earlier one: {"id", "urn", "path", "problem" ("rot", "lost" or
    "unreadable"), "sha256", "found", "found_at", "stored", "message", "copies" (paths of good copies), "repaired"}. `changed` and
    `gone` are paths of files that indexing has to look at again, `offline` names of roots that cannot be reached.
    """

    checked: int = 0
    bytes: int = 0
    left: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    offline: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class VerifyCommand(BaseCommand[VerifySummary, Progress]):
    """Reads files again as a whole, those in place and those in the store, and tells which are no longer what they were.

    Those that were checked longest ago, or never, come first, so a run that ends early goes on where it stood. `query` and `paths`
    narrow it down; `seconds` is after what time no file is begun, `share` the part of the files (0 to 1) that is checked. `repair`
    replaces what is wrong in the store by a good copy; files in place are never written.
    """

    access: ClassVar[Access] = "none"
    query: str = ""
    paths: tuple[Path, ...] = ()
    seconds: float | None = None
    share: float = 1.0
    repair: bool = False


@dataclass
class Finding:
    """One thing that is wrong: at which stage it was found, what kind it is, where, and what that means.

    `repaired` says what was done about it: "replaced" (by a good copy), "quarantined", "marked", "marked missing", "brought back",
    "rebuilt"; None when nothing was.
    """

    stage: str
    kind: str
    subject: str
    detail: str
    entity_id: int | None = None
    repaired: str | None = None


@dataclass
class FsckReport:
    """What a check of the whole library found; `counts` is how many findings of each kind, `checked` how much was looked at.

    `notes` are sentences about what could not be checked.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class FsckCommand(BaseCommand[FsckReport, Progress]):
    """Checks that the library is whole: database, store, cache and roots, and that they say the same.

    `share` is the part (0 to 1) of the store's objects that is read again, those checked longest ago first, and `seconds` after what
    time no further one is begun. An object that nothing points to counts only when it is older than `grace` seconds: its import may
    be under way. `repair` makes good what can be computed again or copied, and moves into quarantine what cannot; nothing is deleted.
    When so many objects are gone at once that their disk itself may be, they are not marked missing unless `accept_missing` is set.
    """

    access: ClassVar[Access] = "none"
    repair: bool = False
    share: float = 1.0
    seconds: float | None = None
    grace: float = 3600.0
    accept_missing: bool = False


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


@dataclass
class RebuildSummary:
    """How a rebuild went: how many assets were forgotten and learnt anew, and the analyses that succeeded.

    `left_out` are assets whose files cannot be read now, or were edited: {"path", "reason"}; what is known of them stayed. `failed` are
    the files that an analysis failed at.
    """

    assets: int = 0
    analysed: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class RebuildCommand(BaseCommand[RebuildSummary, Progress]):
    """Drops what was computed from files and computes it again; what people said stays as it is.

    `what` is "thumbnails", "metadata" (kind, measures, metadata, hashes of pictures and whatever else was read in the file), "search"
    or "all". `query` narrows it down. Only assets that can be read now are touched; after an interruption the rest follows by itself.
    """

    access: ClassVar[Access] = "none"
    what: str = "all"
    query: str = ""
