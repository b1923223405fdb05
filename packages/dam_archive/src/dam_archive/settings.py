"""The options of `dam_archive`."""

from __future__ import annotations

from dam.models.config import ConfigComponent, SettingsModel


class ArchiveSettings(SettingsModel):
    """How archives are read."""


class ArchiveSettingsComponent(ConfigComponent):
    """The options of `dam_archive`, on an entity that describes a world."""

    __tablename__ = "component_dam_archive_config"
