"""Media processors and asset drivers: what plugins do with an asset when it is there."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dam.assets.commands import FinishAnalysesCommand, GetAssetCommand, LinkEntitiesCommand
from dam.assets.models import AssetCategory, AssetType
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import RegistrationError
from dam.core.plugin import Plugin
from dam.core.world import World
from dam.models.config import ConfigComponent, SettingsModel
from dam.sdk import Asset, AssetDriverManager, AssetService, BaseAssetDriver, MediaProcessor, PipelineService
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

pytestmark = pytest.mark.usefixtures("database")


class Remembers:
    """A processor that remembers what it was given; `fails` says how often it fails at first."""

    def __init__(self, log: list[Any], name: str = "remembers", *, fails: int = 0, **more: Any) -> None:
        self.log, self.name, self.fails = log, name, fails
        self.__dict__.update(more)

    async def process(self, asset_id: int) -> None:
        self.log.append((self.name, asset_id))
        if self.fails:
            self.fails -= 1
            raise ValueError("it would not")


async def analyses(world: World, entity_id: int) -> dict[str, Any]:
    whole = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    return {one["name"]: (one["status"], one["message"]) for one in whole["analyses"]}


async def test_processors_run_in_order_on_what_they_apply_to(make_world: MakeWorld, make_files: MakeFiles) -> None:
    log: list[Any] = []
    async with make_world(AssetsPlugin, FsPlugin) as world:
        pipeline, service = PipelineService(world), AssetService(world)
        pipeline.register(Remembers(log, "last", order=9))
        pipeline.register(Remembers(log, "urls", applies_to=(AssetType.URL,)))
        pipeline.register(Remembers(log, "documents"), applies_to=("document",), order=-1)
        url = await service.ingest_virtual("url", {"url": "https://example.org"})
        await world.settled()
        assert log == [("urls", url), ("last", url)], "it starts by itself"
        log.clear()
        text = await service.register_path(make_files({"a.txt": "a text"}) / "a.txt")
        await world.dispatch_command(FinishAnalysesCommand())
        assert log == [("documents", text), ("last", text)]
        log.clear()
        await service.ingest_virtual("url", {"url": "https://example.org"})
        assert (await pipeline.run()).done == 0
        await world.settled()
        assert log == [], "each asset is worked on once"
        await service.ingest_virtual("url", {"url": "https://example.org", "seen": 2})
        await world.settled()
        assert log == [("urls", url), ("last", url)], "new data are worked on anew"


async def test_a_failure_is_tried_again_and_stops_nobody(make_world: MakeWorld) -> None:
    log: list[Any] = []
    async with make_world(AssetsPlugin) as world:
        pipeline, service = PipelineService(world), AssetService(world)
        early = await service.ingest_virtual("log_entry", {})
        await world.settled()
        pipeline.register(Remembers(log, "at last", fails=2, order=1))
        pipeline.register(Remembers(log, "never", fails=99, order=2, attempts=2))
        pipeline.register(Remembers(log, "after", order=3))
        summary = await pipeline.run(early)
        never = ("failed", "never: ValueError: it would not")
        assert (summary.done, summary.failed) == (2, 1)
        assert summary.problems == [{"id": early, "processor": "never", "reason": never[1]}]
        assert [name for name, _ in log] == ["at last"] * 3 + ["never"] * 2 + ["after"]
        assert await analyses(world, early) == {
            "processor.at last": ("ok", None),
            "processor.never": never,
            "processor.after": ("ok", None),
        }
        log.clear()
        late = await service.ingest_virtual("url", {"url": "https://example.org"})
        await world.settled()
        assert not world.listener_failures
        assert log == [("at last", late), ("never", late), ("never", late), ("after", late)]
        assert (await pipeline.run()).failed == 0, "what failed so often is left alone"


class KilledError(BaseException):
    """Nothing catches it, as nothing catches a `kill -9`."""


async def test_a_restart_goes_on_where_it_was(make_world: MakeWorld) -> None:
    log: list[Any] = []
    first = make_world(AssetsPlugin)
    async with first:
        ids = [await AssetService(first).ingest_virtual("log_entry", {}) for _ in range(3)]

        class StopsHalfWay(Remembers):
            async def process(self, asset_id: int) -> None:
                if self.log:
                    raise KilledError
                await super().process(asset_id)

        PipelineService(first).register(StopsHalfWay(log))
        with pytest.raises(KilledError):
            await PipelineService(first).run()
    assert log == [("remembers", ids[0])]
    async with make_world(AssetsPlugin, home=first.settings.data_directory) as second:
        PipelineService(second).register(Remembers(log))
        await second.dispatch_command(FinishAnalysesCommand())
        assert log == [("remembers", one) for one in ids]
        PipelineService(second).register(Remembers(log, "newer", version=2))
        assert (await PipelineService(second).run()).done == 3


class NoSettings(SettingsModel):
    """None."""


class HookConfigComponent(ConfigComponent):
    __tablename__ = "component_hook_config"


async def test_processors_come_by_the_hook(make_world: MakeWorld) -> None:
    """Of a plugin, by itself; of any module, when the pipeline is told of it."""
    log: list[Any] = []

    class HookPlugin(Plugin):
        name = "dam_hook"
        requires = ("dam_assets",)
        Settings = NoSettings
        SettingsComponent = HookConfigComponent

        def build(self, world: World) -> None:
            world.register_component(HookConfigComponent)

        def register_media_processors(self) -> list[MediaProcessor]:
            return [Remembers(log, "of the plugin")]

    class BrokenPlugin(HookPlugin):
        name = "dam_broken"

        def register_media_processors(self) -> list[MediaProcessor]:
            raise ValueError("no processors today")

    world = make_world(AssetsPlugin, BrokenPlugin, HookPlugin)
    async with world:
        assert "no processors today" in world.plugin_problems["dam_broken"]
    async with world:
        pipeline = PipelineService(world)
        pipeline.register_hooks(SimpleNamespace(register_media_processors=lambda: Remembers(log, "of the module")))
        pipeline.register_hooks(SimpleNamespace(register_media_processors=lambda: None))
        pipeline.register_hooks(SimpleNamespace())
        asset_id = await AssetService(world).ingest_virtual("url", {"url": "https://example.org"})
        await world.settled()
        assert log == [("of the plugin", asset_id), ("of the module", asset_id)]


async def test_what_is_no_processor_is_refused(make_world: MakeWorld) -> None:
    world = make_world(AssetsPlugin)
    one = Remembers([])
    world.register_processor(one)
    world.register_processor(one)
    for wrong in (object(), Remembers([]), Remembers([], "x" * 200)):
        with pytest.raises(RegistrationError):
            world.register_processor(wrong)
    assert isinstance(one, MediaProcessor)


# -- drivers ----------------------------------------------------------------------------------------------------------------


class LinkDriver(BaseAssetDriver):
    """A driver as a plugin writes it: it links what it is given to the asset that its data names."""

    asset_type = AssetType.REGION
    category = AssetCategory.COMPOSITE

    def __init__(self, world: World | None = None) -> None:
        self.world = world
        self.seen: list[tuple[int, Any]] = []

    async def on_ingest(self, asset: Asset, source_data: Any = None) -> None:
        self.seen.append((asset.id, source_data))
        if self.world is not None:
            await self.world.dispatch_command(LinkEntitiesCommand(asset.id, source_data["parent_id"], "extracted_from"))

    async def get_preview_logic(self, asset: Asset) -> Any:
        return "crop"

    def render_ui_component(self, asset: Asset) -> Any:
        return f"region {asset.id}"


@pytest.mark.parametrize("missing", ["on_ingest", "get_preview_logic", "render_ui_component"])
def test_an_incomplete_driver_cannot_be_made(missing: str) -> None:
    incomplete: Callable[[], Any] = type("Incomplete", (LinkDriver,), {missing: getattr(BaseAssetDriver, missing)})
    with pytest.raises(TypeError, match=missing):
        incomplete()


async def test_assets_are_handed_to_the_driver_of_their_type(make_world: MakeWorld) -> None:
    async with make_world(AssetsPlugin) as world:
        service, manager, driver = AssetService(world), AssetDriverManager(), LinkDriver()
        manager.register_driver(driver)
        url = await service.get(await service.ingest_virtual("url", {"url": "https://example.org"}))
        region = await service.get(await service.ingest_virtual("region", {"bbox": [0, 0, 1, 1], "parent_id": url.id}))
        await manager.process_asset(url)
        await manager.process_asset(region)
        await manager.process_asset(region, "other data")
        assert driver.seen == [(region.id, {"bbox": [0, 0, 1, 1], "parent_id": url.id}), (region.id, "other data")]
        unnamed = type("Unnamed", (LinkDriver,), {"asset_type": None})()
        with pytest.raises(RegistrationError, match="asset_type"):
            manager.register_driver(unnamed)


async def test_the_driver_of_a_plugin_gets_new_assets_by_itself(make_world: MakeWorld) -> None:
    async with make_world(AssetsPlugin) as world:
        service, driver = AssetService(world), LinkDriver(world)
        world.register_driver(driver)
        AssetDriverManager(world).register_driver(driver)
        parent = await service.ingest_virtual("url", {"url": "https://example.org"})
        region = await service.ingest_virtual("region", {"parent_id": parent})
        broken = await service.ingest_virtual("region", {"parent_id": 4711})
        await world.settled()
        assert not world.listener_failures
        whole = (await world.dispatch_command(GetAssetCommand(parent))).one() or {}
        assert whole["links"] == [{"relation": "extracted_from", "direction": "in", "id": region, "type": "region"}]
        assert driver.seen == [(region, {"parent_id": parent}), *[(broken, {"parent_id": 4711})] * 3]
        assert (await analyses(world, broken))["processor.driver.region"][0] == "failed"
        assert await driver.get_preview_logic(await service.get(region)) == "crop"
