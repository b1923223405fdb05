"""What can be asked of a World about assets, whatever their kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from dam.assets.commands.graph import (
    AnalyseImpactCommand,
    FindShortestPathCommand,
    GetGraphCommand,
    GetNeighborsCommand,
    LinkEntitiesCommand,
    NeighborPage,
    PathStep,
    Reached,
    UnlinkEntitiesCommand,
)
from dam.assets.commands.journal import ListActionsCommand, UndoCommand, UndoOutcome
from dam.assets.commands.members import (
    ArchiveMember,
    ListMembersCommand,
    OpenArchiveCommand,
    OpenedArchive,
    RegisterMembersCommand,
    UnpackContentCommand,
)
from dam.assets.commands.records import (
    FindByHashCommand,
    GetTagsCommand,
    GetVirtualEntityCommand,
    IngestVirtualCommand,
    ProcessorSummary,
    ResolveUrnCommand,
    RunProcessorsCommand,
    SetAssetStatusCommand,
    SetMetadataCommand,
)
from dam.assets.commands.tags import ListTagsCommand, TagAssetsCommand, TaggedAssets, TagUse
from dam.assets.commands.trash import (
    Among,
    EmptiedTrash,
    EmptyTrashCommand,
    RestoreAssetsCommand,
    TrashAssetsCommand,
    TrashOutcome,
)
from dam.commands.analysis_commands import OpenContentCommand
from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress
from dam.system_events.requests import PasswordRequest

__all__ = [
    "ANALYSING",
    "Among",
    "AnalyseAssetsCommand",
    "AnalyseImpactCommand",
    "AnalysisSummary",
    "ArchiveMember",
    "AssetPage",
    "CollectionCounts",
    "CountAssetsCommand",
    "EmptiedTrash",
    "EmptyTrashCommand",
    "ExportAssetsCommand",
    "FindAssetCommand",
    "FindByHashCommand",
    "FindShortestPathCommand",
    "FinishAnalysesCommand",
    "GetAssetCommand",
    "GetGraphCommand",
    "GetNeighborsCommand",
    "GetTagsCommand",
    "GetThumbnailCommand",
    "GetVirtualEntityCommand",
    "IngestVirtualCommand",
    "LinkEntitiesCommand",
    "ListActionsCommand",
    "ListAssetsCommand",
    "ListMembersCommand",
    "ListTagsCommand",
    "LocateContentCommand",
    "MakePreviewCommand",
    "NeighborPage",
    "OpenArchiveCommand",
    "OpenContentCommand",
    "OpenedArchive",
    "PathStep",
    "ProcessArchiveCommand",
    "ProcessAudioCommand",
    "ProcessDocumentCommand",
    "ProcessImageCommand",
    "ProcessVideoCommand",
    "ProcessorSummary",
    "Reached",
    "RegisterFilesCommand",
    "RegisterMembersCommand",
    "RegisteredFile",
    "ResolveUrnCommand",
    "RestoreAssetsCommand",
    "RunProcessorsCommand",
    "SetAssetFieldsCommand",
    "SetAssetStatusCommand",
    "SetMetadataCommand",
    "StoreFilesCommand",
    "TagAssetsCommand",
    "TagUse",
    "TaggedAssets",
    "TrashAssetsCommand",
    "TrashOutcome",
    "UndoCommand",
    "UndoOutcome",
    "UnlinkEntitiesCommand",
    "UnlockAssetCommand",
    "UnpackContentCommand",
]

THUMBNAIL_SIZES = ("small", "medium", "large")


@dataclass
class AssetPage:
    """One page of a list: the rows, and the cursor of the next page (None at the end).

    A row has the keys id, type, category, status, visibility, version, filename, title, size, mime_type, sha256, width, height,
    duration, captured_at, color, tags, path (display text of one place), root, member (whether it lies in archives only), thumbnails
    (names of the sizes in the cache), added_at and trashed_at.
    """

    items: list[dict[str, Any]]
    next: str | None = None


@dataclass
class ListAssetsCommand(BaseCommand[AssetPage]):
    """Lists assets that match a query, a page at a time.

    `query` is the search language (words, `tag:x`, `type:image`, ...); `types` and `tags` narrow it further. `sort` is
    "captured" (newest first), "added" (newest first), "name", "size" or "id"; a leading "-" reverses it. `cursor` is the
    previous page's `next`. `among` is where to look: "library", "trash" or "forgotten".

    `members` says whether to list what lies in archives only. None: yes where something is searched for (by a query or tags) and in the
    trash, no in a plain list.
    """

    access: ClassVar[Access] = "read"
    query: str = ""
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sort: str = "captured"
    cursor: str | None = None
    limit: int = 100
    among: Among = "library"
    members: bool | None = None


@dataclass
class CollectionCounts:
    """How many assets a plain list has, by status and by type, and their bytes; and how many are not in it.

    `members` lie in archives only (`members_by_type`); they are in no other number but `pending`, which counts all that is still to be
    analysed. `trashed` are in the trash, which are in no other number.
    """

    total: int
    by_status: dict[str, int]
    by_type: dict[str, int]
    pending: int
    bytes: int
    trashed: int = 0
    members: int = 0
    members_by_type: dict[str, int] = field(default_factory=dict)


@dataclass
class CountAssetsCommand(BaseCommand[CollectionCounts]):
    """Counts the assets of the World."""

    access: ClassVar[Access] = "read"


@dataclass
class GetAssetCommand(BaseCommand[dict[str, Any] | None]):
    """One asset whole, in the shape of `show --json`; None when there is none of that id."""

    access: ClassVar[Access] = "read"
    entity_id: int


@dataclass
class ExportAssetsCommand(BaseCommand[list[dict[str, Any]]]):
    """Assets whole, in the shape of `show --json`: those after `after_id` that match the query, in the order of their ids.

    `among` is where to look: "library" (without what is in the trash), "trash" or "forgotten".
    """

    access: ClassVar[Access] = "read"
    query: str = ""
    after_id: int = 0
    limit: int = 200
    among: Among = "library"


@dataclass
class FindAssetCommand(BaseCommand[int]):
    """The id of the asset that a person means: by id, path, URN or (the beginning of) its SHA-256.

    Raises EntityNotFoundError when nothing, or more than one thing, fits.
    """

    access: ClassVar[Access] = "read"
    reference: str


@dataclass
class LocateContentCommand(BaseCommand[Path | None]):
    """A path on this machine at which the asset's bytes can be read now, or None. A member of an archive is unpacked into the cache."""

    access: ClassVar[Access] = "none"
    entity_id: int


