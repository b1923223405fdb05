"""The built-in plugin: assets, their drivers, tags, links and analyses."""

from __future__ import annotations

from typing import Any

from dam.assets.commands import (
    AnalyseAssetsCommand,
    AnalyseImpactCommand,
    CountAssetsCommand,
    ExportAssetsCommand,
    FindAssetCommand,
    FindByHashCommand,
    FindShortestPathCommand,
    FinishAnalysesCommand,
    GetAssetCommand,
    GetGraphCommand,
    GetNeighborsCommand,
    GetTagsCommand,
    GetThumbnailCommand,
    GetVirtualEntityCommand,
    IngestVirtualCommand,
    LinkEntitiesCommand,
    ListActionsCommand,
    ListAssetsCommand,
    ListTagsCommand,
    LocateContentCommand,
    MakePreviewCommand,
    OpenContentCommand,
    ResolveUrnCommand,
    RestoreAssetsCommand,
    RunProcessorsCommand,
    SetAssetFieldsCommand,
    SetAssetStatusCommand,
    SetMetadataCommand,
    TagAssetsCommand,
    TrashAssetsCommand,
    UndoCommand,
    UnlinkEntitiesCommand,
)
from dam.assets.commands.work import (
    CancelJobsCommand,
    ListFailedJobsCommand,
    ListJobsCommand,
    PauseJobsCommand,
    ResumeJobsCommand,
    RetryJobsCommand,
    WorkCommand,
)
from dam.assets.events import AssetReady, AssetRemembered
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
from dam.commands.core import BaseCommand
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.workers import WorkerPool, Workers
from dam.core.world import World

FIELDS = (
    ("size", AssetComponent.size), ("width", AssetComponent.width), ("height", AssetComponent.height),
    ("duration", AssetComponent.duration), ("date", AssetComponent.sort_at), ("added", AssetComponent.created_at),
    ("rating", RatingComponent.value),
)  # fmt: skip
"""The fields of the search language that are compared; `date` is what the gallery sorts by: taken then, or else changed then."""

HANDLERS: dict[str, dict[type[BaseCommand[Any, Any]], str]] = {
    "analyse": {AnalyseAssetsCommand: "handle_analyse_assets", FinishAnalysesCommand: "handle_finish_analyses"},
    "counting": {ListJobsCommand: "handle_list_jobs"},
    "graph": {
        LinkEntitiesCommand: "handle_link_entities",
        UnlinkEntitiesCommand: "handle_unlink_entities",
        GetNeighborsCommand: "handle_get_neighbors",
        FindShortestPathCommand: "handle_find_shortest_path",
        AnalyseImpactCommand: "handle_analyse_impact",
        GetGraphCommand: "handle_get_graph",
    },
    "previews": {
        GetThumbnailCommand: "handle_get_thumbnail",
        MakePreviewCommand: "handle_make_preview",
        OpenContentCommand: "handle_open_content",
    },
    "processors": {RunProcessorsCommand: "handle_run_processors"},
    "read": {
        ListAssetsCommand: "handle_list_assets",
        CountAssetsCommand: "handle_count_assets",
        FindAssetCommand: "handle_find_asset",
        LocateContentCommand: "handle_locate_content",
    },
    "records": {
        SetAssetStatusCommand: "handle_set_asset_status",
        SetMetadataCommand: "handle_set_metadata",
        GetTagsCommand: "handle_get_tags",
        FindByHashCommand: "handle_find_by_hash",
    },
    "resolve": {ResolveUrnCommand: "handle_resolve_urn"},
    "show": {GetAssetCommand: "handle_get_asset", ExportAssetsCommand: "handle_export_assets"},
    "trash": {TrashAssetsCommand: "handle_trash_assets", RestoreAssetsCommand: "handle_restore_assets"},
    "undo": {ListActionsCommand: "handle_list_actions", UndoCommand: "handle_undo"},
    "virtual": {IngestVirtualCommand: "handle_ingest_virtual", GetVirtualEntityCommand: "handle_get_virtual_entity"},
    "work": {
        ListFailedJobsCommand: "handle_list_failed_jobs",
        PauseJobsCommand: "handle_pause_jobs",
        ResumeJobsCommand: "handle_resume_jobs",
        CancelJobsCommand: "handle_cancel_jobs",
        RetryJobsCommand: "handle_retry_jobs",
        WorkCommand: "handle_work",
    },
    "write": {
        TagAssetsCommand: "handle_tag_assets",
        SetAssetFieldsCommand: "handle_set_asset_fields",
        ListTagsCommand: "handle_list_tags",
    },
}
"""What answers which command, by the module of `dam.assets.systems`; each is loaded when it is first asked."""


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
        for module, handlers in HANDLERS.items():
            world.register_handlers(f"dam.assets.systems.{module}", handlers)
        world.register_system(later("dam.assets.systems.processors:process_ready_assets_system"), event_type=AssetReady)
        world.register_system(later("dam.assets.systems.trash:analyse_remembered_system"), event_type=AssetRemembered)
