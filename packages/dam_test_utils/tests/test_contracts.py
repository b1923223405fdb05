"""Every installed plugin keeps the contract, and a broken one does not."""

from __future__ import annotations

import pytest

from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import RegistrationError
from dam.core.stages import SystemStage
from dam.core.world import World
from dam_app.plugin import AppPlugin
from dam_fs.plugin import FsPlugin
from dam_media_image.plugin import ImagePlugin
from dam_test_utils.contracts import PluginContract
from dam_test_utils.fixtures import MakeWorld
from dam_web.plugin import WebPlugin


class TestAssets(PluginContract):
    plugin = AssetsPlugin


class TestFs(PluginContract):
    plugin = FsPlugin


class TestImage(PluginContract):
    plugin = ImagePlugin


class TestApp(PluginContract):
    plugin = AppPlugin


class TestWeb(PluginContract):
    plugin = WebPlugin


class Greedy(FsPlugin):
    """Asks for a resource that nobody offers."""

    name = "greedy"

    def build(self, world: World) -> None:
        super().build(world)

        async def wants(here: World, missing: Greedy) -> None: ...

        wants.__annotations__ = {"here": World, "missing": Greedy}
        world.register_system(wants, stage=SystemStage.STARTUP)


async def test_the_contract_notices_a_system_that_cannot_be_served(make_world: MakeWorld) -> None:
    world = make_world(AssetsPlugin, Greedy)
    with pytest.raises(RegistrationError, match="missing"):
        await world.open()
