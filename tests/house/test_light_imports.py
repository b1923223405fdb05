"""To load a plugin costs milliseconds: what is heavy waits until a picture is opened or a door is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOMS = ("settings", "models", "events", "commands", "resources", "systems", "plugin")
HEAVY = ("numpy", "pyvips", "PIL", "magic", "fastapi", "nicegui", "typer", "rich")
# Runs in an interpreter of its own and answers which room first loaded which heavy library.
PROGRAM = """
import importlib, json, sys
names, heavy = json.loads(sys.argv[1])
guilty = {}
for name in names:
    importlib.import_module(name)
    for library in heavy:
        if library in sys.modules:
            guilty.setdefault(library, name)
print(json.dumps(guilty))
"""


def test_no_room_but_functions_and_doors_loads_anything_heavy(modules: dict[str, Path]) -> None:
    def is_room(name: str) -> bool:
        parts = name.split(".")
        return (parts[1:2] or [""])[0] in ROOMS or (parts[0] == "dam" and (parts[1:3] or [""])[-1] in ROOMS)

    names = ["dam", *(name for name in modules if is_room(name) and not name.startswith("dam_test_utils"))]
    run = subprocess.run([sys.executable, "-c", PROGRAM, json.dumps([names, HEAVY])], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    guilty = json.loads(run.stdout)
    assert not guilty, f"heavy library: the room that loads it: {guilty}"


BUILD = """
import json, pathlib, sys, tempfile
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
world = create_world(settings=WorldSettings.in_directory("main", pathlib.Path(tempfile.gettempdir()) / "never-opened"))
print(json.dumps([list(world.plugins), world.plugin_problems, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]))
"""
NAMED = ("dam_media_video.models", "dam_document.systems.read", "dam_fs.systems.fsck", "dam.assets.systems.undo")
HEAVY_AT_FIRST_USE = (*HEAVY, *NAMED, "alembic", "av", "pypdfium2", "imagehash", "scipy", "uvicorn", "asyncpg")


def test_a_world_with_all_plugins_loads_nothing_heavy() -> None:
    run = subprocess.run([sys.executable, "-c", BUILD, json.dumps(HEAVY_AT_FIRST_USE)], capture_output=True, text=True, check=True)
    plugins, problems, loaded = json.loads(run.stdout)
    assert len(plugins) > 3
    assert not problems
    assert not loaded, f"loaded before anything needs it: {loaded}"
