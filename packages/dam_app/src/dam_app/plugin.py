"""The application plugin: the ways in."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_app.models import ImportRecordComponent
from dam_app.resources import LiveWorlds
from dam_app.settings import AppSettings, AppSettingsComponent
from dam_app.systems.demo import handle_make_demo
from dam_app.systems.ingestion import (
    asset_dispatcher_system,
    handle_find_import,
    handle_ingest_file,
    handle_process_by_hash,
    ingestion_request_system,
)
from dam_app.systems.worlds import handle_create_world_from_entity


class AppPlugin(Plugin):
    """Takes files in, and tells the other plugins what has come."""

    name = "dam_app"
    requires = ("dam_assets", "dam_fs")
    migrations = "dam_app.migrations"
    Settings = AppSettings
    SettingsComponent = AppSettingsComponent

    def build(self, world: World) -> None:
        """Register the history of imports and the systems."""
        world.register_components(ImportRecordComponent, AppSettingsComponent)
        world.add_resource(LiveWorlds())
        world.register_system(handle_ingest_file)
        world.register_system(handle_process_by_hash)
        world.register_system(handle_find_import)
        world.register_system(ingestion_request_system)
        world.register_system(asset_dispatcher_system)
        world.register_system(handle_make_demo)
        world.register_system(handle_create_world_from_entity)
