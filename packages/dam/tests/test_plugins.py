"""Plugins: their order, what is refused with which words, and that one broken plugin stops no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from dam.assets.commands import ListAssetsCommand
from dam.assets.models import TitleComponent
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AssetDriver, DriverRegistry
from dam.commands.core import BaseCommand
from dam.core import world_manager
from dam.core.entry_points import EntryPoint
from dam.core.exceptions import ConfigurationError, PluginError, RegistrationError, UsageError
from dam.core.plugin import Plugin, discover, load
from dam.core.world import World
from dam.core.world_settings import WorldSettings
from dam.models.config import ConfigComponent, SettingsModel
from dam.models.core.base_component import UniqueComponent
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld


class PluginTestSettings(SettingsModel):
    size: int = 3
    colour: str = "red"


class PluginTestComponent(ConfigComponent):
    __tablename__ = "component_test_plugin_config"


class Good(Plugin):
    Settings = PluginTestSettings
    SettingsComponent = PluginTestComponent
    built = 0

    def build(self, world: World) -> None:
        type(self).built += 1


class First(Good):
    pass


class Second(Good):
    requires = ("first",)


class Third(Good):
    requires = ("second", "first")


class Chicken(Good):
    requires = ("egg",)


class Egg(Good):
    requires = ("chicken",)


class NeedsChicken(Good):
    requires = ("chicken",)


class NeedsNobody(Good):
    requires = ("nobody",)


class NoSettings(Plugin):
    SettingsComponent = PluginTestComponent

    def build(self, world: World) -> None: ...


class NoComponent(Plugin):
    Settings = PluginTestSettings

    def build(self, world: World) -> None: ...


class WrongSettings(Good):
    Settings = dict  # type: ignore[assignment]  # that is what it shows


class FailsToBegin(Good):
    def __init__(self) -> None:
        raise RuntimeError("no disk")


class HalfTool:
    """A resource that nobody offers."""


async def half_registered(command: HalfCommand, tool: HalfTool) -> None: ...


@dataclass
class HalfCommand(BaseCommand[Any, Any]):
    pass


class FailsToBuild(Good):
    def build(self, world: World) -> None:
        world.register_system(half_registered, command_type=HalfCommand)
        world.register_component(PluginTestComponent)
        raise RegistrationError("System x: parameter 'y' has no type.")


class Crashes(Good):
    def build(self, world: World) -> None:
        raise RuntimeError("a bug")


class Point:
    """Stands for an entry point."""

    rivalry = ""

    def __init__(self, name: str, found: Any) -> None:
        self.name = name
        self._found = found

    def load(self) -> Any:
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def points(**found: Any) -> list[EntryPoint]:
    return [Point(name, one) for name, one in found.items()]  # type: ignore[misc]  # all that is asked of an entry point


def test_what_is_required_comes_first() -> None:
    plugins, problems = load(points(third=Third, second=Second, first=First))
    assert [plugin.name for plugin in plugins] == ["first", "second", "third"]
    assert problems == {}


def test_a_circle_is_named_and_others_load() -> None:
    plugins, problems = load(points(chicken=Chicken, egg=Egg, good=Good, needs=NeedsChicken))
    assert [plugin.name for plugin in plugins] == ["good"]
    assert set(problems) == {"chicken", "egg", "needs"}
    assert "circle (chicken → egg → chicken)" in problems["chicken"]
    assert "needs 'chicken'" in problems["needs"]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (NeedsNobody, "needs 'nobody'"),
        (NoSettings, "has no Settings"),
        (NoComponent, "has no SettingsComponent"),
        (WrongSettings, "has no Settings"),
        (FailsToBegin, "RuntimeError: no disk"),
        (ImportError("No module named 'lost'"), "No module named 'lost'"),
        (AttributeError("module has no attribute 'Plugin'"), "AttributeError"),
        (object, "AttributeError"),
    ],
)
def test_a_broken_plugin_is_told_and_the_others_load(broken: Any, words: str) -> None:
    plugins, problems = load(points(broken=broken, good=Good))
    assert [plugin.name for plugin in plugins] == ["good"]
    assert words in problems["broken"]
    assert "'broken'" in problems["broken"]


@pytest.mark.parametrize("broken", [FailsToBuild, Crashes])
async def test_a_plugin_that_fails_to_build_is_told_and_the_others_are_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, broken: Any
) -> None:
    found = points(broken=broken, good=Good)
    monkeypatch.setattr(world_manager, "discover", lambda: {point.name: point for point in found})
    settings = WorldSettings.in_directory("test", tmp_path)
    world = world_manager.create_world(settings=settings)
    assert list(world.plugins) == ["good"]
    assert list(world.plugin_problems) == ["broken"]
    assert not world.command_types
    assert not world.component_types
    async with world:
        pass


async def test_enabled_and_disabled(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    found = points(first=First, good=Good)
    monkeypatch.setattr(world_manager, "discover", lambda: {point.name: point for point in found})
    url = f"sqlite:///{tmp_path / 'dam.db'}"
    only = world_manager.create_world(settings=WorldSettings("test", tmp_path, url, enabled=("good",)))
    without = world_manager.create_world(settings=WorldSettings("test", tmp_path, url, disabled=("good",)))
    assert (list(only.plugins), list(without.plugins)) == (["good"], ["first"])


async def test_a_second_add_is_a_no_op(make_world: MakeWorld) -> None:
    class Counted(Good):
        built = 0

    world = make_world(Counted)
    world.add_plugin(Counted())
    world.add_plugin(Counted())
    assert Counted.built == 1
    assert list(world.plugins) == ["Counted"]


async def test_what_it_requires_must_have_been_added(make_world: MakeWorld) -> None:
    with pytest.raises(PluginError, match="needs first"):
        make_world().add_plugin(Second())
    with pytest.raises(PluginError, match="has no Settings"):
        make_world().add_plugin(NoSettings())


async def test_settings_reach_the_plugin(make_world: MakeWorld) -> None:
    world = make_world(Good, Good={"size": 7})
    assert world.get_settings(PluginTestSettings) == PluginTestSettings(size=7)
    assert make_world(Good).get_settings(PluginTestSettings) == PluginTestSettings()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": "many"}, "worlds.test.plugins.Good.size"),
        ({"sise": 1}, "worlds.test.plugins.Good.sise is wrong"),
    ],
)
async def test_a_wrong_setting_is_named_by_its_key_path(make_world: MakeWorld, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_world(Good, Good=options)
    assert words in str(caught.value)
    if "sise" in options:
        assert "size, colour" in str(caught.value)


class Taken(UniqueComponent):
    __tablename__ = "component_test_taken"


class TakenAgain(UniqueComponent):
    __tablename__ = "component_test_taken_again"


class Leaves(Good):
    """Registers a driver, a relation and a field, and fails."""

    requires = ("dam_assets",)

    def build(self, world: World) -> None:
        world.register_driver(AssetDriver("lost", ("application/x-lost",), name="lost", recognises=bool))
        world.register_relation("lost_by")
        world.register_field("lost", TitleComponent.value)
        raise RuntimeError("a bug")


async def test_nothing_of_a_plugin_that_fails_half_way_stays_in_the_registries(make_world: MakeWorld) -> None:
    world = make_world(AssetsPlugin)
    with pytest.raises(RuntimeError):
        world.add_plugin(Leaves())
    assert all(driver.name != "lost" for driver in world.get_resource(DriverRegistry))
    world.register_relation("lost_by")
    with pytest.raises(UsageError, match="no field 'lost'"):
        await world.dispatch_command(ListAssetsCommand(query="lost:x"))


async def test_what_another_plugin_has_taken_is_refused_by_name(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(AssetsPlugin)
    world.register_relation("sung_by")
    with pytest.raises(RegistrationError, match="'sung_by' already"):
        world.register_relation("sung_by")
    world.register_component(Taken)
    monkeypatch.setattr(TakenAgain, "__tablename__", Taken.__tablename__)  # two mappings of one table would break all others' tests
    with pytest.raises(RegistrationError, match="TakenAgain wants the table 'component_test_taken'"):
        world.register_component(TakenAgain)


async def test_two_plugins_of_one_name_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for folder, value in (("a", f"{__name__}:Good"), ("b", "elsewhere:Good")):
        info = tmp_path / f"{folder}.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(f"[dam.plugins]\ntwice = {value}\n", "utf-8")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    point = discover()["twice"]
    assert point.rivals == ("elsewhere:Good",)
    monkeypatch.setattr(world_manager, "discover", lambda: {"twice": point})
    monkeypatch.setattr(EntryPoint, "load", lambda self: Good)
    world = world_manager.create_world(settings=WorldSettings.in_directory("test", tmp_path))
    assert "twice" in world.plugins
    assert "offered by several packages" in world.plugin_problems["twice"]
    assert "elsewhere:Good" in world.plugin_problems["twice"]


@dataclass
class HueFound(BaseEvent):
    hue: str


async def test_a_plugin_adds_an_event_and_its_listener(make_world: MakeWorld) -> None:
    heard: list[str] = []

    async def note_hue_system(event: HueFound) -> None:
        heard.append(event.hue)

    class Hues(Good):
        def build(self, world: World) -> None:
            world.register_system(note_hue_system, event_type=HueFound)

    async with make_world(Hues) as world:
        await world.send_event(HueFound("green"))
        await world.settled()
    assert heard == ["green"]
