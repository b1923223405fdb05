"""The file plugin: its table of contents."""

from __future__ import annotations

from typing import Any

from dam.assets.commands import EmptyTrashCommand, RegisterFilesCommand, RegisterMembersCommand
from dam.assets.resources import ObjectStore
from dam.commands.core import BaseCommand
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_fs.commands import (
    AddRootCommand,
    AnswerReviewCommand,
    BackupCommand,
    CheckFolderCommand,
    FindFilesCommand,
    ForgetRootCommand,
    FsckCommand,
    IndexPathCommand,
    IndexPathsCommand,
    ListFoldersCommand,
    ListMissingCommand,
    ListReviewsCommand,
    ListRootsCommand,
    PlanWatchCommand,
    ProbeRootsCommand,
    RebuildCommand,
    RelocateRootCommand,
    RenameRootCommand,
    RestoreCommand,
    StoreContentCommand,
    StoreFilesCommand,
    VerifyCommand,
    WatchRootsCommand,
)
from dam_fs.resources import FileStorageResource, Prober, WatchState
from dam_fs.settings import FsSettings, FsSettingsComponent

HANDLERS: dict[str, dict[type[BaseCommand[Any, Any]], str]] = {
    "backup": {BackupCommand: "handle_backup"},
    "find_files": {FindFilesCommand: "handle_find_files"},
    "fsck": {FsckCommand: "handle_fsck"},
    "guard": {ProbeRootsCommand: "handle_probe_roots"},
    "index": {IndexPathCommand: "handle_index_path"},
    "index_paths": {IndexPathsCommand: "handle_index_paths"},
    "members": {RegisterMembersCommand: "handle_register_members"},
    "missing": {ListMissingCommand: "handle_list_missing"},
    "rebuild": {RebuildCommand: "handle_rebuild"},
    "register_files": {RegisterFilesCommand: "handle_register_files"},
    "relink": {ListReviewsCommand: "handle_list_reviews", AnswerReviewCommand: "handle_answer_review"},
    "restore": {RestoreCommand: "handle_restore"},
    "root_changes": {
        RelocateRootCommand: "handle_relocate_root",
        RenameRootCommand: "handle_rename_root",
        ForgetRootCommand: "handle_forget_root",
    },
    "roots": {
        AddRootCommand: "handle_add_root",
        CheckFolderCommand: "handle_check_folder",
        ListFoldersCommand: "handle_list_folders",
        ListRootsCommand: "handle_list_roots",
    },
    "store": {StoreFilesCommand: "handle_store_files", StoreContentCommand: "handle_store_content"},
    "trash": {EmptyTrashCommand: "handle_empty_trash"},
    "verify": {VerifyCommand: "handle_verify"},
    "watch": {WatchRootsCommand: "handle_watch_roots", PlanWatchCommand: "handle_plan_watch"},
}
"""What answers which command, by the module of `dam_fs.systems`; each is loaded when it is first asked."""


class FsPlugin(Plugin):
    """Knows where bytes live: folders that are indexed in place, and the store."""

    name = "dam_fs"
    requires = ("dam_assets",)
    migrations = "dam_fs.migrations"
    Settings = FsSettings
    SettingsComponent = FsSettingsComponent

    def build(self, world: World) -> None:
        """Register the store and the systems."""
        world.register_component(FsSettingsComponent)
        settings = world.get_settings(FsSettings)
        store = settings.store or world.settings.data_directory / "store"
        storage = FileStorageResource(store, reserve=settings.reserve)
        world.add_resource(storage)
        world.add_resource(storage, ObjectStore)
        world.add_resource(Prober(settings.probe_seconds))
        world.add_resource(WatchState())
        for module, handlers in HANDLERS.items():
            world.register_handlers(f"dam_fs.systems.{module}", handlers)
