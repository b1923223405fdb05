"""Asset drivers as classes: what a plugin does with one type of asset when such an asset is there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from dam.assets.commands import GetAssetCommand
from dam.assets.models import AssetCategory, AssetType
from dam.assets.resources.processors import ProcessorRegistry, RegisteredProcessor
from dam.core.exceptions import RegistrationError

if TYPE_CHECKING:
    from dam.assets.models.record import Asset
    from dam.core.world import World

BEFORE_OTHERS = -100
"""The order of drivers among media processors."""


class BaseAssetDriver(ABC):
    """The brain of one type of asset: subclass it, name `asset_type` and `category`, and give it to `World.register_driver`."""

    asset_type: AssetType | str
    category: AssetCategory = AssetCategory.PHYSICAL

    @abstractmethod
    async def on_ingest(self, asset: Asset, source_data: Any = None) -> None:
        """Do what is to be done when the asset is there: make links, further assets, metadata.

        `source_data` is the data of a virtual asset, else None. Doing it twice must equal doing it once.
        """

    @abstractmethod
    async def get_preview_logic(self, asset: Asset) -> Any:
        """Say how a preview of the asset is made."""

    @abstractmethod
    def render_ui_component(self, asset: Asset) -> Any:
        """Give what the browser shows for the asset."""


class DriverProcessor:
    """The media processor that hands every new asset of one type to its driver."""

    def __init__(self, world: World, drivers: AssetDrivers) -> None:
        """Speak for the drivers of one World."""
        self._world = world
        self._drivers = drivers

    async def process(self, asset_id: int) -> None:
        """Read the asset and hand it on."""
        from dam.assets.models.record import Asset  # noqa: PLC0415 - every command would make its checker, and few need it

        whole = (await self._world.dispatch_command(GetAssetCommand(asset_id))).one()
        if whole is not None:
            await self._drivers.process(Asset.from_whole(whole))


class AssetDrivers:
    """The asset drivers by their type; the last one given for a type counts. New assets come to them as to a media processor."""

    def __init__(self, world: World | None = None, processors: ProcessorRegistry | None = None) -> None:
        """Empty. Without a World and its processors no assets come by themselves."""
        self._processor = DriverProcessor(world, self) if world is not None else None
        self._processors = processors
        self._by_type: dict[str, BaseAssetDriver] = {}

    def register(self, driver: BaseAssetDriver) -> None:
        """Add a driver; raises RegistrationError when it does not name its type."""
        kind = getattr(driver, "asset_type", None)
        if not isinstance(kind, str):
            raise RegistrationError(f"{type(driver).__name__} names no asset_type; set it on the class.")
        self._by_type[str(kind)] = driver
        if self._processor is not None and self._processors is not None:
            self._processors.register(RegisteredProcessor(self._processor, f"driver.{kind}", BEFORE_OTHERS, (str(kind),)))

    def find(self, asset_type: str) -> BaseAssetDriver | None:
        """The driver of a type, or None."""
        return self._by_type.get(str(asset_type))

    async def process(self, asset: Asset, source_data: Any = None) -> None:
        """Hand an asset to the driver of its type; a type without one is left alone."""
        driver = self.find(asset.asset_type)
        if driver is not None:
            own = None if asset.category == AssetCategory.PHYSICAL else asset.metadata.get(str(asset.asset_type))
            await driver.on_ingest(asset, own if source_data is None else source_data)
