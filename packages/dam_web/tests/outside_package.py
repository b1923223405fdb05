"""A package as a third party would install it: verbs, routes, a tab, a command that asks, and broken entries of each kind."""

from __future__ import annotations

from pathlib import Path

ENTRIES = """
[dam.plugins]
dam_test_vault = dam_test_utils.vault:VaultPlugin
[dam.cli]
open-vault = mood_doors.vault:open_vault
mood = mood_doors.verb:mood
mood-broken = mood_doors.nowhere:mood
mood-raises = mood_raises.verb:mood
[dam.api]
open-vault = dam_test_utils.vault:OpenVaultCommand
ask-everything = dam_test_utils.vault:AskEverythingCommand
mood = mood_doors.api:router
mood-broken = mood_doors.nowhere:router
mood-raises = mood_doors.api:raises
mood-undescribed = mood_doors.api:undescribed
mood-nothing = mood_doors.api:NOTHING
mood-taking = mood_doors.api:taking
[dam.ui]
mood = mood_doors.ui:TAB
mood-broken = mood_doors.ui:BROKEN
mood-nothing = mood_doors.api:NOTHING
mood-other = mood_doors.ui:OTHER
mood-failing = mood_doors.ui:FAILING
"""
FILES = {
    "mood_raises/__init__.py": "raise RuntimeError('out of order')\n",
    "mood_doors/__init__.py": "",
    "mood_doors/verb.py": '''"""Tells the mood of the library."""
import typer
from dam_app.cli.output import write

def mood(loud: bool = typer.Option(False, "--loud")) -> None:
    """Tell the mood."""
    write("CHEERFUL" if loud else "cheerful")
''',
    "mood_doors/vault.py": '''"""Opens a vault."""
from dam_app.cli.conversation import run
from dam_app.cli.output import write
from dam_test_utils.vault import OpenVaultCommand

def open_vault(vault: int) -> None:
    """Open a vault."""
    for line in run(OpenVaultCommand(vault)).results:
        write(line)
''',
    "mood_doors/api.py": """
from fastapi import APIRouter
NOTHING = 3

def router(world):
    router = APIRouter(tags=["mood"])

    @router.get("/mood")
    async def mood():
        return {"mood": "cheerful", "world": world.name}

    return router

def taking(world):
    router = APIRouter()

    @router.get("/stats")
    async def stats():
        return {"taken": "over"}

    return router

def raises(world):
    raise RuntimeError("out of order")

def undescribed(world):
    router = APIRouter()

    @router.get("/mood-undescribed", responses={"no": {"model": 3}})
    async def mood():
        return {}

    return router
""",
    "mood_doors/ui.py": """
from pathlib import Path
from dam.core.doors import InspectorTab

FOLDER = Path(__file__).parent / "web"
TAB = InspectorTab(title="Mood", folder=FOLDER, module="mood.js", style="mood.css", components=("ImageMetadataComponent",))
OTHER = InspectorTab(title="Other", folder=FOLDER, module="mood.js", components=("NoSuchComponent",))
BROKEN = InspectorTab(title="Broken", folder=FOLDER, module="nowhere.js")
FAILING = InspectorTab(title="Failing", folder=FOLDER, module="failing.js")
""",
    "mood_doors/web/mood.js": """
import { colour } from "./colour.js";
export default async function show(element, asset, { get }) {
  const stats = await get("/stats");
  const text = document.createElement("p");
  text.className = "mood";
  text.textContent = `${asset.filename} is ${colour}, one of ${stats.total}`;
  element.append(text);
  return () => { document.title += "|left"; };
}
""",
    "mood_doors/web/colour.js": 'export const colour = "cheerful";\n',
    "mood_doors/web/failing.js": 'export default () => { throw new Error("out of order"); };\n',
    "mood_doors/web/mood.css": ".mood { color: rgb(1, 2, 3); }\n",
}
BROKEN = {
    "dam.cli": {"mood-broken", "mood-raises"},
    "dam.api": {"mood-broken", "mood-raises", "mood-undescribed", "mood-nothing", "mood-taking"},
    "dam.ui": {"mood-broken", "mood-nothing"},
}
"""The entries that cannot be used, by group."""


def install(folder: Path) -> Path:
    """Write the package and its metadata; gives the folder, for the import path."""
    for name, text in {**FILES, "mood-1.0.dist-info/entry_points.txt": ENTRIES}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder
