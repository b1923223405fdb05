"""Making Worlds: from settings, with all installed plugins or with those that are given."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from dam.core.config import Configuration, load_configuration
from dam.core.exceptions import ConfigurationError, DamError, PluginError
from dam.core.plugin import Plugin, discover, load
from dam.core.world import World
from dam.core.world_settings import WorldSettings
from dam.models.config import ConfigComponent

logger = logging.getLogger(__name__)


def create_world(
    name: str | None = None,
    *,
    settings: WorldSettings | None = None,
    configuration: Configuration | None = None,
    plugins: Sequence[Plugin] | None = None,
) -> World:
    """A World by its name in the configuration, or by its settings; with all installed plugins, or exactly those given.

    No database is touched: that happens when the World opens. A plugin that cannot be loaded is left out and named in
    `world.plugin_problems`.
    """
    if settings is None:
        settings = (configuration or load_configuration()).world(name)
    world = World(settings)
    if plugins is None:
        points = [
            point
            for plugin, point in discover().items()
            if plugin not in settings.disabled and (settings.enabled is None or plugin in settings.enabled)
        ]
        world.plugin_problems.update({point.name: point.rivalry for point in points if point.rivalry})
        plugins, problems = load(points)
        world.plugin_problems.update(problems)
    for plugin in plugins:
        try:
            world.add_plugin(plugin)
        except PluginError as error:
            told = str(error)
            world.plugin_problems[plugin.name] = told if f"'{plugin.name}'" in told else f"Plugin '{plugin.name}' cannot be built: {told}"
        except DamError:
            raise  # the configuration is wrong, not the plugin
        except Exception as error:  # a broken plugin of somebody else must not stop the others
            logger.debug("Plugin %s cannot be built", plugin.name, exc_info=True)
            world.plugin_problems[plugin.name] = f"Plugin '{plugin.name}' cannot be built: {type(error).__name__}: {error}."
    for sentence in world.plugin_problems.values():
        logger.warning("%s", sentence)
    return world


def create_world_from_components(
    world_name: str,
    components: Sequence[ConfigComponent],
    *,
    configuration: Configuration | None = None,
    plugins: Sequence[Plugin] | None = None,
) -> World:
    """A World described by components: the plugins whose options they are, and what those require.

    It is the same World as one with these options in `dam.toml`, and lies where that would lie. `plugins` are those to choose from
    (by default the installed ones). Raises ConfigurationError for a component that configures none of them, or one twice.
    """
    table = describe_by_components(components, plugins)
    settings = (configuration or load_configuration()).with_world(world_name, table).world(world_name)
    chosen = None if plugins is None else [plugin for plugin in plugins if plugin.name in table["enabled"]]
    return create_world(settings=settings, plugins=chosen)


def describe_by_components(components: Sequence[ConfigComponent], plugins: Sequence[Plugin] | None = None) -> dict[str, Any]:
    """The world that components describe, as its table in `dam.toml` would: the plugins that it enables, and their options."""
    problems: dict[str, str] = {}
    if plugins is None:
        plugins, problems = load(discover().values())
    owners = {plugin.SettingsComponent: plugin for plugin in plugins}
    by_name = {plugin.name: plugin for plugin in plugins}
    options: dict[str, dict[str, Any]] = {}
    for component in components:
        owner = owners.get(type(component))
        if owner is None:
            hint = f" {' '.join(problems.values())}" if problems else ""
            raise ConfigurationError(f"{type(component).__name__} holds the options of no plugin that is installed.{hint}")
        if owner.name in options:
            raise ConfigurationError(f"{type(component).__name__} is given twice; a world has the options of '{owner.name}' once.")
        if not isinstance(component.settings, dict):
            raise ConfigurationError(f"The settings in {type(component).__name__} are no table of options.")
        options[owner.name] = dict(component.settings)
    if not options:
        raise ConfigurationError("Nothing describes the world: give the options of at least one plugin, even empty ones.")
    enabled, waiting = set(options), list(options)
    while waiting:
        wanted = set(by_name[waiting.pop()].requires) - enabled
        enabled |= wanted
        waiting += wanted
    return {"enabled": sorted(enabled), "plugins": options}
