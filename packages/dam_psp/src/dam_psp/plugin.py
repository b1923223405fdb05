"""The plugin for game images: its table of contents."""

from __future__ import annotations

from dam.assets.models import ArchiveMetadataComponent, AssetType, ThumbnailComponent
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_psp.events import PspIsoAssetDetected
from dam_psp.models import PspIsoInfoComponent
from dam_psp.settings import PspSettings, PspSettingsComponent
from dam_psp.systems import (
    ENTRIES,
    GAME,
    PREVIEW,
    found_entries,
    found_game,
    is_game_image,
    is_game_package,
    is_game_parameters,
    process_psp_iso_system,
)

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
        world.register_components(PspIsoInfoComponent, PspSettingsComponent)
        entries = AssetAnalysis(ENTRIES, found_entries, component_types=(ArchiveMetadataComponent,))
        game = AssetAnalysis(
            GAME, found_game, world.get_settings(AssetsSettings).thumbnails(), component_types=(PspIsoInfoComponent, ThumbnailComponent)
        )
        world.register_driver(AssetDriver(AssetType.DISK_IMAGE, IMAGES, analyses=(entries,)))
        for name, patterns, recognises, asset_type in (
            ("psp_image", IMAGES, is_game_image, AssetType.DISK_IMAGE),
            ("psp_package", UNNAMED, is_game_package, AssetType.APP_PACKAGE),
            ("psp_parameters", UNNAMED, is_game_parameters, AssetType.OTHER),
        ):
            detected = PspIsoAssetDetected if asset_type == AssetType.DISK_IMAGE else None
            world.register_driver(
                AssetDriver(asset_type, patterns, name=name, recognises=recognises, detected=detected, analyses=(game,), preview=PREVIEW)
            )
        world.register_system(process_psp_iso_system)
