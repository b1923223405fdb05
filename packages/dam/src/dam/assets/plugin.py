"""The built-in plugin: assets, their drivers, tags, links and analyses."""

from __future__ import annotations

from dam.assets.models import COMPONENTS, AssetCategory, AssetType
from dam.assets.resources import AnalysisScheduler, AssetDriver, CacheResource, DriverRegistry
from dam.assets.resources.relations import RelationRegistry
from dam.assets.settings import AssetsSettings, AssetsSettingsComponent
from dam.assets.systems.analyse import handle_analyse_assets, handle_finish_analyses
from dam.assets.systems.graph import (
    handle_analyse_impact,
    handle_find_shortest_path,
    handle_get_graph,
    handle_get_neighbors,
    handle_link_entities,
    handle_unlink_entities,
)
from dam.assets.systems.previews import handle_get_thumbnail, handle_make_preview, handle_open_content
from dam.assets.systems.read import handle_count_assets, handle_find_asset, handle_list_assets, handle_locate_content
from dam.assets.systems.show import handle_export_assets, handle_get_asset
from dam.assets.systems.write import handle_set_asset_fields, handle_tag_assets
from dam.core.plugin import Plugin
from dam.core.workers import WorkerPool, Workers
from dam.core.world import World

KINDS: tuple[tuple[AssetType, tuple[str, ...]], ...] = (
    (AssetType.OTHER, ("*",)),
    (AssetType.IMAGE, ("image/*",)),
    (AssetType.VIDEO, ("video/*", "application/mxf", "application/vnd.rn-realmedia")),
    (AssetType.AUDIO, ("audio/*", "application/ogg")),
    (AssetType.DOCUMENT, ("text/*", "application/pdf", "application/rtf", "application/msword", "application/vnd.oasis.opendocument.*")),
    (
        AssetType.DOCUMENT,
        ("application/vnd.openxmlformats-officedocument.*", "application/vnd.ms-*", "application/epub+zip", "message/rfc822"),
    ),
    (AssetType.DOCUMENT, ("application/postscript", "application/json", "application/xml")),
    (
        AssetType.ARCHIVE,
        ("application/zip", "application/x-7z-compressed", "application/x-rar", "application/vnd.rar", "application/x-tar"),
    ),
    (AssetType.ARCHIVE, ("application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd", "application/x-compress")),
    (AssetType.ARCHIVE, ("application/vnd.ms-cab-compressed", "application/x-cpio", "application/warc", "application/x-archive")),
    (
        AssetType.DISK_IMAGE,
        ("application/x-iso9660-image", "application/x-compressed-iso", "application/x-apple-diskimage", "application/x-ima"),
    ),
    (AssetType.FONT, ("font/*", "application/vnd.ms-opentype", "application/vnd.ms-fontobject")),
    (AssetType.MODEL, ("model/*",)),
)
"""What kind of asset a MIME type is, where no plugin says more."""


class AssetsPlugin(Plugin):
    """Knows what every asset has in common."""

    name = "dam_assets"
    migrations = "dam.migrations"
    Settings = AssetsSettings
    SettingsComponent = AssetsSettingsComponent

    def build(self, world: World) -> None:
        """Register components, drivers, resources and systems."""
        world.register_components(*COMPONENTS, AssetsSettingsComponent)
        cache = CacheResource(world.settings.cache_directory)
        registry, relations = DriverRegistry(), RelationRegistry()
        world.add_resource(cache)
        world.add_resource(registry)
        world.add_resource(relations)
        world.add_resource(WorkerPool(scratch=cache.scratch, size=world.get_settings(AssetsSettings).workers or None), Workers)
        world.add_resource(AnalysisScheduler(world))
        world.add_registrar("driver", registry.register)
        world.add_registrar("relation", relations.register)
        for asset_type, patterns in KINDS:
            world.register_driver(AssetDriver(asset_type, patterns, AssetCategory.PHYSICAL))
        for handler in (
            handle_list_assets, handle_get_asset, handle_export_assets, handle_count_assets, handle_find_asset, handle_locate_content,
            handle_get_thumbnail, handle_make_preview, handle_open_content, handle_tag_assets, handle_set_asset_fields,
            handle_link_entities, handle_unlink_entities, handle_analyse_assets, handle_finish_analyses,
            handle_get_neighbors, handle_find_shortest_path, handle_analyse_impact, handle_get_graph,
        ):  # fmt: skip
            world.register_system(handler)
