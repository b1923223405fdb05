"""The code that the developer guide prints runs as it stands: each block below is that text, in the file that it names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any, BinaryIO

import pytest

from dam.commands.analysis_commands import OpenContentCommand
from dam.core.exceptions import UnansweredQuestionError
from dam.core.world import World
from dam_test_utils.fixtures import MakeWorld

PLUGIN = '''
from dam.core.plugin import Plugin
from dam.core.world import World
from .systems import my_system  # Import your system
{filled}
class MyPlugin(Plugin):
    """A plugin for my new functionality."""

    # All plugins MUST define a Settings and SettingsComponent class.
    # If the plugin has no settings, these can be empty.
    Settings = MyPluginSettingsModel
    SettingsComponent = MyPluginSettingsComponent

    def build(self, world: World) -> None:
        world.register_system(my_system)
        # Register other components, resources, etc.
'''

SETTINGS = '''
from dam.models.config import ConfigComponent, SettingsModel

class MyPluginSettingsModel(SettingsModel):
    """Pydantic model for MyPlugin. Can be empty if no settings."""
    pass

class MyPluginSettingsComponent(ConfigComponent):
    """ECS component for MyPlugin settings. Can be empty."""
    __tablename__ = "dam_my_plugin_config" # Must be unique
'''

COMMANDS = '''
from dataclasses import dataclass
from dam.commands.analysis_commands import AnalysisCommand

@dataclass
class ExtractDominantColorCommand(AnalysisCommand[None]):
    """A command to extract the dominant color from an image asset."""
    # entity_id, depth, and stream are inherited from AnalysisCommand
    pass # No extra fields needed for this simple command
{filled}
from dam.commands.core import BaseCommand
from dam.system_events.requests import PasswordRequest, PasswordResponse

@dataclass
class ProcessProtectedArchive(BaseCommand[None, Union[PasswordRequest, PasswordResponse]]):
    """A command that may require a password."""
    entity_id: int
'''

SYSTEMS = """
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from my_plugin.commands import ExtractDominantColorCommand
from my_plugin.models import DominantColorComponent # A UniqueComponent

@system(on_command=ExtractDominantColorCommand)
async def handle_extract_dominant_color_command(
    cmd: ExtractDominantColorCommand,
    transaction: WorldTransaction, # Injected by the DI system
    world: World, # Needed for command helpers like open_stream
):
    print(f"Handling command to extract color from entity {cmd.entity_id}")

    # Use the command's helper to get a file stream.
    # This helper needs the 'world' to dispatch other commands if necessary.
    async with cmd.open_stream(world) as stream:
        if not stream:
            print(f"Could not get asset stream for entity {cmd.entity_id}")
            return

        # ... process the stream to find the dominant color (e.g., '#FF0000') ...
        dominant_color_hex = "#FF0000"  # Placeholder

    # Create the component instance
    color_component = DominantColorComponent(hex_color=dominant_color_hex)

    # The WorldTransaction object gives access to the session and other helpers.
    # Since DominantColorComponent is a UniqueComponent, this will correctly
    # add it if it's new, or update it if it already exists.
    await transaction.add_component_to_entity(cmd.entity_id, color_component)
    print(f"Dominant color for entity {cmd.entity_id} set to {dominant_color_hex}")

from typing import AsyncGenerator, Union
from dam.system_events.requests import PasswordRequest, PasswordResponse
{filled}
@system(on_command=ProcessProtectedArchive)
async def handle_protected_archive(
    cmd: ProcessProtectedArchive,
) -> AsyncGenerator[Union[PasswordRequest, PasswordResponse], PasswordResponse]:
    password: str | None = None
    while not password:
        response = yield PasswordRequest(message="Password required")
        if response and response.password:
            # ... try to open archive with password ...
            is_correct = response.password == "my-secret-password" # Placeholder
            if is_correct:
                password = response.password
                print("Archive unlocked!")
            else:
                print("Incorrect password.")
        else:
            print("No password provided. Aborting.")
            break # Exit the loop
"""

LOOP = """
async def run(world, password_inputs):
    command = ProcessProtectedArchive(entity_id=456)
    executor = world.dispatch_command(command)

    try:
        event = await anext(executor)
        while True:
            if isinstance(event, PasswordRequest):
                print(f"System requested password: {event.message}")
                password_input = next(password_inputs)
                event = await executor.asend(PasswordResponse(password=password_input))
    except StopAsyncIteration:
        pass

