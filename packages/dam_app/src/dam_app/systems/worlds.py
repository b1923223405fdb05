"""Worlds that are described by entities."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from dam.core.config import Configuration
from dam.core.exceptions import ConfigurationError, EntityNotFoundError
from dam.core.systems import system
from dam.core.world import World
from dam.core.world_file import WORLD_FILE, check_world_name, write_world_file
from dam.core.world_manager import create_world_from_components, describe_by_components
from dam.models.config import ConfigComponent
from dam_app.commands import CreateWorldFromEntityCommand
from dam_app.resources import LiveWorlds


@system(on_command=CreateWorldFromEntityCommand)
async def handle_create_world_from_entity(command: CreateWorldFromEntityCommand, world: World, live: LiveWorlds) -> str:
    """Read the entity's settings components, make the World and its database, and keep the description in its folder."""
    name = check_world_name(command.name or f"entity-{command.entity_id}")
    directory = command.directory or world.settings.data_directory / "worlds" / name
    components = await read_config_components(world, command.entity_id)
    if (directory / WORLD_FILE).exists() or name in live.names:
        raise ConfigurationError(f"There is a world '{name}' already; choose another name.")
    made = _make(name, directory, components)
    if made.settings.database_url == world.settings.database_url:
        raise ConfigurationError(f"The world '{name}' would share the database of '{world.name}'; unset DAM_DATABASE_URL.")
    try:
        await made.open()
        await asyncio.to_thread(write_world_file, directory, describe_by_components(components))
    except BaseException:
        await made.close()
        raise
    live.add(made)
    return name


async def read_config_components(world: World, entity_id: int) -> list[ConfigComponent]:
    """The settings components of an entity; raises EntityNotFoundError for an unknown one."""
    async with world.transaction("read") as transaction:
        if await transaction.get_entity(entity_id) is None:
            raise EntityNotFoundError(f"There is no entity {entity_id}.")
        found: list[ConfigComponent] = []
        for kind in world.component_types:
            if issubclass(kind, ConfigComponent):
                found += await transaction.get_components(entity_id, kind)
    if not found:
        raise ConfigurationError(f"Entity {entity_id} describes no world: it has no settings component of any plugin.")
    return found


def _make(name: str, directory: Path, components: list[ConfigComponent]) -> World:
    """The World in its folder; variables of the environment count as they do for every world."""
    configuration = Configuration(directory, directory / WORLD_FILE, environment=dict(os.environ), folders={name: directory})
    return create_world_from_components(name, components, configuration=configuration)
