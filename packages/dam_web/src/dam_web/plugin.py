"""The web plugin: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_web.resources import Activity, Broadcaster, Conversations
from dam_web.settings import WebSettings, WebSettingsComponent
from dam_web.systems import announce_changed_system, announce_examined_system


class WebPlugin(Plugin):
    """Knows which browsers are open, and tells them what changes."""

    name = "dam_web"
    requires = ("dam_assets",)
    migrations = "dam_web.migrations"
    Settings = WebSettings
    SettingsComponent = WebSettingsComponent

    def build(self, world: World) -> None:
        """Register the broadcaster, what feeds it, and the conversations."""
        world.register_component(WebSettingsComponent)
        settings = world.get_settings(WebSettings)
        broadcaster = Broadcaster(settings.events_interval)
        world.add_resource(broadcaster)
        world.add_resource(Activity(broadcaster.ring))
        world.add_resource(Conversations(settings.answer_seconds, settings.most_conversations, broadcaster.ring))
        world.register_system(announce_examined_system)
        world.register_system(announce_changed_system)
