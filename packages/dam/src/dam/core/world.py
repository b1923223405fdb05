"""`World`: one library, with its database, plugins, systems and resources."""

from __future__ import annotations

import copy
import logging
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from dam.commands.core import Access, BaseCommand
from dam.core.component_registry import ComponentRegistry
from dam.core.database import Database
from dam.core.exceptions import AccessError, PluginError, RegistrationError
from dam.core.executor import SystemExecutor
from dam.core.later import later
from dam.core.life import Life
from dam.core.plugin import Plugin, check_plugin
from dam.core.pump import ListenerFailure, Pump
from dam.core.resources import Resources
from dam.core.run import Frame, run_alone
from dam.core.stages import SystemStage
from dam.core.statements import keep_rules
from dam.core.system_registry import SystemRegistry
from dam.core.systems import SystemInfo
from dam.core.transaction import WorldTransaction
from dam.core.unit import CURRENT, Unit
from dam.core.world_settings import WorldSettings
from dam.models.config import SettingsModel
from dam.models.core.base_component import Component
from dam.system_events.base import BaseEvent

logger = logging.getLogger(__name__)

R = TypeVar("R")
S = TypeVar("S", bound=SettingsModel)


class World:
    """One library. Everything that happens in it enters through `dispatch_command`.

    Making one does no input or output; `async with world` or the first command opens it.
    """

    def __init__(self, settings: WorldSettings) -> None:
        """An empty World: plugins give it its commands, systems and components."""
        self.settings = settings
        self.name = settings.name
        self.database = Database(settings.database_url, turn_seconds=settings.turn_seconds)
        self.engines = (self.database.writer.sync_engine, self.database.reader.sync_engine)
        for engine in self.engines:
            keep_rules(engine)
        self.resources = Resources()
        self.plugins: dict[str, Plugin] = {}
        self.plugin_problems: dict[str, str] = {}
        self._components = ComponentRegistry()
        self.units: set[Unit] = set()
        self.executors: weakref.WeakSet[SystemExecutor[Any, Any]] = weakref.WeakSet()
        self.is_open = False
        self._systems = SystemRegistry(World)
        self._registrars: dict[str, Callable[[Any], None]] = {}
        self._registries: list[Any] = []
        self._pump = Pump(self)
        self._life = Life(self, self._pump)
        self._plugin_settings: dict[type[SettingsModel], SettingsModel] = {}

    def __repr__(self) -> str:
        """Name it."""
        return f"<World {self.name}>"

    # -- registration -----------------------------------------------------------------------------------------------

    def add_plugin(self, plugin: Plugin) -> None:
        """Let a plugin register what it brings; adding the same plugin again does nothing."""
        check_plugin(plugin)
        name = plugin.name
        if name in self.plugins:
            return
        missing = [wanted for wanted in plugin.requires if wanted not in self.plugins]
        if missing:
            raise PluginError(f"Plugin '{name}' needs {', '.join(missing)}, which was not added before it.")
        settings = self.settings.for_plugin(name, plugin.Settings)
        self._plugin_settings.setdefault(plugin.Settings, settings)
        before = self._registered()
        self.plugins[name] = plugin
        try:
            plugin.build(self)
        except Exception:
            self._restore(before)
            raise

    def _registered(self) -> tuple[Any, ...]:
        known = dict(self.plugins), self._components.copy(), self._systems.copy(), dict(self._registrars)
        kept = [(registry, {name: _copied(value) for name, value in vars(registry).items()}) for registry in self._registries]
        return *known, kept, self.resources.offered()

    def _restore(self, before: tuple[Any, ...]) -> None:
        """Forget what a plugin registered that failed half-way."""
        self.plugins, self._components, self._systems, self._registrars, kept, offered = before
        self._registries = [registry for registry, _ in kept]
        for registry, state in kept:
            vars(registry).update(state)
        self.resources.restore(offered)

    def register_system(
        self,
        function: Callable[..., Any],
        *,
        command_type: type[BaseCommand[Any, Any]] | None = None,
        event_type: type[BaseEvent] | None = None,
        stage: SystemStage | None = None,
    ) -> None:
        """Let a function answer a command, hear an event or run in a stage, as its decorator or the keyword says.

        A (function, trigger) pair counts once. One that is named for `later` needs the keyword: it is loaded when its trigger comes.
        Raises TypeError when keyword and decorator contradict each other or nothing says when it runs, and RegistrationError, naming the
        parameter, when a parameter cannot be filled.
        """
        named = [trigger for trigger in (command_type, event_type, stage) if trigger is not None]
        if len(named) > 1:
            raise TypeError(f"{function!r}: give one of command_type, event_type and stage, not several")
        self._systems.register(function, named[0] if named else None)

    def register_handlers(self, module: str, handlers: Mapping[type[BaseCommand[Any, Any]], str]) -> None:
        """Let functions of a module answer commands, by their names; the module is loaded when the first of these commands comes."""
        for command_type, name in handlers.items():
            self._systems.register(later(f"{module}:{name}"), command_type)

    def register_component(self, component_type: type[Component]) -> None:
        """Make a component type known to this World."""
        self._components.register(component_type)

    def register_components(self, *component_types: type[Component]) -> None:
        """Make several component types known."""
        for component_type in component_types:
            self._components.register(component_type)

    def register_models(self, module: str, components: Mapping[str, str]) -> None:
        """Make component types of a module known by their names, each with its table; the module is loaded when they are needed."""
        self._components.register_named(module, components)

    @property
    def component_types(self) -> list[type[Component]]:
        """The component types that are known; the modules of those that were named are loaded."""
        return self._components.types

    def load_models(self) -> None:
        """Load the modules of component types that were named, so that SQLAlchemy knows every table of the library."""
        _ = self.component_types

    def add_registrar(self, kind: str, register: Callable[[Any], None], *registries: Any) -> None:
        """Say who takes what `register_driver`, `register_relation` and their like are given.

        `registries` are the objects that keep it: where a plugin fails half-way, they are put back to what they were before it.
        """
        self._registrars[kind] = register
        self._registries += registries

    def _register(self, kind: str, thing: Any) -> None:
        if kind not in self._registrars:
            raise RegistrationError(f"No plugin of this World takes a {kind}; add the plugin 'dam_assets' first.")
        self._registrars[kind](thing)

    def register_driver(self, driver: Any) -> None:
        """Make a kind of asset known: an `AssetDriver`."""
        self._register("driver", driver)

    def register_relation(self, name: str) -> None:
        """Make a relation known, by its name."""
        self._register("relation", name)

    def register_namespace(self, name: str, schema: Any) -> None:
        """Make a namespace of metadata known, by its name and the Pydantic model that its data must fit."""
        self._register("namespace", (name, schema))

    def register_field(self, name: str, column: Any) -> None:
        """Make a field of the search language known: `cues` with `SubtitleComponent.cues` lets people search for `cues:>100`.

        The column's type says how values are compared: as text, numbers, dates or yes and no.
        """
        self._register("field", (name, column))

    def register_processor(self, processor: Any) -> None:
        """Make a media processor known: an object with `async process(asset_id)`, which works on every asset once."""
        self._register("processor", processor)

    def add_resource(self, resource: Any, as_type: type[Any] | None = None) -> None:
        """Offer a live object to systems that ask for its type."""
        self.resources.add(resource, as_type)

    def get_resource(self, wanted: type[R]) -> R:
        """The resource of that type; raises ResourceNotFoundError when there is none."""
        return self.resources.get(wanted)

    def get_settings(self, wanted: type[S]) -> S:
        """The settings of the plugin whose `Settings` class this is."""
        try:
            return cast("S", self._plugin_settings[wanted])
        except KeyError:
            raise RegistrationError(f"No plugin of this World has the settings {wanted.__name__}.") from None

    @property
    def command_types(self) -> list[type[BaseCommand[Any, Any]]]:
        """The commands that something answers."""
        return self._systems.command_types

    def systems(self) -> list[SystemInfo]:
        """Every registered system; those that were named for later are loaded."""
        return list(self._systems)

    def loaded_systems(self) -> list[SystemInfo]:
        """Every registered system but those that were named for later and have not been needed yet."""
        return list(self._systems.loaded())

    # -- running ----------------------------------------------------------------------------------------------------

    def dispatch_command(self, command: BaseCommand[R, Any]) -> SystemExecutor[R, Any]:
        """Start a command: await the answer for its results, or iterate it for its conversation. Nothing runs before that."""
        return SystemExecutor(self, command, self._systems.of(type(command)))

    def send_event(self, event: BaseEvent) -> Sent:
        """Announce an event: after the commit when inside a transaction, else now. May be awaited, to no effect."""
        view = CURRENT.get()
        if view is not None and view.world is self and not view.unit.closed:
            view.unit.events.append(event)
        else:
            self.publish(event)
        return SENT

    def publish(self, event: BaseEvent) -> None:
        """Hand an event to the listeners, whatever transaction is open."""
        self._pump.put(event)

    def listeners_of(self, event_type: type[BaseEvent]) -> tuple[SystemInfo, ...]:
        """Who hears events of this class: its own listeners and those of its base classes, in the order of registration a class."""
        return self._systems.hearing(event_type)

    def is_heard(self, event_type: type[BaseEvent]) -> bool:
        """Whether anybody hears events of this class; nothing is loaded for the answer."""
        return self._systems.is_heard(event_type)

    @property
    def listener_failures(self) -> list[ListenerFailure]:
        """The listeners that raised lately."""
        return list(self._pump.failures)

    async def run_stage(self, stage: SystemStage) -> None:
        """Run the systems of a stage in the order of their registration, each in a transaction of its own; the first failure raises."""
        if not self.is_open:
            await self.open()
        self._refuse_writer(f"stage {stage.name}")
        for info in self._systems.of(stage):
            await run_alone(self, info, None)

    @asynccontextmanager
    async def transaction(self, access: Access = "write") -> AsyncIterator[WorldTransaction]:
        """A transaction for a while: joins the one at hand where it can, else begins one and commits it at the end of the block."""
        frame = Frame(self, access, "world.transaction()")
        await frame.open()
        if frame.unit is None:
            raise TypeError("a transaction is for reading or writing: give access='read' or access='write'")
        view = WorldTransaction(frame.unit, access, frame.name)
        before = CURRENT.get()
        CURRENT.set(view)
        try:
            yield view
        except BaseException as error:
            CURRENT.set(before)
            await frame.close(error)
            raise
        CURRENT.set(before)
        await frame.close(None)

    async def settled(self) -> None:
        """Wait until every event has been heard and the resources that work in the background are idle.

        Raises ConversationError inside a listener, and AccessError inside a transaction that listeners may have to wait for, and in a
        resource that begins: listeners wait for the World to be open.
        """
        self._refuse_writer("what listeners still do")
        if self._life.is_opening_here:
            raise AccessError("The World is being opened; its listeners wait for that, so nothing that opens it can wait for them.")
        while True:
            await self._pump.settled()
            for resource in self.resources:
                if hasattr(resource, "settled"):
                    await resource.settled()
            if not self._pump.waiting and all(getattr(resource, "is_idle", True) for resource in self.resources):
                return

    def _refuse_writer(self, waited_for: str) -> None:
        view = CURRENT.get()
        if view is not None and view.world is self and view.unit.holds_writer and not view.unit.closed:
            raise AccessError(f"{view.unit.owner} holds the writer, so it cannot wait for {waited_for}, which may have to write too.")

    # -- life -------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Check the database's schema (made or brought up to date where needed) and begin the life of the resources.

        Whoever comes while it is being opened waits for that; only the resources themselves may use it meanwhile.
        """
        await self._life.open()

    async def close(self) -> None:
        """Wait for listeners and commands that are under way, then end the resources and the database.

        What has not ended after `closing_seconds` of the settings is cancelled, with a logged error, and rolled back; a commit that is
        under way is always waited for. A conversation that nobody steps is closed at once.
        Raises ConversationBusyError inside a handler or a listener.
        """
        await self._life.close()

    async def __aenter__(self) -> Self:
        """Open it."""
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        await self.close()


def _copied(value: Any) -> Any:
    """A copy of a collection, and anything else as it is."""
    return copy.copy(value) if isinstance(value, dict | list | set) else value


class Sent:
    """What `send_event` gives: something that may be awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, None]:
        """Be done at once."""
        return
        yield


SENT = Sent()
