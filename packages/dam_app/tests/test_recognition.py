"""Drivers that recognise contents beyond their MIME type: when a file is indexed, when they are installed later, by what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dam import Analysis, AssetAnalysis, AssetDriver, AssetType, BaseEvent, ConfigComponent, Entity, Findings, Plugin, SettingsModel, World
from dam.assets.commands import ExportAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AnalysisScheduler, DriverRegistry, Facts
from dam.core.exceptions import RegistrationError
from dam.core.systems import system
from dam_app.plugin import AppPlugin
from dam_fs.commands import IndexPathCommand, StoreFilesCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeWorld

SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"


class Settings(SettingsModel):
    """None."""


class RecognitionSettingsComponent(ConfigComponent):
    __tablename__ = "component_recognition_test_config"


@dataclass
class SubtitleDetected(BaseEvent):
    entity: Entity
    file_id: int


heard: list[int] = []


@pytest.fixture(autouse=True)
def functions_for_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child imports what it runs from the folder of this file."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@system(on_event=SubtitleDetected)
async def hear(event: SubtitleDetected, scheduler: AnalysisScheduler) -> None:
    heard.append(event.entity.id)
    scheduler.ring()


def is_subtitle(facts: Facts) -> bool:
    return b" --> " in facts.get("head", b"")


def has_cover(facts: Facts) -> bool:
    return "cover.txt" in facts.get("entries", ())


def found_cues(answer: Mapping[str, Any]) -> Findings:
    return Findings(said={"title": answer["first"]})


def found_entries(answer: Mapping[str, Any]) -> Findings:
    return Findings(facts=Facts(entries=answer["lines"]))


class SubtitlePlugin(Plugin):
    name = "subtitles"
    requires: ClassVar[tuple[str, ...]] = ("dam_assets",)
    Settings = Settings
    SettingsComponent = RecognitionSettingsComponent

    def build(self, world: World) -> None:
        cues = AssetAnalysis(Analysis("subtitle.first", 1, "recognition_functions:first_line"), found_cues)
        world.register_driver(
            AssetDriver(
                AssetType.DOCUMENT,
                ("text/*", "application/x-subrip"),
                name="subtitle",
                recognises=is_subtitle,
                detected=SubtitleDetected,
                analyses=(cues,),
            )
        )
        lines = AssetAnalysis(Analysis("list.lines", 1, "recognition_functions:all_lines"), found_entries)
        world.register_driver(AssetDriver(AssetType.DOCUMENT, ("text/*",), analyses=(lines,)))
        world.register_driver(
            AssetDriver(AssetType.TEXTURE_PACK, ("text/*",), name="covered", recognises=has_cover, detected=SubtitleDetected)
        )
        world.register_system(hear)


async def exported(world: World) -> dict[str, dict[str, Any]]:
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}


def write(folder: Path) -> Path:
    folder.mkdir()
    (folder / "film.srt").write_text(SUBTITLES)
    (folder / "notes.txt").write_text("nothing of that kind\n")
    (folder / "list.txt").write_text("a\ncover.txt\n")
    return folder


def check(found: dict[str, dict[str, Any]]) -> None:
    assert {name: row["type"] for name, row in found.items()} == {
        "film.srt": "document",
        "notes.txt": "document",
        "list.txt": "texture_pack",
    }
    assert {name: row["title"] for name, row in found.items()} == {"film.srt": "1", "notes.txt": None, "list.txt": None}
    assert all(row["status"] == "ready" for row in found.values())


async def test_a_file_is_recognised_when_it_is_indexed_or_stored(make_world: MakeWorld, tmp_path: Path) -> None:
    heard.clear()
    world = make_world(AssetsPlugin(), FsPlugin(), AppPlugin(), SubtitlePlugin())
    folder = write(tmp_path / "files")
    await world.dispatch_command(IndexPathCommand(folder))
    found = await exported(world)
    check(found)
    assert sorted(heard) == sorted([found["film.srt"]["id"], found["list.txt"]["id"]])
    (tmp_path / "other.srt").write_text(SUBTITLES + "again\n")
    await world.dispatch_command(StoreFilesCommand((tmp_path / "other.srt",)))
    found = await exported(world)
    assert found["other.srt"]["type"] == "document"
    assert found["other.srt"]["title"] == "1"


async def test_what_was_indexed_before_the_plugin_came_is_recognised(make_world: MakeWorld, tmp_path: Path) -> None:
    folder = write(tmp_path / "files")
    before = make_world(AssetsPlugin(), FsPlugin(), AppPlugin(), home=tmp_path / "home")
    await before.dispatch_command(IndexPathCommand(folder))
    assert (await exported(before))["list.txt"]["type"] == "document"
    await before.close()
    world = make_world(AssetsPlugin(), FsPlugin(), AppPlugin(), SubtitlePlugin(), home=tmp_path / "home")
    await world.dispatch_command(IndexPathCommand(folder))
    check(await exported(world))


def test_a_recogniser_has_a_name_of_its_own() -> None:
    registry = DriverRegistry()
    with pytest.raises(RegistrationError, match="needs a name"):
        registry.register(AssetDriver("a", ("*",), recognises=is_subtitle))
    registry.register(AssetDriver("a", ("*",), name="one", recognises=is_subtitle))
    with pytest.raises(RegistrationError, match="'one'"):
        registry.register(AssetDriver("b", ("*",), name="one"))


def test_one_that_fails_recognises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fails(facts: Facts) -> bool:
        return bool(facts["head"])

    registry = DriverRegistry()
    registry.register(AssetDriver("a", ("*",), name="one", recognises=fails))
    assert registry.recognise(Facts(mime_type="text/plain")) is None
    assert "'one'" in caplog.text
