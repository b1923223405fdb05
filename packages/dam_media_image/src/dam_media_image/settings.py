"""The options of `dam_media_image`."""

from __future__ import annotations

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class ImageSettings(SettingsModel):
    """How thumbnails are made.

    `small`, `medium` and `large` are the longest sides in pixels; `quality` and `effort` are WebP's. `timeout` is in seconds.
    """

    small: int = Field(default=200, ge=16, le=1000)
    medium: int = Field(default=800, ge=16, le=4000)
    large: int = Field(default=1920, ge=16, le=8000)
    quality: int = Field(default=80, ge=1, le=100)
    effort: int = Field(default=2, ge=0, le=6)
    timeout: float = Field(default=60.0, gt=0)


class ImageSettingsComponent(ConfigComponent):
    """The options of `dam_media_image`, on an entity that describes a world."""

    __tablename__ = "component_dam_media_image_config"
