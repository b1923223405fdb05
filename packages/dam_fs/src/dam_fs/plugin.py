"""The file plugin: its table of contents."""

from __future__ import annotations

from dam.assets.resources import ObjectStore
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_fs.resources import FileStorageResource, Prober, WatchState
from dam_fs.settings import FsSettings, FsSettingsComponent
from dam_fs.systems.backup import handle_backup
from dam_fs.systems.find_files import handle_find_files
from dam_fs.systems.fsck import handle_fsck
from dam_fs.systems.guard import handle_probe_roots
from dam_fs.systems.index import handle_index_path
from dam_fs.systems.index_paths import handle_index_paths
from dam_fs.systems.members import handle_register_members
from dam_fs.systems.missing import handle_list_missing
from dam_fs.systems.rebuild import handle_rebuild
from dam_fs.systems.register_files import handle_register_files
from dam_fs.systems.relink import handle_answer_review, handle_list_reviews
from dam_fs.systems.restore import handle_restore
from dam_fs.systems.root_changes import handle_forget_root, handle_relocate_root, handle_rename_root
from dam_fs.systems.roots import handle_add_root, handle_check_folder, handle_list_folders, handle_list_roots
from dam_fs.systems.store import handle_store_content, handle_store_files
from dam_fs.systems.trash import handle_empty_trash
from dam_fs.systems.verify import handle_verify
from dam_fs.systems.watch import handle_plan_watch, handle_watch_roots


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
        world.register_system(handle_add_root)
        world.register_system(handle_check_folder)
        world.register_system(handle_list_folders)
        world.register_system(handle_list_roots)
        world.register_system(handle_probe_roots)
        world.register_system(handle_list_missing)
        world.register_system(handle_relocate_root)
        world.register_system(handle_rename_root)
        world.register_system(handle_forget_root)
        world.register_system(handle_list_reviews)
        world.register_system(handle_answer_review)
        world.register_system(handle_index_path)
        world.register_system(handle_index_paths)
        world.register_system(handle_watch_roots)
        world.register_system(handle_plan_watch)
        world.register_system(handle_find_files)
        world.register_system(handle_register_files)
        world.register_system(handle_register_members)
        world.register_system(handle_store_files)
        world.register_system(handle_store_content)
        world.register_system(handle_verify)
        world.register_system(handle_fsck)
        world.register_system(handle_backup)
        world.register_system(handle_restore)
        world.register_system(handle_rebuild)
        world.register_system(handle_empty_trash)
