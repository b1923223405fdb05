"""A plugin by someone else: built as a package, installed beside the product into an environment of its own, and used. No network.

There are two: the example that the guide is cut from (`docs/examples/dam_subtitles`), and what `dam plugins new` makes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NEW = "dam_weather"
OPTIONS = {"DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Settled at once, one child process; and pytest loads the plugins that are named, for all that are installed here take half a second."""
BUILD = """
import os, sys
from hatchling.build import build_wheel
for project in sys.argv[2:]:
    os.chdir(project)
    build_wheel(sys.argv[1])
"""
FILM = "1\n00:00:01,000 --> 00:00:02,000\nI have not got the time.\n\n2\n01:02:03,000 --> 01:02:05,500\nGood night, you.\n"
DOORS = """
import asyncio, json, sys
import httpx
from dam.assets.commands import ExportAssetsCommand
from dam.core.doors import GROUPS, load_doors
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_web.app import create_api
from pathlib import Path

async def main(home, asset):
    async with create_world(settings=WorldSettings.in_directory("main", Path(home))) as world:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_api(world)), base_url="http://localhost/api/dam") as client:
            cues = (await client.get(f"/cues/{asset}")).json()
            found = (await client.post("/commands/find-cue", json={"text": "NIGHT"})).json()["results"]
        assets = (await world.dispatch_command(ExportAssetsCommand())).one()
    weather = {one["filename"]: one["components"]["WeatherFileComponent"] for one in assets if "WeatherFileComponent" in one["components"]}
    problems = {group: load_doors(group) for group in GROUPS}
    print(json.dumps({"cues": cues, "found": found, "weather": weather, "problems": problems}))

asyncio.run(main(*sys.argv[1:]))
"""
VERBS = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from dam_app.cli.main import main

for arguments in json.loads(sys.argv[1]):
    told = StringIO()
    with redirect_stdout(told):
        try:
            main(arguments)
        except SystemExit as end:
            assert not end.code, arguments
    print(json.dumps(json.loads(told.getvalue())))
"""
TAB = """
import show, { clock } from "%s";
const made = [];
globalThis.document = { createElement: (name) => ({ name, children: [], append(...all) { this.children.push(...all); } }) };
await show({ append: (one) => made.push(one) }, { id: 7 }, { get: async (path) => [{ second: 3723.5, text: path }] });
console.log(JSON.stringify([made[0].children.map((one) => [one.name, one.textContent]), clock(59.9)]));
"""


@dataclass(frozen=True)
class Environment:
    """An environment with the product and the two plugins, their projects, and a library."""

    python: Path
    projects: Path
    home: Path

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """Run Python there; gives what it printed."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("DAM_", "PYTHON", "COV_"))} | OPTIONS
        command = [str(self.python), *map(str, arguments)]
        done = subprocess.run(command, cwd=cwd or self.projects, env=variables, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
        return done.stdout

    def dam(self, *verbs: tuple[str | Path, ...]) -> list[Any]:
        """Run verbs over the library, one after the other in one process; gives the JSON that each printed."""
        asked = [["--home", str(self.home), *map(str, verb), "--json"] for verb in verbs]
        return [json.loads(line) for line in self.run("-c", VERBS, json.dumps(asked)).splitlines()]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Environment:
    """An environment of its own, which sees the product as it is installed here; the plugins are built and installed as wheels."""
    folder = tmp_path_factory.mktemp("third-party")
    projects, wheels = folder / "projects", folder / "wheels"
    without_caches = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(repository / "docs" / "examples" / "dam_subtitles", projects / "dam_subtitles", ignore=without_caches)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True, timeout=300)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "env")}))
    (site / "product.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    made = Environment(folder / "env" / "bin" / "python", projects, folder / "home")
    made.run("-m", "dam_app", "plugins", "new", NEW)
    made.run("-c", BUILD, wheels, projects / "dam_subtitles", projects / NEW)
    for wheel in wheels.iterdir():
        with zipfile.ZipFile(wheel) as packed:  # that is what installing a wheel of plain Python is
            packed.extractall(site)
    return made


@pytest.mark.parametrize("project", ["dam_subtitles", NEW])
def test_its_own_tests_pass_where_it_is_installed(environment: Environment, project: str) -> None:
    folder = environment.projects / project
    told = environment.run("-m", "pytest", "-q", "-rs", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider", cwd=folder)
    assert "skipped" not in told, "the contract of an installed plugin with tables skips nothing"


def test_the_whole_product_knows_it(environment: Environment, tmp_path: Path) -> None:
    """Indexed, shown, searched, asked at the command line and over HTTP; the core knows nothing of subtitles."""
    (tmp_path / "film.srt").write_text(FILM)
    (tmp_path / "other.txt").write_text("no cue\n")
    (tmp_path / "rain.weather").write_text("first\nsecond\n")
    srt = tmp_path / "film.srt"
    indexed, film, found, cues, described = environment.dam(
        ("index", tmp_path), ("show", srt), ("search", "cues:>1 spoken:en"), ("cues", srt, "--find", "night"),
        ("plugins", "describe", "dam_subtitles"),
    )  # fmt: skip
    assert indexed["failed"] == []
    assert film["components"]["SubtitleComponent"][0]["language"] == "en"
    assert film["tags"] == ["subtitles"], "the listener has tagged it"
    assert [asset["id"] for asset in found] == [film["id"]]
    assert cues == [{"time": "1:02:03", "entity_id": film["id"], "second": 3723.0, "text": "Good night, you."}]
    assert [row["setting"] for row in described["settings"]] == ["tag", "fallback_encoding", "most_bytes"]
    assert [row["command"] for row in described["commands"]] == ["FindCueCommand", "ListCuesCommand"]
    doors = json.loads(environment.run("-c", DOORS, environment.home, str(film["id"])))
    assert [cue["text"] for cue in doors["cues"]] == ["I have not got the time.", "Good night, you."]
    assert doors["found"] == [doors["cues"][1:]]
    assert {name: rows[0]["lines"] for name, rows in doors["weather"].items()} == {"rain.weather": 2}
    assert doors["problems"] == {"dam.cli": {}, "dam.api": {}, "dam.ui": {}}
    # the product alone, without the plugins, opens the same library: nothing of it is lost
    command = [sys.executable, "-m", "dam_app", "--home", str(environment.home), "show", str(tmp_path / "film.srt"), "--json"]
    alone = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)
    assert (alone["tags"], alone["id"]) == (["subtitles"], film["id"])
    assert "SubtitleComponent" not in alone["components"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_tab_shows_the_cues(environment: Environment) -> None:
    module = environment.projects / "dam_subtitles" / "src" / "dam_subtitles" / "web" / "cues.js"
    script = TAB % module.with_suffix(".mjs").as_uri()
    shutil.copyfile(module, module.with_suffix(".mjs"))  # without a package.json, node takes that ending for a module
    done = subprocess.run(["node", "--input-type=module", "-"], input=script, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[["dt", "1:02:03"], ["dd", "/cues/7"]], "0:00:59"]