async def dispatch(world, entity_id):
    command = ExtractDominantColorCommand(entity_id=entity_id)

    # Dispatch the command and get the executor
    executor = world.dispatch_command(command)
    async for _ in executor:
        pass
"""

MODELS = """
from sqlalchemy.orm import Mapped
from dam.models.core.base_component import UniqueComponent

class DominantColorComponent(UniqueComponent):
    __tablename__ = "component_my_plugin_dominant_color"
    hex_color: Mapped[str]
"""

FILES = {
    "dam_my_plugin/__init__.py": "",
    "dam_my_plugin/plugin.py": PLUGIN.replace("{filled}", "from .settings import MyPluginSettingsComponent, MyPluginSettingsModel\n"),
    "dam_my_plugin/settings.py": SETTINGS,
    "dam_my_plugin/systems.py": "from my_plugin.systems.asset_systems import handle_protected_archive as my_system\n",
    "my_plugin/__init__.py": "",
    "my_plugin/commands.py": COMMANDS.replace("{filled}", "from typing import Union\n"),
    "my_plugin/models.py": MODELS,
    "my_plugin/systems/__init__.py": "",
    "my_plugin/systems/asset_systems.py": SYSTEMS.replace("{filled}", "from my_plugin.commands import ProcessProtectedArchive\n"),
    "my_plugin/loop.py": "from my_plugin.commands import *\n" + LOOP,
}


@pytest.fixture(scope="module", autouse=True)
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The packages of the guide, as files."""
    folder = tmp_path_factory.mktemp("printed")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def module(name: str) -> ModuleType:
    return import_module(name)


async def test_my_plugin_is_built_with_its_settings(make_world: MakeWorld) -> None:
    plugin = module("dam_my_plugin.plugin").MyPlugin()
    world = make_world(plugin)
    world.add_plugin(plugin)
    assert [info.function.__name__ for info in world.systems()] == ["handle_protected_archive"]
    assert world.get_settings(module("dam_my_plugin.settings").MyPluginSettingsModel) is not None
    assert module("dam_my_plugin.settings").MyPluginSettingsComponent.__tablename__ == "dam_my_plugin_config"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (["wrong", "my-secret-password"], ["Incorrect password.", "Archive unlocked!"]),
        ([None], ["No password provided. Aborting."]),
    ],
)
async def test_the_password_loop(make_world: MakeWorld, capsys: pytest.CaptureFixture[str], inputs: list[Any], words: list[str]) -> None:
    async with make_world(module("dam_my_plugin.plugin").MyPlugin) as world:
        await module("my_plugin.loop").run(world, iter(inputs))
        printed = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("System requested")]
        assert printed == words
        with pytest.raises(UnansweredQuestionError, match="Password required"):
            await world.dispatch_command(module("my_plugin.commands").ProcessProtectedArchive(entity_id=456))


@pytest.mark.parametrize("reachable", [True, False])
async def test_the_dominant_colour(make_world: MakeWorld, reachable: bool) -> None:
    opened: list[BytesIO] = []

    async def open_content(command: OpenContentCommand) -> BinaryIO | None:
        opened.append(BytesIO(b"picture"))
        return opened[0] if reachable else None

    world: World = make_world()
    component = module("my_plugin.models").DominantColorComponent
    world.register_component(component)
    world.register_system(module("my_plugin.systems.asset_systems").handle_extract_dominant_color_command)
    world.register_system(open_content, command_type=OpenContentCommand)
    async with world:
        async with world.transaction() as transaction:
            entity = await transaction.create_entity()
        for _ in range(2):  # added, then updated
            await module("my_plugin.loop").dispatch(world, entity.id)
        async with world.transaction("read") as transaction:
            found = [one.hex_color for one in await transaction.get_components(entity.id, component)]
        assert found == (["#FF0000"] if reachable else [])
    assert opened[0].closed is reachable


def test_analysis_commands_have_the_fields_that_are_promised() -> None:
    command = module("my_plugin.commands").ExtractDominantColorCommand(entity_id=123)
    assert (command.entity_id, command.depth, command.stream) == (123, 0, None)
