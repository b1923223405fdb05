"""The plugin for documents: its table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from dam.assets.commands import UnlockAssetCommand
from dam.assets.events import AssetExamined
from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_document.analyses import DOCUMENT, PREVIEW, RECOGNITION
from dam_document.commands import ProcessDocumentCommand
from dam_document.events import DocumentAssetDetected
from dam_document.functions.tessdata import RECOGNISED, find_tessdata, missing_recognition, what_is_missing
from dam_document.settings import DocumentSettings, DocumentSettingsComponent

READ = "dam_document.systems.read"
DOCUMENTS = (
    "application/pdf", "text/*", "application/rtf", "application/json", "application/x-ndjson", "application/xml",
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook",
    "application/encrypted",
    "application/vnd.openxmlformats-officedocument.*", "application/vnd.oasis.opendocument.*", "application/epub+zip", "message/rfc822",
    "application/postscript", "application/vnd.ms-xpsdocument", "application/x-mobipocket-ebook", "application/vnd.ms-publisher",
    "application/vnd.visio", "application/vnd.ms-visio.*", "application/x-ole-storage", "application/x-subrip",
    "application/vnd.apple.*",
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
        world.register_component(DocumentSettingsComponent)
        world.register_models(
            "dam_document.models",
            {"DocumentMetadataComponent": "component_document_metadata", "DocumentSubtypeComponent": "component_document_subtype"},
        )
        settings = world.get_settings(DocumentSettings)
        thumbnails = world.get_settings(AssetsSettings).thumbnails()
        self._register_recognition(world, settings, thumbnails)
        facts = AssetAnalysis(
            replace(DOCUMENT, timeout=settings.timeout),
            later(f"{READ}:document_findings"),
            {**thumbnails, **settings.reading()},
            later(f"{READ}:FOUND"),
        )
        world.register_driver(
            AssetDriver(AssetType.DOCUMENT, DOCUMENTS, detected=DocumentAssetDetected, analyses=(facts,), preview=PREVIEW)
        )
        world.register_system(later(f"{READ}:process_document_system"), event_type=DocumentAssetDetected)
        world.register_handlers(READ, {ProcessDocumentCommand: "handle_process_document"})
        world.register_handlers("dam_document.systems.unlock", {UnlockAssetCommand: "handle_unlock_asset"})
        world.register_system(later("dam_document.systems.link:link_documents_system"), event_type=AssetExamined)

    def _register_recognition(self, world: World, settings: DocumentSettings, thumbnails: Mapping[str, Any]) -> None:
        """Register the reading of text from pixels, where that is wanted; the drivers here are the less specific ones."""
        if settings.ocr == "off":
            return
        missing = partial(missing_recognition, settings.ocr_tessdata, settings.ocr_languages)
        analysis = replace(RECOGNITION, timeout=settings.ocr_seconds + settings.timeout)
        told = {**thumbnails, **settings.recognition()}
        offered = AssetAnalysis(analysis, later(f"{READ}:recognition_findings"), told, later(f"{READ}:RECOGNISED"), missing_tool=missing)
        world.register_driver(AssetDriver(AssetType.DOCUMENT, ("application/pdf",), analyses=(offered,)))
        if settings.ocr != "documents":
            world.register_driver(AssetDriver(AssetType.IMAGE, ("image/*",), analyses=(offered,)))

    def optional(self, world: World) -> dict[str, str | None]:
        """Text recognition needs Tesseract."""
        settings = world.get_settings(DocumentSettings)
        if settings.ocr == "off":
            return {}
        missing = what_is_missing(find_tessdata(settings.ocr_tessdata), settings.ocr_languages)
        return {RECOGNISED: f"scans are not searched for words: {missing}" if missing else None}
