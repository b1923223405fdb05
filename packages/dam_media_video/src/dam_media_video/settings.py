"""The options of `dam_media_video`."""

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class VideoSettings(SettingsModel):
    """How films are read.

    `timeout` is how long one file may take, in seconds; `strip_frames` is how many frames the contact strip has (0: none is made).
    """

    timeout: float = Field(default=60.0, gt=0)
    strip_frames: int = Field(default=8, ge=0, le=40)


class VideoSettingsComponent(ConfigComponent):
    """The options of `dam_media_video`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_video_config"
