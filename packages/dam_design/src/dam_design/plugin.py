"""The plugin for fonts and 3D models: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_design.settings import DesignSettings, DesignSettingsComponent


class DesignPlugin(Plugin):
    """Knows fonts and 3D models."""

    name = "dam_design"
    requires = ("dam_assets",)
    migrations = "dam_design.migrations"
    Settings = DesignSettings
    SettingsComponent = DesignSettingsComponent

    def build(self, world: World) -> None:
        """Register what fonts and 3D models need."""
        world.register_component(DesignSettingsComponent)
