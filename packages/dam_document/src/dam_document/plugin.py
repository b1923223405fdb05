"""The plugin for documents: its table of contents."""

from __future__ import annotations

from dataclasses import replace

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_document.events import DocumentAssetDetected
from dam_document.models import DocumentMetadataComponent, DocumentSubtypeComponent
from dam_document.settings import DocumentSettings, DocumentSettingsComponent
from dam_document.systems import DOCUMENT, FOUND, PREVIEW, document_findings, handle_process_document, process_document_system

DOCUMENTS = (
    "application/pdf", "text/*", "application/rtf", "application/json", "application/x-ndjson", "application/xml",
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-outlook", "application/encrypted",
    "application/vnd.openxmlformats-officedocument.*", "application/vnd.oasis.opendocument.*", "application/epub+zip", "message/rfc822",
)  # fmt: skip


class DocumentPlugin(Plugin):
    """Knows documents: facts, text, first page, and what kind of document it is."""

    name = "dam_document"
    requires = ("dam_assets",)
    migrations = "dam_document.migrations"
    Settings = DocumentSettings
    SettingsComponent = DocumentSettingsComponent

    def build(self, world: World) -> None:
        """Register what documents need."""
        world.register_components(DocumentMetadataComponent, DocumentSubtypeComponent, DocumentSettingsComponent)
        settings = world.get_settings(DocumentSettings)
        options = {**world.get_settings(AssetsSettings).thumbnails(), **settings.reading()}
        facts = AssetAnalysis(replace(DOCUMENT, timeout=settings.timeout), document_findings, options, FOUND)
        world.register_driver(
            AssetDriver(AssetType.DOCUMENT, DOCUMENTS, detected=DocumentAssetDetected, analyses=(facts,), preview=PREVIEW)
        )
        world.register_system(process_document_system)
        world.register_system(handle_process_document)
