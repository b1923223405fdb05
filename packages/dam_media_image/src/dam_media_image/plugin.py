"""The picture plugin: its table of contents."""

from __future__ import annotations

from dataclasses import replace

from dam.assets.models import AssetType, XmpComponent
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_image.events import ImageAssetDetected
from dam_media_image.functions.belonging import RELATIONS, SIDECAR_DRIVER
from dam_media_image.functions.kinds import is_sidecar
from dam_media_image.functions.tools import missing_tools
from dam_media_image.models import ImageMetadataComponent
from dam_media_image.settings import ImageSettings, ImageSettingsComponent
from dam_media_image.systems.belonging import (
    handle_stack_pictures,
    join_changed_files_system,
    join_examined_files_system,
    sidecar_findings,
)
from dam_media_image.systems.pictures import (
    FOUND,
    PICTURE,
    PREVIEW,
    SIDECAR,
    handle_process_image,
    picture_findings,
    process_image_metadata_system,
)

PICTURES = ("image/*", "application/x-krita")
SIDECARS = ("text/plain", "text/xml", "application/xml", "application/rdf+xml")


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
        picture = replace(PICTURE, timeout=settings.timeout)
        options = world.get_settings(AssetsSettings).thumbnails() | {"exiftool": settings.exiftool}
        analysis = AssetAnalysis(picture, picture_findings, options, FOUND)
        world.register_components(ImageMetadataComponent, ImageSettingsComponent)
        world.register_driver(AssetDriver(AssetType.IMAGE, PICTURES, detected=ImageAssetDetected, analyses=(analysis,), preview=PREVIEW))
        sidecar = AssetAnalysis(SIDECAR, sidecar_findings, {}, (XmpComponent,))
        world.register_driver(
            AssetDriver(AssetType.DOCUMENT, SIDECARS, recognises=is_sidecar, name=SIDECAR_DRIVER, analyses=(sidecar,)),
        )
        for relation in RELATIONS:
            world.register_relation(relation)
        for listener in (join_examined_files_system, join_changed_files_system, handle_stack_pictures):
            world.register_system(listener)
        world.register_system(process_image_metadata_system)
        world.register_system(handle_process_image)

    def optional(self, world: World) -> dict[str, str | None]:
        """ExifTool reads what is not read here, and JPEG XL needs a library."""
        return missing_tools(exiftool=world.get_settings(ImageSettings).exiftool != "never")
