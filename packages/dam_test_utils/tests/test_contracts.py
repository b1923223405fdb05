"""A plugin that breaks the contract is found out. (That ours keep it, the tests of each package show.)"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field
from sqlalchemy import create_engine, text

from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.core.analysis import Analysis
from dam.core.exceptions import RegistrationError
from dam.core.plugin import Plugin
from dam.core.stages import SystemStage
from dam.core.world import World
from dam.models.config import SettingsModel
from dam_fs.plugin import FsPlugin
from dam_fs.settings import FsSettingsComponent
from dam_test_utils.contracts import PluginContract, table_differences, with_requirements
from dam_test_utils.fixtures import MakeWorld
from dam_test_utils.purity import fields_that_stay, imported_modules, travels


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


class SilentSettings(SettingsModel):
    """`told` is said here."""

    told: int = 1
    described: int = Field(default=1, description="Said there.")
    silent: int = 1


class Careless(Plugin):
    """Says nothing of its settings nor of its system, and its analysis reads the database."""

    name = "careless"
    requires = ("dam_assets",)
    Settings = SilentSettings
    SettingsComponent = FsSettingsComponent

    def build(self, world: World) -> None:
        async def mute(here: World) -> None: ...

        mute.__annotations__ = {"here": World}
        mute.__module__ = f"{__name__}.systems"
        world.register_system(mute, stage=SystemStage.STARTUP)
        impure = Analysis("careless.impure", 1, "dam.core.world:World")
        world.register_driver(AssetDriver("other", ("x/y",), analyses=(AssetAnalysis(impure, lambda _: Findings()),)))


class CarelessContract(PluginContract):
    """Not collected: its tests are called by hand, and must fail."""

    __test__ = False
    plugin = Careless
    package = __name__  # of a package it is not part


async def test_the_contract_notices_what_is_not_documented(make_world: MakeWorld) -> None:
    suite, world = CarelessContract(), make_world(*with_requirements(Careless))
    with pytest.raises(AssertionError, match="silent"):
        await suite.test_its_settings_are_documented()
    with pytest.raises(AssertionError, match="mute"):
        await suite.test_its_systems_say_what_they_do(world)


async def test_the_contract_notices_an_analysis_that_knows_the_world(make_world: MakeWorld) -> None:
    class OfTheEngine(CarelessContract):
        package = "dam.core"  # where the analysis of this test lies

    suite, world = OfTheEngine(), make_world(*with_requirements(Careless))
    with pytest.raises(AssertionError, match=r"dam\.core\.world:World"):
        await suite.test_its_analyses_are_pure(world)


def test_imports_are_found_through_neighbours() -> None:
    found = imported_modules("dam_test_utils.contracts", "dam_test_utils")
    assert {"pytest", "dam.core.world", "dam_test_utils.fixtures", "dam_test_utils.postgresql"} <= found
    assert not {
        name for name in imported_modules("dam_test_utils.notes", "dam_test_utils") if name.startswith(("sqlalchemy", "dam.core.world"))
    }


@dataclass
class Inner:
    number: int


@dataclass
class Letter:
    plain: tuple[str, ...]
    inner: list[Inner | None]
    when: datetime
    where: Path
    kind: ClassVar[object] = object()


@dataclass
class Anchor:
    stream: io.BytesIO
    path: Path
    streams: list[io.BytesIO]


def test_what_can_travel() -> None:
    assert fields_that_stay(Letter) == {}
    assert set(fields_that_stay(Anchor)) == {"stream", "streams"}
    assert travels(Any)
    assert not travels(World)


async def test_the_contract_notices_a_table_that_is_not_as_declared(make_world: MakeWorld) -> None:
    world = make_world(None)
    async with world.database.writer.begin() as connection:
        await connection.execute(text("ALTER TABLE roots ADD COLUMN extra INTEGER"))
    engine = create_engine(f"sqlite:///{world.database.path}")
    with engine.connect() as plain:
        differences = str(table_differences(plain, {"roots"}))
    engine.dispose()
    assert "extra" in differences
