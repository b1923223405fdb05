"""The options of `dam_media_video`."""

from __future__ import annotations

from dam.models.config import ConfigComponent, SettingsModel


class VideoSettings(SettingsModel):
    """How video are read."""


class VideoSettingsComponent(ConfigComponent):
    """The options of `dam_media_video`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_video_config"
