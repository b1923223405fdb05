"""Contract suites: what every plugin must keep. A package's test subclasses one and names its class.

class TestContract(PluginContract):
    plugin = MyPlugin
"""

# ruff: noqa: S101 - assertions are what a suite of tests is made of

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from dam.core.plugin import Plugin, discover
from dam.core.world import World
from dam_test_utils.fixtures import MakeWorld

ROOMS = ("settings", "models", "commands", "systems", "plugin")
"""The rooms that every package has; see the architecture guide."""


def with_requirements(plugin: type[Plugin]) -> list[Plugin]:
    """The plugin and the installed ones that it requires, in the order in which a World must be given them."""
    installed = discover()
    ordered: dict[str, Plugin] = {}

    def place(one: Plugin) -> None:
        for name in one.requires:
            if name not in ordered:
                assert name in installed, f"{type(one).__name__} requires '{name}', which is not installed"
                required = installed[name].load()()
                required.name = name
                place(required)
        ordered.setdefault(one.name or type(one).__name__, one)

    place(plugin())
    return list(ordered.values())


class PluginContract:
    """A plugin loads with nothing but what it requires, is complete, and every system of it can be given what it asks for."""

    plugin: ClassVar[type[Plugin]]

    @pytest_asyncio.fixture
    async def plugin_world(self, make_world: MakeWorld) -> World:
        """A World with the plugin and what it requires, not open yet."""
        return make_world(*with_requirements(self.plugin))

    async def test_it_loads_with_only_what_it_requires(self, plugin_world: World) -> None:
        """Building and opening raise nothing: every handler's parameters resolve, and every resource is there."""
        assert not plugin_world.plugin_problems
        await plugin_world.open()

    async def test_adding_it_twice_changes_nothing(self, plugin_world: World) -> None:
        """The second add is a no-op."""
        before: Any = (plugin_world.systems(), list(plugin_world.component_types), list(plugin_world.resources))
        again = self.plugin()
        again.name = again.name or self.plugin.__name__
        plugin_world.add_plugin(again)
        assert before == (plugin_world.systems(), list(plugin_world.component_types), list(plugin_world.resources))

    async def test_its_settings_have_defaults(self, plugin_world: World) -> None:
        """Without any configuration the plugin works; its settings component is one of the World's."""
        assert self.plugin.Settings() == self.plugin.Settings.model_validate({})
        assert self.plugin.SettingsComponent in plugin_world.component_types

    def test_it_has_all_rooms(self) -> None:
        """Each room is there and can be imported."""
        package = self.plugin.__module__.rpartition(".")[0]
        for room in ROOMS:
            import_module(f"{package}.{room}")

    async def test_its_tables_have_migrations(self, plugin_world: World) -> None:
        """A plugin with components says where their migrations are."""
        package = self.plugin.__module__.rpartition(".")[0]
        own = [component for component in plugin_world.component_types if component.__module__.startswith(f"{package}.")]
        if own:
            assert self.plugin.migrations is not None
            assert import_module(self.plugin.migrations).REVISIONS

    def test_it_is_found_under_its_name(self) -> None:
        """The entry point, if there is one, leads to this class under the name that it gives itself."""
        names = [name for name, point in discover().items() if point.value == f"{self.plugin.__module__}:{self.plugin.__qualname__}"]
        if not names:
            pytest.skip("this plugin is not installed by an entry point")
        assert self.plugin.name in ("", names[0])
