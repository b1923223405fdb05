"""The plugin keeps the contract of every plugin, and does what it is there for."""

from __future__ import annotations

from dam import World
from dam.assets.commands import ExportAssetsCommand
from dam_fs.commands import IndexPathCommand
from dam_placeholder.commands import FindPlaceholdersCommand
from dam_placeholder.plugin import PlaceholderPlugin
from dam_test_utils.contracts import PluginContract
from dam_test_utils.fixtures import MakeFiles


class TestContract(PluginContract):
    plugin = PlaceholderPlugin


async def test_a_file_is_recognised_and_read(world: World, make_files: MakeFiles) -> None:
    folder = make_files({"a.placeholder": "first\nsecond\n", "b.placeholder": "only\n", "c.txt": "not one\nof ours\n"})
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    assets = {asset["filename"]: asset for asset in (await world.dispatch_command(ExportAssetsCommand())).one()}
    found = assets["a.placeholder"]["components"]["PlaceholderFileComponent"][0]
    assert (found["lines"], found["first_line"]) == (2, "first")
    assert "PlaceholderFileComponent" not in assets["c.txt"]["components"]
    assert (await world.dispatch_command(FindPlaceholdersCommand(least_lines=2))).one() == [assets["a.placeholder"]["id"]]
