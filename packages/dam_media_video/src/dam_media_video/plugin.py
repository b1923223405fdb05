"""The plugin for films: its table of contents."""

from __future__ import annotations

from dataclasses import replace

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_video.analyses import PREVIEW, VIDEO
from dam_media_video.commands import ProcessVideoCommand
from dam_media_video.events import VideoAssetDetected
from dam_media_video.settings import VideoSettings, VideoSettingsComponent

SYSTEMS = "dam_media_video.systems"
FILMS = ("video/*", "application/mxf", "application/vnd.rn-realmedia", "application/vnd.adobe.flash.movie")


class VideoPlugin(Plugin):
    """Knows films: facts, poster and contact strip."""

    name = "dam_media_video"
    requires = ("dam_assets",)
    migrations = "dam_media_video.migrations"
    Settings = VideoSettings
    SettingsComponent = VideoSettingsComponent

    def build(self, world: World) -> None:
        """Register what films need."""
        world.register_component(VideoSettingsComponent)
        world.register_models("dam_media_video.models", {"VideoMetadataComponent": "component_video_metadata"})
        settings = world.get_settings(VideoSettings)
        options = {**world.get_settings(AssetsSettings).thumbnails(), "strip_frames": settings.strip_frames}
        analysis = AssetAnalysis(
            replace(VIDEO, timeout=settings.timeout), later(f"{SYSTEMS}:video_findings"), options, later(f"{SYSTEMS}:FOUND")
        )
        world.register_driver(AssetDriver(AssetType.VIDEO, FILMS, detected=VideoAssetDetected, analyses=(analysis,), preview=PREVIEW))
        world.register_system(later(f"{SYSTEMS}:process_video_system"), event_type=VideoAssetDetected)
        world.register_handlers(SYSTEMS, {ProcessVideoCommand: "handle_process_video"})
