"""The plugin for game images: its table of contents."""

from __future__ import annotations

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_psp.analyses import ENTRIES, GAME, PREVIEW
from dam_psp.events import PspIsoAssetDetected
from dam_psp.settings import PspSettings, PspSettingsComponent

SYSTEMS = "dam_psp.systems"
IMAGES = ("application/x-iso9660-image", "application/x-compressed-iso")
UNNAMED = ("application/octet-stream",)


class PspPlugin(Plugin):
    """Knows disk images, and the games of the PSP among them."""

    name = "dam_psp"
    requires = ("dam_assets",)
    migrations = "dam_psp.migrations"
    Settings = PspSettings
    SettingsComponent = PspSettingsComponent

    def build(self, world: World) -> None:
        """Register what game images need."""
        world.register_component(PspSettingsComponent)
        world.register_models("dam_psp.models", {"PspIsoInfoComponent": "component_psp_iso_info"})
        entries = AssetAnalysis(ENTRIES, later(f"{SYSTEMS}:found_entries"), component_types=later(f"{SYSTEMS}:LISTED"))
        game = AssetAnalysis(
            GAME, later(f"{SYSTEMS}:found_game"), world.get_settings(AssetsSettings).thumbnails(), later(f"{SYSTEMS}:FOUND")
        )
        world.register_driver(AssetDriver(AssetType.DISK_IMAGE, IMAGES, analyses=(entries,)))
        for name, patterns, recognises, asset_type in (
            ("psp_image", IMAGES, later(f"{SYSTEMS}:is_game_image"), AssetType.DISK_IMAGE),
            ("psp_package", UNNAMED, later(f"{SYSTEMS}:is_game_package"), AssetType.APP_PACKAGE),
            ("psp_parameters", UNNAMED, later(f"{SYSTEMS}:is_game_parameters"), AssetType.OTHER),
        ):
            detected = PspIsoAssetDetected if asset_type == AssetType.DISK_IMAGE else None
            world.register_driver(
                AssetDriver(asset_type, patterns, name=name, recognises=recognises, detected=detected, analyses=(game,), preview=PREVIEW)
            )
        world.register_system(later(f"{SYSTEMS}:process_psp_iso_system"), event_type=PspIsoAssetDetected)
