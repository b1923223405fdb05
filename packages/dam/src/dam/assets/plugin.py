"""The built-in plugin: assets, their drivers, tags, links and analyses."""

from __future__ import annotations

from dam.assets.functions.kinds import KINDS
from dam.assets.models import COMPONENTS, AssetComponent, RatingComponent
from dam.assets.resources import (
    AnalysisScheduler,
    AssetDriver,
    AssetDrivers,
    BaseAssetDriver,
    CacheResource,
    DriverRegistry,
    NamespaceRegistry,
    ProcessorRegistry,
    ProcessorScheduler,
)
from dam.assets.resources.clock import WorkClock
from dam.assets.resources.fields import FieldRegistry
from dam.assets.resources.relations import RelationRegistry
from dam.assets.resources.spool import ContentSpool
from dam.assets.settings import AssetsSettings, AssetsSettingsComponent
from dam.assets.systems.analyse import handle_analyse_assets, handle_finish_analyses
from dam.assets.systems.counting import handle_list_jobs
from dam.assets.systems.graph import (
    handle_analyse_impact,
    handle_find_shortest_path,
    handle_get_graph,
    handle_get_neighbors,
    handle_link_entities,
    handle_unlink_entities,
)
from dam.assets.systems.previews import handle_get_thumbnail, handle_make_preview, handle_open_content
from dam.assets.systems.processors import handle_run_processors, process_ready_assets_system
from dam.assets.systems.read import handle_count_assets, handle_find_asset, handle_list_assets, handle_locate_content
from dam.assets.systems.records import handle_find_by_hash, handle_get_tags, handle_set_asset_status, handle_set_metadata
from dam.assets.systems.resolve import handle_resolve_urn
from dam.assets.systems.show import handle_export_assets, handle_get_asset
from dam.assets.systems.trash import analyse_remembered_system, handle_restore_assets, handle_trash_assets
from dam.assets.systems.undo import handle_list_actions, handle_undo
from dam.assets.systems.virtual import handle_get_virtual_entity, handle_ingest_virtual
from dam.assets.systems.work import (
    handle_cancel_jobs,
    handle_list_failed_jobs,
    handle_pause_jobs,
    handle_resume_jobs,
    handle_retry_jobs,
    handle_work,
)
from dam.assets.systems.write import handle_list_tags, handle_set_asset_fields, handle_tag_assets
from dam.core.plugin import Plugin
from dam.core.workers import WorkerPool, Workers
from dam.core.world import World

FIELDS = (
    ("size", AssetComponent.size), ("width", AssetComponent.width), ("height", AssetComponent.height),
    ("duration", AssetComponent.duration), ("date", AssetComponent.sort_at), ("added", AssetComponent.created_at),
    ("rating", RatingComponent.value),
)  # fmt: skip
"""The fields of the search language that are compared; `date` is what the gallery sorts by: taken then, or else changed then."""


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
        registry, relations, namespaces, processors = DriverRegistry(), RelationRegistry(), NamespaceRegistry(), ProcessorRegistry()
        fields = FieldRegistry()
        drivers = AssetDrivers(world, processors)
        for resource in (cache, registry, relations, namespaces, processors, drivers, fields):
            world.add_resource(resource)
        settings = world.get_settings(AssetsSettings)
        world.add_resource(WorkerPool(scratch=cache.scratch, size=settings.workers or None), Workers)
        world.add_resource(WorkClock(settings.lease_seconds))
        world.add_resource(ContentSpool(cache.root / "unpacked", settings.unpacked))
        world.add_resource(AnalysisScheduler(world))
        world.add_resource(ProcessorScheduler(world, processors))
        world.add_registrar(
            "driver", lambda one: (drivers if isinstance(one, BaseAssetDriver) else registry).register(one), drivers, registry
        )
        world.add_registrar("relation", relations.register, relations)
        world.add_registrar("namespace", namespaces.register, namespaces)
        world.add_registrar("processor", processors.register, processors)
        world.add_registrar("field", fields.register, fields)
        for name, column in FIELDS:
            fields.register((name, column))
        for asset_type, patterns in KINDS:
            world.register_driver(AssetDriver(asset_type, patterns))
        for handler in (
            handle_list_assets, handle_get_asset, handle_export_assets, handle_count_assets, handle_find_asset, handle_locate_content,
            handle_get_thumbnail, handle_make_preview, handle_open_content, handle_tag_assets, handle_set_asset_fields, handle_list_tags,
            handle_link_entities, handle_unlink_entities, handle_analyse_assets, handle_finish_analyses,
            handle_get_neighbors, handle_find_shortest_path, handle_analyse_impact, handle_get_graph,
            handle_set_asset_status, handle_set_metadata, handle_get_tags, handle_find_by_hash, handle_resolve_urn,
            handle_ingest_virtual, handle_get_virtual_entity, handle_run_processors, process_ready_assets_system,
            handle_list_jobs, handle_list_failed_jobs, handle_pause_jobs, handle_resume_jobs, handle_cancel_jobs, handle_retry_jobs,
            handle_work, handle_trash_assets, handle_restore_assets, analyse_remembered_system,
            handle_list_actions, handle_undo,
        ):  # fmt: skip
            world.register_system(handler)
