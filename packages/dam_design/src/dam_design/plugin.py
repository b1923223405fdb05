"""The plugin for fonts and 3D models: its table of contents."""

from __future__ import annotations

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_design.analyses import FONT, FONT_PREVIEW, MODEL, MODEL_PREVIEW
from dam_design.events import FontAssetDetected, ModelAssetDetected
from dam_design.settings import DesignSettings, DesignSettingsComponent

SYSTEMS = "dam_design.systems"
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
        world.register_component(DesignSettingsComponent)
        world.register_models(
            "dam_design.models", {"FontMetadataComponent": "component_font_metadata", "ModelMetadataComponent": "component_model_metadata"}
        )
        thumbnails = world.get_settings(AssetsSettings).thumbnails()
        font = AssetAnalysis(FONT, later(f"{SYSTEMS}:font_findings"), thumbnails, later(f"{SYSTEMS}:FONT_FOUND"))
        model = AssetAnalysis(MODEL, later(f"{SYSTEMS}:model_findings"), thumbnails, later(f"{SYSTEMS}:MODEL_FOUND"))
        world.register_driver(AssetDriver(AssetType.FONT, FONTS, detected=FontAssetDetected, analyses=(font,), preview=FONT_PREVIEW))
        world.register_driver(AssetDriver(AssetType.MODEL, MODELS, detected=ModelAssetDetected, analyses=(model,), preview=MODEL_PREVIEW))
        world.register_driver(
            AssetDriver(
                AssetType.MODEL,
                HIDING,
                name="model",
                version=2,
                recognises=later(f"{SYSTEMS}:is_model"),
                detected=ModelAssetDetected,
                analyses=(model,),
                preview=MODEL_PREVIEW,
            )
        )
        world.register_system(later(f"{SYSTEMS}:process_font_system"), event_type=FontAssetDetected)
        world.register_system(later(f"{SYSTEMS}:process_model_system"), event_type=ModelAssetDetected)
