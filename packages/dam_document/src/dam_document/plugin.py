"""The plugin for documents: its table of contents."""

from __future__ import annotations

from dam.core.plugin import Plugin
from dam.core.world import World
from dam_document.settings import DocumentSettings, DocumentSettingsComponent


class DocumentPlugin(Plugin):
    """Knows documents."""

    name = "dam_document"
    requires = ("dam_assets",)
    migrations = "dam_document.migrations"
    Settings = DocumentSettings
    SettingsComponent = DocumentSettingsComponent

    def build(self, world: World) -> None:
        """Register what documents need."""
        world.register_component(DocumentSettingsComponent)
