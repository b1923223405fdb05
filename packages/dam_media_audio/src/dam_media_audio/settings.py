"""The options of `dam_media_audio`."""

from __future__ import annotations

from dam.models.config import ConfigComponent, SettingsModel


class AudioSettings(SettingsModel):
    """How sound are read."""


class AudioSettingsComponent(ConfigComponent):
    """The options of `dam_media_audio`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_audio_config"
