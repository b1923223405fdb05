"""The plugin for archives: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_archive.settings import ArchiveSettings, ArchiveSettingsComponent


class ArchivePlugin(Plugin):
    """Knows archives."""

    name = "dam_archive"
    requires = ("dam_assets",)
    migrations = "dam_archive.migrations"
    Settings = ArchiveSettings
    SettingsComponent = ArchiveSettingsComponent

    def build(self, world: World) -> None:
        """Register what archives need."""
        world.register_component(ArchiveSettingsComponent)
