"""Contract suites: what every plugin must keep. A package's test subclasses one and names its class.

class TestContract(PluginContract):
    plugin = MyPlugin
"""

# ruff: noqa: S101 - assertions are what a suite of tests is made of

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from sqlalchemy import Connection

from dam.assets.resources import DriverRegistry
from dam.commands.core import BaseCommand
from dam.core.migrate import ensure_schema
from dam.core.plugin import Plugin, discover
from dam.core.worker_child import load
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_class import Base
from dam_test_utils.fixtures import MakeWorld
from dam_test_utils.purity import fields_that_stay, imported_modules

ROOMS = ("settings", "models", "commands", "systems", "plugin")
"""The rooms that every package has; see the architecture guide."""
IMPURE = ("dam.core.world.", "dam.core.transaction.", "dam.core.database.", "sqlalchemy.")
"""What the module of an analysis does not import: a child process has no World and no database."""


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

    package: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Know the import path of the plugin's package."""
        if "package" not in vars(cls):
            cls.package = cls.plugin.__module__.rpartition(".")[0]

    def is_own(self, thing: Any) -> bool:
        """Whether a class or function is the package's."""
        return f"{thing.__module__}.".startswith(f"{self.package}.")

    @pytest_asyncio.fixture
    async def plugin_world(self, make_world: MakeWorld) -> World:
        """A World with the plugin and what it requires, not open yet."""
        return make_world(*with_requirements(self.plugin))

    async def test_it_loads_with_only_what_it_requires(self, plugin_world: World) -> None:
        """Building and opening raise nothing: every handler's parameters resolve, and every resource is there."""
        assert not plugin_world.plugin_problems
        assert plugin_world.systems(), "nothing answers or hears anything"  # those that are named for later are loaded for this
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
        for room in ROOMS:
            import_module(f"{self.package}.{room}")

    async def test_its_migrations_make_what_its_models_say(self, plugin_world: World) -> None:
        """Every table of its components is made by its migrations, column by column as it is declared."""
        own = {table_of(component).name for component in plugin_world.component_types if self.is_own(component)}
        if not own:
            pytest.skip("this plugin has no tables")
        assert self.plugin.migrations is not None, "say in `migrations` where the plugin's migrations are"
        assert import_module(self.plugin.migrations).REVISIONS
        await ensure_schema(plugin_world)
        async with plugin_world.database.writer.connect() as connection:
            differences = await connection.run_sync(table_differences, own)
        assert not differences, f"the tables are not as their models say: {differences}"

    async def test_its_settings_are_documented(self) -> None:
        """Every option has a description, or is named in the docstring of the settings."""
        text = inspect.getdoc(self.plugin.Settings) or ""
        fields = self.plugin.Settings.model_fields.items()
        silent = [name for name, field in fields if not field.description and f"`{name}`" not in text]
        assert not silent, f"options that nothing is said about: {silent}"

    async def test_its_systems_say_what_they_do(self, plugin_world: World) -> None:
        """Every handler and listener of the package has a docstring."""
        own = [info.function for info in plugin_world.systems() if self.is_own(info.function)]
        mute = [function.__qualname__ for function in own if not function.__doc__]
        assert not mute, f"systems without a docstring: {mute}"

    async def test_importing_it_registers_nothing(self, make_world: MakeWorld) -> None:
        """A World without the plugin has nothing of it, though its modules are loaded."""
        world = make_world(*with_requirements(self.plugin)[:-1])
        found: list[Any] = [info.function for info in world.systems() if self.is_own(info.function)]
        found += [component for component in world.component_types if self.is_own(component)]
        found += [resource for resource in world.resources if self.is_own(type(resource))]
        assert not found, f"there though the plugin was not added: {found}"

    async def test_its_analyses_are_pure(self, plugin_world: World) -> None:
        """Each is a function that can be imported by its path, from a module that knows no World and no database."""
        if DriverRegistry not in plugin_world.resources:
            pytest.skip("this plugin stands beneath the assets")
        drivers = plugin_world.get_resource(DriverRegistry)
        offered = [one.analysis for driver in drivers for one in driver.analyses] + [one.preview for one in drivers if one.preview]
        for analysis in offered:
            module = analysis.function.partition(":")[0]
            if f"{module}.".startswith(f"{self.package}."):
                assert callable(load(analysis.function))
                impure = [name for name in imported_modules(module, self.package) if f"{name}.".startswith(IMPURE)]
                assert not impure, f"{analysis.function} lies in a module that imports {impure}"

    def test_its_commands_can_travel(self) -> None:
        """Each is a dataclass of plain fields, so that it can be sent to another process."""
        named = vars(import_module(f"{self.package}.commands")).values()
        commands = {one for one in named if inspect.isclass(one) and issubclass(one, BaseCommand) and self.is_own(one)}
        bare = [one.__name__ for one in commands if vars(one).get("__annotations__") and "__dataclass_fields__" not in vars(one)]
        assert not bare, f"commands that are no dataclasses: {bare}"
        stay = {command.__name__: fields for command in commands if (fields := fields_that_stay(command))}
        assert not stay, f"fields that cannot be sent to another process: {stay}"

    def test_it_is_found_under_its_name(self) -> None:
        """The entry point, if there is one, leads to this class under the name that it gives itself."""
        names = [name for name, point in discover().items() if point.value == f"{self.plugin.__module__}:{self.plugin.__qualname__}"]
        if not names:
            pytest.skip("this plugin is not installed by an entry point")
        assert self.plugin.name in ("", names[0])


def table_differences(connection: Connection, names: set[str]) -> list[Any]:
    """How these tables of the database differ from what their models say; nothing, when the migrations are right."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - Alembic is slow to import
    from alembic.migration import MigrationContext  # noqa: PLC0415 - the same

    def include(name: str | None, kind: str, parents: Any) -> bool:  # noqa: ARG001 - Alembic gives it
        return kind != "table" or name in names

    def compare(thing: Any, name: str | None, kind: str, reflected: bool, against: Any) -> bool:  # noqa: ARG001, FBT001 - Alembic gives them
        return kind != "table" or name in names

    options = {"compare_type": True, "include_name": include, "include_object": compare, "render_as_batch": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))
