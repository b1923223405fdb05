"""`dam plugins new` and `dam plugins describe`. That what is made works: tests/scenarios/test_third_party_plugin.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from dam.core.exceptions import DamError, UsageError
from dam_app.functions import new_plugin as making
from dam_app.functions.new_plugin import new_plugin, renamed, template_folder


def test_every_name_is_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "weather"
    made = new_plugin("dam_weather_map", folder)
    assert sorted(made) == sorted(path for path in folder.rglob("*") if path.is_file())
    package = folder / "src" / "dam_weather_map"
    rooms = {"settings", "models", "events", "commands", "functions", "systems", "plugin"}
    assert {path.stem for path in package.glob("*.py")} == {"__init__", *rooms}
    assert (package / "migrations" / "versions" / "dam_weather_map_0001.py").is_file()
    assert (folder / ".gitignore").is_file()
    for path in made:
        assert "placeholder" not in (str(path.relative_to(folder)) + path.read_text("utf-8")).lower(), path
        if path.suffix == ".py":
            compile(path.read_bytes(), str(path), "exec")
    assert "class WeatherMapPlugin(Plugin):" in (package / "plugin.py").read_text("utf-8")
    assert 'name = "dam-weather-map"' in (folder / "pyproject.toml").read_text("utf-8")


def test_a_name_that_holds_the_placeholder() -> None:
    assert renamed("dam_placeholder.PlaceholderPlugin", "dam_placeholder_two") == "dam_placeholder_two.PlaceholderTwoPlugin"
    assert renamed("dam-placeholder DAM_PLACEHOLDER__X", "rain") == "rain RAIN__X"


@pytest.mark.parametrize("name", ["", "Weather", "dam-weather", "1weather", "we ather", "wetter_ü", "dam__x", "_x", "x_", "../x", "class"])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no name for a plugin"):
        new_plugin(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "message"), [
    ("dam_fs", "There is a plugin 'dam_fs' already"), ("dam_assets", "There is a plugin"), ("dam", "There is a plugin"),
    ("json", "There is a Python package 'json' already"), ("x" * 41, "too long"),
])  # fmt: skip
def test_a_name_that_is_taken_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        new_plugin(name, tmp_path / "new")


def test_a_folder_of_that_name_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dam_weather").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert new_plugin("dam_weather", tmp_path / "elsewhere")


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is there already"):
        new_plugin("dam_weather", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DamError, match="cannot be written: Not a directory"):
        new_plugin("dam_weather", tmp_path / "file" / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_tools_leave_in_the_template_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "template"
    (template / "__pycache__").mkdir(parents=True)
    (template / "__pycache__" / "x.pyc").write_bytes(b"\xff")
    (template / "a.py").write_text("placeholder")
    monkeypatch.setattr(making, "template_folder", lambda: template)
    assert new_plugin("dam_weather", tmp_path / "new") == [tmp_path / "new" / "a.py"]


def test_the_installed_product_has_the_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "site-packages" / "dam_app"
    monkeypatch.setattr(making, "__file__", str(installed / "functions" / "new_plugin.py"))
    with pytest.raises(DamError, match="incomplete"):
        template_folder()
    (installed / "templates" / "plugin").mkdir(parents=True)
    assert template_folder() == installed / "templates" / "plugin"


def test_the_verb_says_what_comes_next(dam: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = dam("plugins", "new", "dam_weather")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert str(tmp_path / "dam_weather") in lines[0]
    assert [line.startswith("  ") for line in lines] == [False, True, True, True]
    assert f"--editable {tmp_path / 'dam_weather'}" in lines[1]
    assert lines[2] == f"  {sys.executable} -m pytest {tmp_path / 'dam_weather'}"
    assert lines[3].endswith("dam plugins describe dam_weather")
    assert "is there already" in dam.fails(2, "plugins", "new", "dam_weather")
    assert dam("plugins", "new", "dam_rain", "--folder", tmp_path / "rain").code == 0
    assert (tmp_path / "rain" / "src" / "dam_rain" / "plugin.py").is_file()


def test_a_plugin_is_described(dam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_FS__SETTLE_SECONDS", "7")
    described = dam("plugins", "describe", "dam_fs", "--json").document
    assert described["requires"] == ["dam_assets"]
    settings = {row["setting"]: row for row in described["settings"]}
    assert (settings["settle_seconds"]["default"], settings["settle_seconds"]["value"]) == (2, 7)
    assert "IndexPathCommand" in {row["command"] for row in described["commands"]}
    assert {"event": "FileStored"}.items() <= described["events"][0].items()
    tables = {row["component"]: row["table"] for row in described["components"]}
    assert tables["FsSettingsComponent"] == "component_dam_fs_config"
    assert "FileLocationComponent" not in tables, "the words of dam.assets are not its own"
    text = dam("plugins", "describe", "dam_psp").out
    assert text.splitlines()[0].startswith("dam_psp: ")
    assert "PspIsoAssetDetected" in text
    assert "no settings" in text
    assert "There is no plugin 'dam_nothing'" in dam.fails(2, "plugins", "describe", "dam_nothing")


def test_without_a_verb_plugins_are_listed(dam: Any) -> None:
    alone, listed = dam("plugins", "--json"), dam("plugins", "list", "--json")
    assert alone.document == listed.document
    assert "dam_fs" in {row["name"] for row in alone.document}
