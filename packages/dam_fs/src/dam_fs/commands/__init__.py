"""What can be asked of a World about folders and files."""

from __future__ import annotations

from dam.assets.commands import RegisteredFile, StoreFilesCommand
from dam_fs.commands.backup import BackupCommand, BackupSummary, RestoreCommand, RestoreSummary
from dam_fs.commands.indexing import (
    FindFilesCommand,
    FoundFiles,
    IndexPathCommand,
    IndexPathsCommand,
    IndexSummary,
    PlanWatchCommand,
    StoreContentCommand,
    WatchRootsCommand,
)
from dam_fs.commands.reviews import AnswerReviewCommand, ListReviewsCommand
from dam_fs.commands.roots import (
    AddRootCommand,
    CheckFolderCommand,
    ForgetRootCommand,
    ListFoldersCommand,
    ListMissingCommand,
    ListRootsCommand,
    ProbeRootsCommand,
    RelocateRootCommand,
    RenameRootCommand,
)
from dam_fs.commands.upkeep import Finding, FsckCommand, FsckReport, RebuildCommand, RebuildSummary, VerifyCommand, VerifySummary

__all__ = [
    "AddRootCommand",
    "AnswerReviewCommand",
    "BackupCommand",
    "BackupSummary",
    "CheckFolderCommand",
    "FindFilesCommand",
    "Finding",
    "ForgetRootCommand",
    "FoundFiles",
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
