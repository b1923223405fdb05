"""The plugin for sound: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_audio.settings import AudioSettings, AudioSettingsComponent


class AudioPlugin(Plugin):
    """Knows sound."""

    name = "dam_media_audio"
    requires = ("dam_assets",)
    migrations = "dam_media_audio.migrations"
    Settings = AudioSettings
    SettingsComponent = AudioSettingsComponent

    def build(self, world: World) -> None:
        """Register what sound need."""
        world.register_component(AudioSettingsComponent)
