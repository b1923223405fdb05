"""The Python door: what a program asks of a library, in the words of the specification. Each method dispatches one command.

async with create_world("main") as world:
    asset = await AssetService(world).register_path(Path("photos/a.jpg"))
    links = LinkManager(world)
    await links.link(album_id, asset.id, "includes")
    page = await links.get_neighbors(album_id, "includes", direction="out")
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from dam.assets.commands import (
    AnalyseImpactCommand,
    AssetPage,
    FindByHashCommand,
    FindShortestPathCommand,
    GetAssetCommand,
    GetNeighborsCommand,
    GetTagsCommand,
    GetVirtualEntityCommand,
    IngestVirtualCommand,
    LinkEntitiesCommand,
    ListAssetsCommand,
    NeighborPage,
    ProcessorSummary,
    RegisteredFile,
    RegisterFilesCommand,
    ResolveUrnCommand,
    RunProcessorsCommand,
    SetMetadataCommand,
    StoreFilesCommand,
    TagAssetsCommand,
    UnlinkEntitiesCommand,
)
from dam.assets.commands.graph import Direction
from dam.assets.models import TagComponent
from dam.assets.models.record import Asset
from dam.assets.resources import AssetDrivers, BaseAssetDriver, MediaProcessor, ProcessorRegistry
from dam.assets.resources.processors import describe_processor
from dam.core.exceptions import DamError, EntityNotFoundError
from dam.core.world import World
from dam.models.entity import Entity

__all__ = ["Asset", "AssetDriverManager", "AssetSDK", "AssetService", "BaseAssetDriver", "LinkManager", "MediaProcessor", "PipelineService"]

T = TypeVar("T", bound=BaseModel)


class AssetService:
    """Assets: takes them in, finds them, and reads them."""

    def __init__(self, world: World) -> None:
        """Speak for one World."""
        self._world = world

    async def get(self, asset_id: int) -> Asset:
        """One asset; raises EntityNotFoundError when there is none of that id."""
        whole = (await self._world.dispatch_command(GetAssetCommand(asset_id))).one()
        if whole is None:
            raise EntityNotFoundError(f"There is no asset {asset_id}.")
        return Asset.from_whole(whole)

    async def find(self, *, query: str = "", types: tuple[str, ...] = (), cursor: str | None = None, limit: int = 100) -> AssetPage:
        """One page of assets, the newest first; `page.next` is the cursor of the next one. Members of archives come with a query."""
        return (await self._world.dispatch_command(ListAssetsCommand(query, types, cursor=cursor, limit=limit))).one()

    async def register_path(self, path: Path | str) -> int:
        """Make a file known where it lies; gives its asset's id, the same one when it is known. The file is only read.

        Raises DamError with the reason when it cannot be.
        """
        (done,) = (await self._world.dispatch_command(RegisterFilesCommand((Path(path),)))).one()
        return _id_of(done)

    async def add_asset_file(self, path: Path | str, *, tags: tuple[str, ...] = ()) -> tuple[Entity, bool]:
        """Take a copy of a file into the store; gives its entity and whether that is new. Raises DamError with the reason."""
        (done,) = (await self._world.dispatch_command(StoreFilesCommand((Path(path),), tags))).one()
        return Entity(id=_id_of(done)), done.status == "new"

    async def ingest_virtual(self, asset_type: str, data: dict[str, Any] | None = None, *, name: str | None = None) -> int:
        """Make an asset without bytes of its own; gives its id. A URL is known by its `data["url"]`, anything else by `name`."""
        return (await self._world.dispatch_command(IngestVirtualCommand(asset_type, data or {}, name))).one()

    async def find_by_hash(self, digest: str) -> int | None:
        """The asset whose content has this SHA-256 or MD5 (hexadecimal digits), or None."""
        return (await self._world.dispatch_command(FindByHashCommand(digest))).one()

    async def resolve(self, urn: str) -> Path | None:
        """The file that a storage URN stands for, or None when it cannot be reached."""
        return (await self._world.dispatch_command(ResolveUrnCommand(urn))).one()

    async def set_metadata(self, asset_id: int, namespace: str, data: dict[str, Any], *, version: int | None = None) -> dict[str, Any]:
        """Replace what a namespace says; gives what is kept. Raises UsageError for wrong data, StaleVersionError for an old version."""
        return (await self._world.dispatch_command(SetMetadataCommand(asset_id, namespace, data, version))).one()

    async def add_tag_to_entity(self, entity_id: int, tag_name: str) -> None:
        """Give a tag, once; raises EntityNotFoundError (a ValueError) for an unknown entity."""
        await self._world.dispatch_command(TagAssetsCommand((entity_id,), (tag_name,)))

    async def get_tags_for_entity(self, entity_id: int) -> list[TagComponent]:
        """The tags of an entity by name; raises EntityNotFoundError (a ValueError) for an unknown one."""
        return (await self._world.dispatch_command(GetTagsCommand(entity_id))).one()


class AssetSDK:
    """Metadata as typed objects."""

    def get_metadata(self, asset: Asset, namespace: str, schema: type[T]) -> T:
        """What a namespace says, as the schema has it: its defaults where nothing is known. Raises pydantic's ValidationError."""
        return schema(**asset.metadata.get(namespace, {}))


