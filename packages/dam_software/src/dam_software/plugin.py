"""The plugin for programs: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_software.settings import SoftwareSettings, SoftwareSettingsComponent


class SoftwarePlugin(Plugin):
    """Knows programs."""

    name = "dam_software"
    requires = ("dam_assets",)
    migrations = "dam_software.migrations"
    Settings = SoftwareSettings
    SettingsComponent = SoftwareSettingsComponent

    def build(self, world: World) -> None:
        """Register what programs need."""
        world.register_component(SoftwareSettingsComponent)
