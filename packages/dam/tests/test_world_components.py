"""A world that components describe is the same as one that dam.toml describes; and two worlds at work at once share nothing."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from dam.assets.commands import CountAssetsCommand
from dam.assets.settings import AssetsSettings, AssetsSettingsComponent
from dam.commands.core import Access, BaseCommand
from dam.core.config import load_configuration
from dam.core.exceptions import ConfigurationError, UsageError
from dam.core.plugin import Plugin
from dam.core.transaction import WorldTransaction
from dam.core.unit import CURRENT
from dam.core.world import World
from dam.core.world_file import read_toml, write_world_file
from dam.core.world_manager import create_world, create_world_from_components, describe_by_components
from dam.models.base_component import BaseComponent
from dam.models.config import ConfigComponent, SettingsModel
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld


class PaintSettings(SettingsModel):
    colour: str = "white"
    layers: int = 1


class PaintSettingsComponent(ConfigComponent):
    __tablename__ = "component_test_paint_config"


class BaseCoat(Plugin):
    name = "basecoat"
    Settings = SettingsModel
    SettingsComponent = type("BaseCoatSettingsComponent", (ConfigComponent,), {"__tablename__": "component_test_basecoat_config"})

    def build(self, world: World) -> None:
        pass


class PaintPlugin(Plugin):
    name = "paint"
    requires = ("basecoat",)
    Settings = PaintSettings
    SettingsComponent = PaintSettingsComponent

    def build(self, world: World) -> None:
        world.register_component(PaintSettingsComponent)


def described(world: World) -> tuple[Any, ...]:
    """All that a World is made of."""
    settings = {name: world.get_settings(plugin.Settings) for name, plugin in world.plugins.items()}
    systems = [(info.name, info.trigger, info.access) for info in world.systems()]
    return list(world.plugins), settings, systems, world.component_types, world.settings, [type(one) for one in world.resources]


async def test_components_and_dam_toml_make_the_same_world(tmp_path: Path) -> None:
    (tmp_path / "dam.toml").write_text('[worlds.new]\nenabled = ["dam_assets"]\n[worlds.new.plugins.dam_assets]\nworkers = 1\n')
    static = create_world("new", configuration=load_configuration(tmp_path, {}))
    (tmp_path / "dam.toml").unlink()
    components = [AssetsSettingsComponent(settings={"workers": 1})]
    dynamic = create_world_from_components("new", components, configuration=load_configuration(tmp_path, {}))
    assert described(dynamic) == described(static)
    assert dynamic.get_settings(AssetsSettings).workers == 1
    assert not (tmp_path / "worlds").exists(), "nothing is read or written before it opens"
    counts = []
    for world in (static, dynamic):
        async with world:
            counts.append((await world.dispatch_command(CountAssetsCommand())).one())
    assert counts[0] == counts[1]


def test_what_a_plugin_requires_comes_with_it(tmp_path: Path) -> None:
    given = [BaseCoat(), PaintPlugin()]
    configuration = load_configuration(tmp_path, {"PAINT__LAYERS": "9", "DAM_ASSETS__WORKERS": "3"})
    world = create_world_from_components(
        "new", [PaintSettingsComponent(settings={"colour": "red"})], configuration=configuration, plugins=given
    )
    assert list(world.plugins) == ["basecoat", "paint"]
    assert world.get_settings(PaintSettings) == PaintSettings(colour="red")
    assert world.settings.data_directory == tmp_path / "worlds" / "new"


@pytest.mark.parametrize(
    ("components", "words"),
    [
        ([], "Nothing describes the world"),
        ([AssetsSettingsComponent(), AssetsSettingsComponent()], "given twice"),
        ([PaintSettingsComponent()], "PaintSettingsComponent holds the options of no plugin that is installed"),
        ([AssetsSettingsComponent(settings={"workers": "many"})], r"worlds\.new\.plugins\.dam_assets\.workers"),
        ([AssetsSettingsComponent(settings={"wrokers": 1})], r"worlds\.new\.plugins\.dam_assets\.wrokers .* the options .* workers"),
        ([AssetsSettingsComponent(settings=["workers"])], "no table of options"),  # type: ignore[arg-type]  # what a database may hold
    ],
)
def test_a_wrong_description_is_named(tmp_path: Path, components: list[ConfigComponent], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        create_world_from_components("new", components, configuration=load_configuration(tmp_path, {}))


def test_a_wrong_setting_has_the_same_name_in_dam_toml(tmp_path: Path) -> None:
    (tmp_path / "dam.toml").write_text("[worlds.new.plugins.dam_assets]\nworkers = 'many'\n")
    with pytest.raises(ConfigurationError) as of_file:
        create_world("new", configuration=load_configuration(tmp_path, {}))
    (tmp_path / "dam.toml").unlink()
    with pytest.raises(ConfigurationError) as of_component:
        components = [AssetsSettingsComponent(settings={"workers": "many"})]
        create_world_from_components("new", components, configuration=load_configuration(tmp_path, {}))
    assert str(of_file.value) == str(of_component.value)


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", ".hidden", "a b", "x" * 65, "-x"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        create_world_from_components(name, [AssetsSettingsComponent()], configuration=load_configuration(tmp_path, {}))


def test_a_description_is_kept_in_a_file_and_never_overwritten(tmp_path: Path) -> None:
    table = {
        "enabled": ["dam_assets"],
        "database_url": 'sqlite:////x/ü"\\\x7f.db',
        "plugins": {"a": {"b": None, "c": [1, 2.5, {"d": True}]}, "e": {}},
    }
    folder = tmp_path / "worlds" / "kept"
    file = write_world_file(folder, table)
    assert read_toml(file) == {**table, "plugins": {"a": {"c": [1, 2.5, {"d": True}]}, "e": {}}}
    assert file.stat().st_mode & 0o077 == 0, "it may hold a password"
    with pytest.raises(ConfigurationError, match="there already"):
        write_world_file(folder, {})
    with pytest.raises(ConfigurationError, match="cannot be described"):
        write_world_file(tmp_path / "other", {"plugins": {"a": {"b": object()}}})
    configuration = load_configuration(tmp_path, {})
    assert configuration.world_names == ["main", "kept"]
    assert configuration.world("kept").database_url == table["database_url"]
    settings = {one.key: one for one in configuration.settings("kept")}
    assert settings["worlds.kept.plugins.a.c"].origin == str(file)
    assert settings["worlds.kept.enabled"].origin == str(file)
    (tmp_path / "dam.toml").write_text("[worlds.main]\n[worlds.kept]\n")
    assert load_configuration(tmp_path, {}).world("kept").enabled is None, "dam.toml goes before the world's own file"


async def test_one_entity_holds_the_settings_of_several_plugins(make_world: MakeWorld) -> None:
    world = make_world()
    world.register_components(AssetsSettingsComponent, PaintSettingsComponent)
    async with world, world.transaction() as transaction:
        entity = (await transaction.create_entity()).id
        given = [AssetsSettingsComponent(settings={"workers": 2}), PaintSettingsComponent(settings={"colour": "red"})]
        await transaction.add_components((entity, component) for component in given)
        found: list[ConfigComponent] = []
        for kind in (AssetsSettingsComponent, PaintSettingsComponent):
            found += await transaction.get_components(entity, kind)
    assert {type(component).__tablename__ for component in found} == {"component_dam_assets_config", "component_test_paint_config"}
    assert [component.settings for component in found] == [{"workers": 2}, {"colour": "red"}]


# -- two worlds at once -----------------------------------------------------------------------------------------------------


class WorldNameComponent(BaseComponent):
    __tablename__ = "component_test_world_name"
    world: Mapped[str]


@dataclass
class Work(BaseCommand[int]):
    """Writes `steps` rows with a pause after each; then dispatches to another World, sends an event, or fails."""

    steps: int
    elsewhere: World | None = None
    fails: bool = False


@dataclass
class Look(BaseCommand[set[str]]):
    access = "read"


@dataclass
class Worked(BaseEvent):
    world: str


class Tool:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.heard: list[str] = []


def at_home(world: World, tool: Tool, transaction: WorldTransaction) -> None:
    current = CURRENT.get()
    assert current is not None
    assert current.unit is transaction.unit
    assert transaction.world is world is current.world
    assert tool.owner == world.name


async def work(command: Work, world: World, tool: Tool, transaction: WorldTransaction) -> int:
    for _ in range(command.steps):
        at_home(world, tool, transaction)
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, WorldNameComponent(world=world.name))
        await transaction.flush()
        await asyncio.sleep(0)
    if command.elsewhere is not None:
        await command.elsewhere.dispatch_command(Work(1))
        at_home(world, tool, transaction)
    world.send_event(Worked(world.name))
    if command.fails:
        raise KeyError(world.name)
    return command.steps


async def look(command: Look, world: World, tool: Tool, transaction: WorldTransaction) -> set[str]:
    at_home(world, tool, transaction)
    await asyncio.sleep(0)
    return set((await transaction.execute(select(WorldNameComponent.world))).scalars())


async def hear(event: Worked, tool: Tool) -> None:
    tool.heard.append(event.world)


@pytest.mark.parametrize("seed", range(3))
async def test_two_worlds_at_work_at_once_share_nothing(make_world: MakeWorld, seed: int) -> None:
    chance = random.Random(seed)
    worlds = [make_world(name=name) for name in ("one", "other")]
    tools = {world.name: Tool(world.name) for world in worlds}
    rows, events = dict.fromkeys(tools, 0), dict.fromkeys(tools, 0)
    for world in worlds:
        world.register_component(WorldNameComponent)
        world.add_resource(tools[world.name])
        world.register_system(work, command_type=Work)
        world.register_system(look, command_type=Look)
        world.register_system(hear, event_type=Worked)
        await world.open()
    running: list[Any] = []
    for _ in range(30):
        world = chance.choice(worlds)
        if chance.random() < 0.3:
            running.append(world.dispatch_command(Look()).get_one_value())
            continue
        # only one of the two writes into the other: two that wait for each other's writer would wait for ever
        elsewhere = worlds[1] if world is worlds[0] and chance.random() < 0.3 else None
        command = Work(chance.randrange(1, 4), elsewhere, fails=chance.random() < 0.25)
        running.append(world.dispatch_command(command).get_one_value())
        if elsewhere is not None:
            rows["other"] += 1
            events["other"] += 1
        if not command.fails:
            rows[world.name] += command.steps
            events[world.name] += 1
    ended = await asyncio.wait_for(asyncio.gather(*running, return_exceptions=True), 120)
    assert all(isinstance(end, int | set | KeyError) for end in ended), ended
    for world in worlds:
        await world.settled()
        assert not world.listener_failures
        assert not world.units, "no transaction is left"
        async with world.transaction("read") as transaction:
            found = list((await transaction.execute(select(WorldNameComponent.world))).scalars())
        assert found == [world.name] * rows[world.name]
        assert tools[world.name].heard == [world.name] * events[world.name]
    assert CURRENT.get() is None


def test_a_world_is_described_as_dam_toml_would() -> None:
    assert describe_by_components([PaintSettingsComponent(settings={"layers": 2})], [PaintPlugin(), BaseCoat()]) == {
        "enabled": ["basecoat", "paint"],
        "plugins": {"paint": {"layers": 2}},
    }
    access: Access = Look.access
    assert access == "read"
