"""The application plugin: the ways in."""

from __future__ import annotations

from dam.core.events import AssetIngestionRequested
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_app.commands import (
    CreateWorldFromEntityCommand,
    FindImportCommand,
    IngestFileCommand,
    MakeDemoCommand,
    ProcessFileByHashCommand,
)
from dam_app.resources import LiveWorlds
from dam_app.settings import AppSettings, AppSettingsComponent
from dam_fs.events import FileStored


class AppPlugin(Plugin):
    """Takes files in, and tells the other plugins what has come."""

    name = "dam_app"
    requires = ("dam_assets", "dam_fs")
    migrations = "dam_app.migrations"
    Settings = AppSettings
    SettingsComponent = AppSettingsComponent

    def build(self, world: World) -> None:
        """Register the history of imports and the systems."""
        world.register_component(AppSettingsComponent)
        world.register_models("dam_app.models", {"ImportRecordComponent": "component_import_record"})
        world.add_resource(LiveWorlds())
        world.register_handlers(
            "dam_app.systems.ingestion",
            {
                IngestFileCommand: "handle_ingest_file",
                ProcessFileByHashCommand: "handle_process_by_hash",
                FindImportCommand: "handle_find_import",
            },
        )
        world.register_system(later("dam_app.systems.ingestion:ingestion_request_system"), event_type=AssetIngestionRequested)
        world.register_system(later("dam_app.systems.ingestion:asset_dispatcher_system"), event_type=FileStored)
        world.register_handlers("dam_app.systems.demo", {MakeDemoCommand: "handle_make_demo"})
        world.register_handlers("dam_app.systems.worlds", {CreateWorldFromEntityCommand: "handle_create_world_from_entity"})
