"""Making Worlds: from settings, with all installed plugins or with those that are given."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dam.core.config import Configuration, load_configuration
from dam.core.exceptions import DamError, PluginError
from dam.core.plugin import Plugin, discover, load
from dam.core.world import World
from dam.core.world_settings import WorldSettings

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
        plugins, problems = load(points)
        world.plugin_problems.update(problems)
    for plugin in plugins:
        try:
            world.add_plugin(plugin)
        except PluginError as error:
            world.plugin_problems[plugin.name] = str(error)
        except DamError:
            raise  # the configuration is wrong, not the plugin
        except Exception as error:  # a broken plugin of somebody else must not stop the others
            logger.debug("Plugin %s cannot be built", plugin.name, exc_info=True)
            world.plugin_problems[plugin.name] = f"Plugin '{plugin.name}' cannot be built: {type(error).__name__}: {error}."
    for sentence in world.plugin_problems.values():
        logger.warning("%s", sentence)
    return world
