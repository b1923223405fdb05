"""The options of `dam_placeholder`."""

from __future__ import annotations

from pydantic import Field

from dam import ConfigComponent, SettingsModel


class PlaceholderSettings(SettingsModel):
    """How placeholder files are read.

    Set in dam.toml under `[worlds.main.plugins.dam_placeholder]`, or by the variable `DAM_PLACEHOLDER__MOST_BYTES`.
    """

    most_bytes: int = Field(default=1 << 24, gt=0, description="Larger files are not read.")


class PlaceholderSettingsComponent(ConfigComponent):
    """The options of `dam_placeholder`, on an entity that describes a world."""

    __tablename__ = "component_dam_placeholder_config"
