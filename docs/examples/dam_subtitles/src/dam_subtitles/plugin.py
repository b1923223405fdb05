"""The plugin for subtitles: its table of contents."""

from __future__ import annotations

from dam import AssetAnalysis, AssetDriver, AssetType, Plugin, World
from dam_subtitles.events import SubtitleAssetDetected
from dam_subtitles.models import SubtitleComponent
from dam_subtitles.settings import SubtitlesSettings, SubtitlesSettingsComponent
from dam_subtitles.systems import (
    READ,
    found_subtitle,
    handle_find_cue,
    handle_list_cues,
    is_subtitle,
    process_subtitle_system,
    tag_subtitles_system,
)


class SubtitlesPlugin(Plugin):
    """Knows subtitles: what is said, when, and in which language."""

    name = "dam_subtitles"
    requires = ("dam_assets",)
    migrations = "dam_subtitles.migrations"
    Settings = SubtitlesSettings
    SettingsComponent = SubtitlesSettingsComponent

    def build(self, world: World) -> None:
        """Register what subtitles need; nothing is read or written here."""
        world.register_components(SubtitleComponent, SubtitlesSettingsComponent)
        settings = world.get_settings(SubtitlesSettings).model_dump()
        world.register_driver(
            AssetDriver(
                AssetType.DOCUMENT,
                ("application/x-subrip", "text/plain"),
                name="subtitles",
                recognises=is_subtitle,
                detected=SubtitleAssetDetected,
                analyses=(AssetAnalysis(READ, found_subtitle, settings, component_types=(SubtitleComponent,)),),
            )
        )
        world.register_field("cues", SubtitleComponent.cues)
        world.register_field("spoken", SubtitleComponent.language)
        for handler in (process_subtitle_system, tag_subtitles_system, handle_list_cues, handle_find_cue):
            world.register_system(handler)