class LinkManager:
    """The graph: ties entities together, and follows the ties."""

    def __init__(self, world: World) -> None:
        """Speak for one World."""
        self._world = world

    async def named(self, kind: str, name: str) -> int:
        """The entity of a person, project, user, machine, folder, ... of that name; made when it is first asked for."""
        return (await self._world.dispatch_command(GetVirtualEntityCommand(kind, name))).one()

    async def link(self, source: int, target: int, relation: str, *, weight: float = 1.0, metadata: dict[str, Any] | None = None) -> int:
        """Tie two entities; gives the link's id, the same one when the link is there already (it takes the new weight and metadata).

        Raises EntityNotFoundError unless both are there, and UsageError for a relation that nobody registered.
        """
        return (await self._world.dispatch_command(LinkEntitiesCommand(source, target, relation, weight, metadata or {}))).one()

    async def unlink(self, source: int, target: int, relation: str) -> bool:
        """Take a link away; gives whether there was one."""
        return (await self._world.dispatch_command(UnlinkEntitiesCommand(source, target, relation))).one()

    async def get_neighbors(
        self, node_id: int, relation_type: str | None = None, *, direction: Direction = "both", cursor: str | None = None, limit: int = 100
    ) -> NeighborPage:
        """One page of an entity's links; `page.next` is the cursor of the next one, None at the end."""
        return (await self._world.dispatch_command(GetNeighborsCommand(node_id, relation_type, direction, cursor, limit))).one()

    async def shortest_path(self, start: int, end: int, *, direction: Direction = "out") -> list[int] | None:
        """The entities on the shortest way from one to another, both ends included; None when there is no way."""
        steps = (await self._world.dispatch_command(FindShortestPathCommand(start, end, direction))).one()
        return None if steps is None else [step.entity_id for step in steps]

    async def impact_analysis(self, node_id: int) -> list[int]:
        """Every entity from which links lead to this one, directly or over others, nearest first."""
        return [reached.entity_id for reached in (await self._world.dispatch_command(AnalyseImpactCommand(node_id))).one()]


class AssetDriverManager:
    """The asset drivers by type. With a World they are the World's: new assets come to them by themselves."""

    def __init__(self, world: World | None = None) -> None:
        """Speak for one World, or for nobody."""
        self._world = world
        self._drivers = AssetDrivers() if world is None else world.get_resource(AssetDrivers)

    def register_driver(self, driver: BaseAssetDriver) -> None:
        """Make a driver known; of several for a type the last one counts. Raises RegistrationError."""
        if self._world is None:
            self._drivers.register(driver)
        else:
            self._world.register_driver(driver)

    async def process_asset(self, asset: Asset, source_data: Any = None) -> None:
        """Hand an asset to the driver of its type; a type without one is left alone."""
        await self._drivers.process(asset, source_data)


class PipelineService:
    """The media processors, which work on every new asset in the background."""

    def __init__(self, world: World) -> None:
        """Speak for one World."""
        self._world = world

    def register(self, processor: MediaProcessor, **more: Any) -> None:
        """Make a processor known; `name`, `order`, `applies_to`, `attempts` and `version` may be said here or by its attributes."""
        self._world.register_processor(describe_processor(processor, **more))

    def register_hooks(self, module: Any) -> None:
        """Make known what a module's function `register_media_processors()` gives."""
        self._world.get_resource(ProcessorRegistry).register_hooks(module)

    async def run(self, *asset_ids: int) -> ProcessorSummary:
        """Let the processors work on these assets (without any: on all) that have not had them, and wait until they have."""
        return (await self._world.dispatch_command(RunProcessorsCommand(asset_ids or None))).one()


def _id_of(done: RegisteredFile) -> int:
    """The id of the asset that a file became; raises DamError with the reason why it became none."""
    if done.entity_id is None:
        raise DamError(done.error or f"{done.path} could not be taken in.")
    return done.entity_id
