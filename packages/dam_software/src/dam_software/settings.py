"""The options of `dam_software`."""

from __future__ import annotations

from dam.models.config import ConfigComponent, SettingsModel


class SoftwareSettings(SettingsModel):
    """How programs are read."""


class SoftwareSettingsComponent(ConfigComponent):
    """The options of `dam_software`, on an entity that describes a world."""

    __tablename__ = "component_dam_software_config"
