"""The options of `dam_media_audio`."""

from pathlib import Path

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class AudioSettings(SettingsModel):
    """How sound is read.

    `timeout` is how long one file may take, in seconds. `ffmpeg` is the program that makes acoustic fingerprints (by default the one
    on the PATH, if any); `fingerprints` says whether they are made at all.
    """

    timeout: float = Field(default=60.0, gt=0)
    fingerprints: bool = True
    ffmpeg: Path | None = None


class AudioSettingsComponent(ConfigComponent):
    """The options of `dam_media_audio`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_audio_config"
