"""The plugin for game images: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_psp.settings import PspSettings, PspSettingsComponent


class PspPlugin(Plugin):
    """Knows game images."""

    name = "dam_psp"
    requires = ("dam_assets",)
    migrations = "dam_psp.migrations"
    Settings = PspSettings
    SettingsComponent = PspSettingsComponent

    def build(self, world: World) -> None:
        """Register what game images need."""
        world.register_component(PspSettingsComponent)
