"""The plugin for placeholder files: its table of contents."""

from __future__ import annotations

from dam import AssetAnalysis, AssetDriver, AssetType, Plugin, World
from dam_placeholder.events import PlaceholderAssetDetected
from dam_placeholder.models import PlaceholderFileComponent
from dam_placeholder.settings import PlaceholderSettings, PlaceholderSettingsComponent
from dam_placeholder.systems import READ, found_file, handle_find_placeholders, is_placeholder, process_placeholder_system


class PlaceholderPlugin(Plugin):
    """Knows placeholder files."""

    name = "dam_placeholder"
    requires = ("dam_assets",)
    migrations = "dam_placeholder.migrations"
    Settings = PlaceholderSettings
    SettingsComponent = PlaceholderSettingsComponent

    def build(self, world: World) -> None:
        """Register what placeholder files need; nothing is read or written here."""
        world.register_components(PlaceholderFileComponent, PlaceholderSettingsComponent)
        settings = world.get_settings(PlaceholderSettings).model_dump()
        world.register_driver(
            AssetDriver(
                AssetType.OTHER,
                ("text/*",),
                name="dam_placeholder",
                recognises=is_placeholder,
                detected=PlaceholderAssetDetected,
                analyses=(AssetAnalysis(READ, found_file, settings, component_types=(PlaceholderFileComponent,)),),
            )
        )
        world.register_system(process_placeholder_system)
        world.register_system(handle_find_placeholders)
