"""What a third-party package adds to the doors, and that a broken one is named while the others work."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from outside_package import BROKEN, install  # type: ignore[import-not-found]  # beside this file
from web_worlds import web_world  # type: ignore[import-not-found]  # beside this file

from dam.core.doors import GROUPS, load_door, load_doors
from dam.core.entry_points import EntryPoint, entry_points
from dam.core.exceptions import PluginError
from dam_app.cli.doctor import check_doors
from dam_app.cli.main import main
from dam_app.cli.plugins import door_rows
from dam_web.app import create_api


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder: Path = install(tmp_path / "outside")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in [name for name in sys.modules if name.startswith("mood_")]:
        del sys.modules[name]


def test_what_is_installed_can_be_loaded() -> None:
    assert {group: load_doors(group) for group in GROUPS} == {group: {} for group in GROUPS}
    assert {row["status"] for row in check_doors()} == {"ok"}
    assert door_rows() == []


async def test_a_router_is_added_and_a_broken_one_is_named(
    outside: Path, tmp_path: Path, migrated_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with web_world(tmp_path / "home", migrated=migrated_database) as world:
        with caplog.at_level(logging.WARNING):
            api = create_api(world)
        for name in BROKEN["dam.api"]:
            assert f"'{name}' (dam.api) cannot be loaded" in caplog.text
        assert "it takes GET /api/dam/stats, which is there already" in caplog.text
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://localhost") as client:
            assert (await client.get("/api/dam/mood")).json() == {"mood": "cheerful", "world": "main"}
            assert "taken" not in (await client.get("/api/dam/stats")).json()
            described = (await client.get("/api/openapi.json")).json()["paths"]
            assert {"/api/dam/mood", "/api/dam/assets"} <= set(described)
            assert "/api/dam/mood-undescribed" not in described
            assert (await client.get("/api/dam/mood-nowhere")).json()["error"]["type"] == "HTTPError"


def test_doctor_and_plugins_name_what_is_broken(outside: Path) -> None:
    wanted = {f"{group} {name}" for group in GROUPS for name in BROKEN[group]}
    wrong = {row["check"]: row["detail"] for row in check_doors() if row["status"] == "wrong"}
    used_first = {f"dam.api mood-{name}" for name in ("raises", "undescribed", "taking")}  # the server's log tells of those
    assert set(wrong) - set(GROUPS) == wanted - used_first
    assert "out of order" in wrong["dam.cli mood-raises"]
    assert "nowhere.js" in wrong["dam.ui mood-broken"]
    assert {row["name"] for row in door_rows()} == set(wrong) - set(GROUPS)


def test_a_verb_of_another_package(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["mood", "--loud"])
    assert (end.value.code, capsys.readouterr().out) == (0, "CHEERFUL\n")
    for name in sorted(BROKEN["dam.cli"]):
        with pytest.raises(SystemExit) as end:
            main([name])
        out, err = capsys.readouterr()
        assert (end.value.code, out) == (1, "")
        assert err.startswith(f"dam: '{name}' (dam.cli) cannot be loaded: ")
        assert len(err.splitlines()) == 1
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert "Tells the mood of the library." in out
    assert "mood-raises" in out


def test_a_tab_needs_its_files(outside: Path) -> None:
    points = entry_points("dam.ui")
    assert load_door(points["mood"]).title == "Mood"
    with pytest.raises(PluginError, match=r"nowhere\.js"):
        load_door(points["mood-broken"])
    with pytest.raises(PluginError, match="is no InspectorTab"):
        load_door(EntryPoint("mood-nothing", "mood_doors.api:NOTHING", "dam.ui"))


def test_a_plugin_that_is_not_there_has_no_doors(outside: Path) -> None:
    used: list[str] = []
    load_doors("dam.ui", lambda point, _: used.append(point.name), absent={"mood"})
    assert [name for name in used if name.startswith("mood")] == ["mood-failing", "mood-other"]
