"""The plugin for fonts and 3D models: its table of contents."""

from __future__ import annotations

from dam.assets.models import AssetType, ThumbnailComponent
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_design.events import FontAssetDetected, ModelAssetDetected
from dam_design.models import FontMetadataComponent, ModelMetadataComponent
from dam_design.settings import DesignSettings, DesignSettingsComponent
from dam_design.systems import (
    FONT,
    FONT_PREVIEW,
    MODEL,
    MODEL_PREVIEW,
    font_findings,
    is_model,
    model_findings,
    process_font_system,
    process_model_system,
)

FONTS = ("font/*", "application/vnd.ms-opentype")
MODELS = ("model/gltf-binary", "model/gltf+json", "model/obj", "model/stl", "model/x-ply", "model/3mf")
HIDING = ("text/plain", "application/json", "application/octet-stream", "application/zip")


class DesignPlugin(Plugin):
    """Knows fonts and 3D models, and draws a picture of each."""

    name = "dam_design"
    requires = ("dam_assets",)
    migrations = "dam_design.migrations"
    Settings = DesignSettings
    SettingsComponent = DesignSettingsComponent

    def build(self, world: World) -> None:
        """Register what fonts and 3D models need."""
        world.register_components(FontMetadataComponent, ModelMetadataComponent, DesignSettingsComponent)
        thumbnails = world.get_settings(AssetsSettings).thumbnails()
        font = AssetAnalysis(FONT, font_findings, thumbnails, (FontMetadataComponent, ThumbnailComponent))
        model = AssetAnalysis(MODEL, model_findings, thumbnails, (ModelMetadataComponent, ThumbnailComponent))
        world.register_driver(AssetDriver(AssetType.FONT, FONTS, detected=FontAssetDetected, analyses=(font,), preview=FONT_PREVIEW))
        world.register_driver(AssetDriver(AssetType.MODEL, MODELS, detected=ModelAssetDetected, analyses=(model,), preview=MODEL_PREVIEW))
        world.register_driver(
            AssetDriver(
                AssetType.MODEL,
                HIDING,
                name="model",
                version=2,
                recognises=is_model,
                detected=ModelAssetDetected,
                analyses=(model,),
                preview=MODEL_PREVIEW,
            )
        )
        world.register_system(process_font_system)
        world.register_system(process_model_system)
