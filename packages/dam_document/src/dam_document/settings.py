"""The options of `dam_document`."""

from __future__ import annotations

from dam.models.config import ConfigComponent, SettingsModel


class DocumentSettings(SettingsModel):
    """How documents are read."""


class DocumentSettingsComponent(ConfigComponent):
    """The options of `dam_document`, on an entity that describes a world."""

    __tablename__ = "component_dam_document_config"
