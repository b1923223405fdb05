"""The options of the built-in plugin."""

from __future__ import annotations

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class AssetsSettings(SettingsModel):
    """How assets are analysed.

    `workers` is how many child processes read files (0: one a core); `visibility` is what a new asset gets.
    """

    workers: int = Field(default=0, ge=0)
    visibility: str = Field(default="private", pattern="^(private|shared|public)$")


class AssetsSettingsComponent(ConfigComponent):
    """The options of the built-in plugin, on an entity that describes a world."""

    __tablename__ = "component_dam_assets_config"