@dataclass
class GetThumbnailCommand(BaseCommand[Path | None]):
    """The file of a thumbnail ("small", "medium" or "large"), or None when there can be none.

    "small" and "medium" are made when the asset is indexed; one that is not there is made now.
    """

    access: ClassVar[Access] = "none"
    entity_id: int
    size: str = "small"


@dataclass
class MakePreviewCommand(BaseCommand[Path | None]):
    """Makes the preview of an asset in one size, as its driver knows how; the answer is the file, or None when there can be none."""

    access: ClassVar[Access] = "none"
    entity_id: int
    size: str = "large"


@dataclass
class SetAssetFieldsCommand(BaseCommand[dict[str, Any]]):
    """Sets what a person may say about an asset (title, description, rating, visibility, tags); the answer is the asset's new state.

    All of it is one action, which is undone as one: by the number at "action" in the answer, None when nothing changed.
    `expected_version` guards against a change made by somebody else meanwhile.
    """

    entity_id: int
    fields: dict[str, Any] = field(default_factory=dict)
    expected_version: int | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


@dataclass
class AnalysisSummary:
    """How a run of analyses went: how many succeeded and failed, how many assets were finished, and the first 1,000 failures.

    A problem is {"path": display text, "reason": a sentence}. `resting` counts the failures that are tried again after a rest;
    `stopped` is "paused" or "cancelled" when the run ended before its end.
    """

    analysed: int = 0
    failed: int = 0
    assets: int = 0
    resting: int = 0
    stopped: str | None = None
    problems: list[dict[str, str]] = field(default_factory=list)


@dataclass
class AnalyseAssetsCommand(BaseCommand[AnalysisSummary, Progress]):
    """Runs every analysis that is still to do, for all assets or for the given ones."""

    access: ClassVar[Access] = "none"
    entity_ids: tuple[int, ...] | None = None


ANALYSING = "Analysing"
"""The message of the progress of analyses."""


@dataclass
class FinishAnalysesCommand(BaseCommand[AnalysisSummary, Progress]):
    """Waits until everything that is still to be analysed has been, in the background run that all share; the answer is what was done."""

    access: ClassVar[Access] = "none"


@dataclass
class RegisteredFile:
    """What became of one file: its entity and location, whether it is new, and why it failed if it did.

    `status` is "new", "known", "copied", "changed", "moved", "failed", or "restored" for one that was in the trash.
    """

    path: Path
    status: str
    entity_id: int | None = None
    file_id: int | None = None
    sha256: str | None = None
    error: str | None = None


@dataclass
class RegisterFilesCommand(BaseCommand[list[RegisteredFile]]):
    """Makes files known where they lie; they are read and never changed. A file beneath no known folder makes its own folder one."""

    access: ClassVar[Access] = "none"
    paths: tuple[Path, ...]


@dataclass
class StoreFilesCommand(BaseCommand[list[RegisteredFile], RegisteredFile]):
    """Takes copies of files into the store; each is told as it is safely stored."""

    access: ClassVar[Access] = "none"
    paths: tuple[Path, ...]
    tags: tuple[str, ...] = ()


@dataclass
class UnlockAssetCommand(BaseCommand[bool, PasswordRequest]):
    """Asks for the password of an asset that cannot be read without one, and reads it; the answer says whether that worked.

    The plugin that knows the asset's kind answers; there is no answer for an asset that needs no password. Nothing is kept of it.
    """

    access: ClassVar[Access] = "none"
    entity_id: int


@dataclass
class _ProcessCommand(BaseCommand[dict[str, Any]]):
    """Handles a new file of one kind."""

    access: ClassVar[Access] = "none"
    file_path: Path
    file_hash: str


@dataclass
class ProcessImageCommand(_ProcessCommand):
    """Handles a new picture."""


@dataclass
class ProcessVideoCommand(_ProcessCommand):
    """Handles a new video."""


@dataclass
class ProcessAudioCommand(_ProcessCommand):
    """Handles a new piece of audio."""


@dataclass
class ProcessDocumentCommand(_ProcessCommand):
    """Handles a new document."""


@dataclass
class ProcessArchiveCommand(_ProcessCommand):
    """Handles a new archive."""
