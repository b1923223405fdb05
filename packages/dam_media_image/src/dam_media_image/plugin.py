"""The picture plugin: its table of contents."""

from __future__ import annotations

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_image.commands import MakeImagePreviewCommand
from dam_media_image.events import ImageAssetDetected
from dam_media_image.models import ImageMetadataComponent
from dam_media_image.settings import ImageSettings, ImageSettingsComponent
from dam_media_image.systems import (
    FOUND,
    PICTURE,
    handle_make_image_preview,
    handle_process_image,
    picture_findings,
    process_image_metadata_system,
)

PICTURES = (
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp", "image/x-ms-bmp",
    "image/avif", "image/vnd.microsoft.icon", "image/x-icon", "image/jp2", "image/x-portable-pixmap",
    "image/x-tga", "image/x-pcx", "image/x-icns", "image/x-qoi", "image/vnd.adobe.photoshop",
)  # fmt: skip


class ImagePlugin(Plugin):
    """Knows pictures: facts, thumbnails, look-alikes."""

    name = "dam_media_image"
    requires = ("dam_assets",)
    migrations = "dam_media_image.migrations"
    Settings = ImageSettings
    SettingsComponent = ImageSettingsComponent

    def build(self, world: World) -> None:
        """Register what pictures need."""
        settings = world.get_settings(ImageSettings)
        options = {
            "thumbnail_sizes": {"small": settings.small, "medium": settings.medium},
            "thumbnail_quality": settings.quality,
            "thumbnail_effort": settings.effort,
        }
        analysis = AssetAnalysis(PICTURE, picture_findings, options, FOUND)
        world.register_components(ImageMetadataComponent, ImageSettingsComponent)
        world.register_driver(
            AssetDriver(AssetType.IMAGE, PICTURES, detected=ImageAssetDetected, analyses=(analysis,), preview=MakeImagePreviewCommand)
        )
        world.register_system(process_image_metadata_system)
        world.register_system(handle_process_image)
        world.register_system(handle_make_image_preview)
