"""Broken packages, really installed: each is told by its name, and the others load; nothing collides silently."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

GOOD = """
    from __future__ import annotations
    from dataclasses import dataclass
    from typing import TYPE_CHECKING
    from sqlalchemy.orm import Mapped
    from dam import BaseCommand, ConfigComponent, Plugin, SettingsModel, UniqueComponent, World, system

    class Settings(SettingsModel):
        '''None.'''

    class {Name}SettingsComponent(ConfigComponent):
        __tablename__ = "component_{name}_config"

    @dataclass
    class {Name}Command(BaseCommand[str]):
        pass

    @system(on_command={Name}Command)
    async def handle(command: {Name}Command) -> str:
        return "{name}"

    class {Name}Plugin(Plugin):
        Settings = Settings
        SettingsComponent = {Name}SettingsComponent

        def build(self, world: World) -> None:
            world.register_component({Name}SettingsComponent)
            world.register_system(handle)
"""

BROKEN = {
    "lost_import": ("import a_package_that_is_not_there", "No module named 'a_package_that_is_not_there'"),
    "no_settings": (
        """
        from dam import Plugin
        class NoSettingsPlugin(Plugin):
            def build(self, world): ...
        """,
        "has no Settings",
    ),
    "wrong_parameter": (
        GOOD.replace("(command: {Name}Command) -> str", "(command: {Name}Command, mystery) -> str"),
        "mystery",
    ),
    "only_for_checking": (
        GOOD.replace("class Settings", "if TYPE_CHECKING:\n        from decimal import Decimal\n\n    class Settings").replace(
            "(command: {Name}Command) -> str", "(command: {Name}Command, amount: Decimal) -> str"
        ),
        "Decimal",
    ),
    "table_collision": (
        GOOD
        + """
    class OtherTagComponent(UniqueComponent):
        __tablename__ = "component_tag"
        text: Mapped[str]
    """,
        "wants the table 'component_tag'",
    ),
    "raising_build": (
        GOOD.replace("world.register_system(handle)", "world.register_system(handle)\n            raise RuntimeError('out of paper')"),
        "RuntimeError: out of paper",
    ),
}


def install(folder: Path, name: str, code: str) -> None:
    """A package with its metadata, as an installer leaves it."""
    title = "".join(part.title() for part in name.split("_"))
    code = dedent(code).replace("{Name}", title).replace("{name}", name)
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    (folder / name / "plugin.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[dam.plugins]\n{name} = {name}.plugin:{title}Plugin\n")


LIFE = """
import asyncio, json, sys
from pathlib import Path
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings

async def main(home, enabled):
    base = WorldSettings.in_directory("test", Path(home))
    world = create_world(settings=WorldSettings("test", base.data_directory, base.database_url, enabled=tuple(enabled)))
    async with world:
        import sound_one.plugin
        said = (await world.dispatch_command(sound_one.plugin.SoundOneCommand())).one()
    components = [kind.__module__ for kind in world.component_types]
    print(json.dumps({"plugins": list(world.plugins), "problems": world.plugin_problems, "said": said, "components": components}))

asyncio.run(main(sys.argv[1], sys.argv[2:]))
"""


def life(site: Path, home: Path, *names: str) -> dict[str, Any]:
    """What becomes of a World with these packages, in a process of its own: what is imported once cannot be forgotten."""
    arguments = [sys.executable, "-W", "ignore", "-c", LIFE, str(home), "dam_assets", *names]
    done = subprocess.run(arguments, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_each_broken_package_is_told_by_name_and_the_others_load(tmp_path: Path) -> None:
    for name, (code, _) in BROKEN.items():
        install(tmp_path / "site", name, code)
    install(tmp_path / "site", "sound_one", GOOD)
    found = life(tmp_path / "site", tmp_path / "home", *BROKEN, "sound_one")
    assert found["plugins"] == ["dam_assets", "sound_one"]
    assert found["said"] == "sound_one"
    assert set(found["problems"]) == set(BROKEN)
    for name, (_, words) in BROKEN.items():
        assert f"'{name}'" in found["problems"][name]
        assert words in found["problems"][name], found["problems"][name]
    assert not [module for module in found["components"] if module.split(".")[0] in BROKEN]


def test_two_components_of_one_name_are_told_apart_by_refusing_the_second(tmp_path: Path) -> None:
    install(tmp_path / "site", "sound_one", GOOD)
    for name in ("other_one", "third_one"):
        install(tmp_path / "site", name, GOOD.replace("{Name}SettingsComponent", "TwinSettingsComponent"))
    found = life(tmp_path / "site", tmp_path / "home", "sound_one", "other_one", "third_one")
    assert set(found["plugins"]) == {"dam_assets", "sound_one", "other_one"}
    assert "'third_one'" in found["problems"]["third_one"]
    assert "brings a TwinSettingsComponent, but other_one.plugin has one already" in found["problems"]["third_one"]


def test_a_table_of_components_that_are_loaded_later_is_not_taken_by_a_stranger(tmp_path: Path) -> None:
    install(tmp_path / "site", "sound_one", GOOD)
    taking = BROKEN["table_collision"][0].replace("component_tag", "component_psp_iso_info")
    taking = taking.replace("            world.register_system(handle)", "            world.register_component(OtherTagComponent)")
    install(tmp_path / "site", "taker", taking)
    found = life(tmp_path / "site", tmp_path / "home", "dam_psp", "sound_one", "taker")
    assert found["plugins"] == ["dam_assets", "dam_psp", "sound_one"]
    assert "wants the table 'component_psp_iso_info', which dam_psp.models has already" in found["problems"]["taker"]
    assert "dam_psp.models" in found["components"]
