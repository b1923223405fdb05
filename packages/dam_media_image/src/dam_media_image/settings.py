"""The options of `dam_media_image`."""

from __future__ import annotations

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class ImageSettings(SettingsModel):
    """How pictures are read.

    `timeout` is how long one picture may take, in seconds.
    """

    timeout: float = Field(default=60.0, gt=0)


class ImageSettingsComponent(ConfigComponent):
    """The options of `dam_media_image`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_image_config"
