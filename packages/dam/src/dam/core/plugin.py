"""`Plugin`: a package that registers components, systems and resources with a World."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from dam.core.entry_points import EntryPoint, entry_points
from dam.core.exceptions import PluginError
from dam.models.config import ConfigComponent, SettingsModel

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "dam.plugins"


class Plugin:
    """What a package brings to a World. Subclass it, name `Settings` and `SettingsComponent`, and register things in `build`.

    `name` is given by the entry point (or by `Plugin.name` on the class). `requires` names plugins that must be there first.
    `migrations` is the import path of the package's `migrations` folder, when it has tables.
    """

    name: str = ""
    requires: ClassVar[tuple[str, ...]] = ()
    migrations: ClassVar[str | None] = None

    Settings: ClassVar[type[SettingsModel]]
    SettingsComponent: ClassVar[type[ConfigComponent]]

    def build(self, world: World) -> None:
        """Register components, systems, drivers and resources with the World; no input or output here."""
        raise NotImplementedError

    def optional(self, world: World) -> dict[str, str | None]:  # noqa: ARG002 - a plugin may need it
        """What the plugin can use but does without: names, each with what is missing and lost (None: it is there). `dam doctor` tells."""
        return {}


def check_plugin(plugin: Any) -> None:
    """Refuse, with PluginError, what is not a complete plugin."""
    kind = plugin if isinstance(plugin, type) else type(plugin)
    if not plugin.name:
        plugin.name = kind.__name__
    settings, component = getattr(kind, "Settings", None), getattr(kind, "SettingsComponent", None)
    if not (isinstance(settings, type) and issubclass(settings, SettingsModel)):
        raise PluginError(f"Plugin '{plugin.name}' has no Settings: name a SettingsModel, even an empty one.")
    if not (isinstance(component, type) and issubclass(component, ConfigComponent)):
        raise PluginError(f"Plugin '{plugin.name}' has no SettingsComponent: name a ConfigComponent, even an empty one.")
    if not callable(getattr(plugin, "build", None)):
        raise PluginError(f"Plugin '{plugin.name}' has no build(world).")


def discover() -> dict[str, EntryPoint]:
    """The installed plugins by name, not loaded yet."""
    return entry_points(ENTRY_POINT_GROUP)


def load(points: Iterable[EntryPoint]) -> tuple[list[Plugin], dict[str, str]]:
    """Load plugins; gives them in the order in which they need one another, and a sentence for each that cannot be loaded."""
    plugins: dict[str, Plugin] = {}
    problems: dict[str, str] = {}
    for point in points:
        try:
            plugin = point.load()()
            plugin.name = point.name
            check_plugin(plugin)
        except PluginError as error:
            problems[point.name] = str(error)
        except Exception as error:
            logger.debug("Plugin %s cannot be loaded", point.name, exc_info=True)
            problems[point.name] = f"Plugin '{point.name}' cannot be loaded: {_why(error)}"
        else:
            plugins[point.name] = plugin
    return _in_order(plugins, problems), problems


def _why(error: Exception) -> str:
    """Why an import failed; of the errors of libraries, the likely one in words of ours."""
    taken = _TABLE_TAKEN.match(str(error))
    if taken is not None:
        return f"one of its components wants the table '{taken[1]}', which another component has already; give it another name."
    return f"{type(error).__name__}: {error}."


_TABLE_TAKEN = re.compile(r"Table '([^']+)' is already defined for this MetaData instance")


def _in_order(plugins: dict[str, Plugin], problems: dict[str, str]) -> list[Plugin]:
    """Plugins after those that they require; what requires a missing one, or itself in a circle, becomes a problem."""
    ordered: dict[str, Plugin] = {}

    def place(name: str, path: tuple[str, ...]) -> bool:
        if name in ordered:
            return True
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            problems.setdefault(name, f"Plugin '{name}' cannot be loaded: its requirements form a circle ({circle}).")
            return False
        if name not in plugins:
            return False
        for wanted in plugins[name].requires:
            if not place(wanted, (*path, name)):
                problems.setdefault(name, f"Plugin '{name}' cannot be loaded: it needs '{wanted}', which is not there.")
                return False
        ordered[name] = plugins[name]
        return True

    for name in plugins:
        place(name, ())
    return list(ordered.values())
