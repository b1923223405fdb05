"""The web plugin: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_web.resources import Broadcaster
from dam_web.settings import WebSettings, WebSettingsComponent
from dam_web.systems import announce_changed_system, announce_ready_system


class WebPlugin(Plugin):
    """Knows which browsers are open, and tells them what changes."""

    name = "dam_web"
    requires = ("dam_assets",)
    migrations = "dam_web.migrations"
    Settings = WebSettings
    SettingsComponent = WebSettingsComponent

    def build(self, world: World) -> None:
        """Register the broadcaster and what feeds it."""
        world.register_component(WebSettingsComponent)
        world.add_resource(Broadcaster(world.get_settings(WebSettings).events_interval))
        world.register_system(announce_ready_system)
        world.register_system(announce_changed_system)
