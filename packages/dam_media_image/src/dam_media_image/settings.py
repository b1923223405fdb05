"""The options of `dam_media_image`."""

from typing import Literal

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class ImageSettings(SettingsModel):
    """How pictures are read.

    `timeout` is how long one picture may take, in seconds. `exiftool` says which pictures ExifTool is asked about, where it is
    installed: those that are not read here ("auto"), all ("always") or none ("never").
    """

    timeout: float = Field(default=60.0, gt=0)
    exiftool: Literal["auto", "always", "never"] = "auto"


class ImageSettingsComponent(ConfigComponent):
    """The options of `dam_media_image`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_image_config"
