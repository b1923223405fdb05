"""The picture plugin: its table of contents."""

from __future__ import annotations

from dataclasses import replace

from dam.assets.events import AssetChanged, AssetExamined
from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_image.analyses import PICTURE, PREVIEW, SIDECAR
from dam_media_image.commands import ProcessImageCommand, StackPicturesCommand
from dam_media_image.events import ImageAssetDetected
from dam_media_image.functions.belonging import RELATIONS, SIDECAR_DRIVER
from dam_media_image.functions.kinds import is_sidecar
from dam_media_image.functions.tools import missing_tools
from dam_media_image.settings import ImageSettings, ImageSettingsComponent

READ, JOIN = "dam_media_image.systems.pictures", "dam_media_image.systems.belonging"
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
        analysis = AssetAnalysis(picture, later(f"{READ}:picture_findings"), options, later(f"{READ}:FOUND"))
        world.register_component(ImageSettingsComponent)
        world.register_models("dam_media_image.models", {"ImageMetadataComponent": "component_image_metadata"})
        world.register_driver(AssetDriver(AssetType.IMAGE, PICTURES, detected=ImageAssetDetected, analyses=(analysis,), preview=PREVIEW))
        sidecar = AssetAnalysis(SIDECAR, later(f"{JOIN}:sidecar_findings"), {}, later(f"{JOIN}:FOUND"))
        world.register_driver(
            AssetDriver(AssetType.DOCUMENT, SIDECARS, recognises=is_sidecar, name=SIDECAR_DRIVER, analyses=(sidecar,)),
        )
        for relation in RELATIONS:
            world.register_relation(relation)
        world.register_system(later(f"{JOIN}:join_examined_files_system"), event_type=AssetExamined)
        world.register_system(later(f"{JOIN}:join_changed_files_system"), event_type=AssetChanged)
        world.register_system(later(f"{READ}:process_image_metadata_system"), event_type=ImageAssetDetected)
        world.register_handlers(JOIN, {StackPicturesCommand: "handle_stack_pictures"})
        world.register_handlers(READ, {ProcessImageCommand: "handle_process_image"})

    def optional(self, world: World) -> dict[str, str | None]:
        """ExifTool reads what is not read here, and JPEG XL needs a library."""
        return missing_tools(exiftool=world.get_settings(ImageSettings).exiftool != "never")
