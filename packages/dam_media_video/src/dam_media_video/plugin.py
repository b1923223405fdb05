"""The plugin for video: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_video.settings import VideoSettings, VideoSettingsComponent


class VideoPlugin(Plugin):
    """Knows video."""

    name = "dam_media_video"
    requires = ("dam_assets",)
    migrations = "dam_media_video.migrations"
    Settings = VideoSettings
    SettingsComponent = VideoSettingsComponent

    def build(self, world: World) -> None:
        """Register what video need."""
        world.register_component(VideoSettingsComponent)
