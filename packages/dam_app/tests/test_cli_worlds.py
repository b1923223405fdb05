"""Worlds that the command line makes: by name, and of an entity that describes one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

from dam.assets.settings import AssetsSettingsComponent
from dam.core.exceptions import ConfigurationError, EntityNotFoundError, UnknownWorldError
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam.models.config import ConfigComponent
from dam_app.commands import CreateWorldFromEntityCommand
from dam_app.resources import LiveWorlds
from dam_app.settings import AppSettingsComponent
from dam_fs.settings import FsSettings, FsSettingsComponent


def describe(home: Path, *components: ConfigComponent) -> int:
    """An entity of the world `main` with these components."""

    async def write() -> int:
        async with create_world(settings=WorldSettings.in_directory("main", home)) as world, world.transaction() as transaction:
            entity = (await transaction.create_entity()).id
            await transaction.add_components((entity, component) for component in components)
            return entity

    return asyncio.run(write())


def test_a_world_from_an_entity_answers_its_name_and_works(dam: Dam) -> None:
    entity = describe(dam.home, FsSettingsComponent(settings={"readers": 2}), AppSettingsComponent())
    assert dam("worlds", "from-entity", str(entity), "--name", "travels").out == "travels\n"
    assert dam("--world", "travels", "add", dam.tree / "c.txt").code == 0
    assert [row["filename"] for row in dam("--world", "travels", "ls", "--json").document] == ["c.txt"]
    assert dam("ls", "--json").document == []
    settings = {row["key"]: row for row in dam("--world", "travels", "config", "show", "--json").document}
    file = dam.home / "worlds" / "travels" / "world.toml"
    assert settings["worlds.travels.plugins.dam_fs.readers"] == {
        "key": "worlds.travels.plugins.dam_fs.readers", "value": 2, "origin": str(file),
    }  # fmt: skip
    assert dam("--world", "travels", "worlds", "describe", "--json").document["plugins"] == ["dam_assets", "dam_fs", "dam_app"]
    assert "travels" in dam.fails(2, "worlds", "from-entity", str(entity), "--name", "travels")


def test_an_entity_that_describes_no_world(dam: Dam) -> None:
    assert "no settings component" in dam.fails(1, "worlds", "from-entity", str(describe(dam.home)))
    assert "no entity 99" in dam.fails(1, "worlds", "from-entity", "99")
    wrong = describe(dam.home, FsSettingsComponent(settings={"readers": "x"}))
    assert f"worlds.entity-{wrong}.plugins.dam_fs.readers" in dam.fails(1, "worlds", "from-entity", str(wrong))
    assert not (dam.home / "worlds").exists(), "nothing is left behind"


async def test_the_new_world_is_at_hand_in_the_old_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.transaction() as transaction:
        entity = (await transaction.create_entity()).id
        await transaction.add_component_to_entity(entity, FsSettingsComponent(settings={"readers": 3}))
        bare = (await transaction.create_entity()).id
    name = (await world.dispatch_command(CreateWorldFromEntityCommand(entity))).one()
    live = world.get_resource(LiveWorlds)
    made = live.get(name)
    assert (name, made.is_open, made.settings.data_directory) == (f"entity-{entity}", True, world.settings.data_directory / "worlds" / name)
    assert made.get_settings(FsSettings).readers == 3
    for wrong, kind in ((bare, ConfigurationError), (99, EntityNotFoundError), (entity, ConfigurationError)):
        with pytest.raises(kind):
            await world.dispatch_command(CreateWorldFromEntityCommand(wrong))
    with pytest.raises(UnknownWorldError):
        live.get("other")
    monkeypatch.setenv("DAM_DATABASE_URL", world.settings.database_url)
    with pytest.raises(ConfigurationError, match="share the database"):
        await world.dispatch_command(CreateWorldFromEntityCommand(entity, "twin"))
    await world.close()
    assert not made.is_open, "it closes with the one that made it"


def test_create_writes_a_description_and_the_world_works(dam: Dam) -> None:
    before = "# mine\n[worlds.main]\n"
    (dam.home / "dam.toml").write_text(before)
    made = dam("worlds", "create", "music", "--set", "dam_fs.readers=2", "--set", "dam_assets.visibility=public", "--json").document
    assert made == {"name": "music", "data_directory": str(dam.home / "worlds" / "music")}
    assert (dam.home / "dam.toml").read_text() == before
    assert dam("--world", "music", "add", dam.tree / "c.txt").code == 0
    assert len(dam("--world", "music", "ls", "--json").document) == 1
    assert [row["name"] for row in dam("worlds", "list", "--json").document] == ["main", "music"]
    settings = {row["key"]: row["value"] for row in dam("-w", "music", "config", "show", "--json").document}
    assert settings["worlds.music.plugins.dam_assets.visibility"] == "public"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("main",), 2, "a world 'main' already"),
        (("../x",), 2, "cannot be a world's name"),
        (("new", "--set", "dam_fs.readers"), 2, "PLUGIN.KEY=VALUE"),
        (("new", "--set", "dam_nothing.x=1"), 2, "no plugin 'dam_nothing'"),
        (("new", "--set", "dam_fs.readers=x"), 1, "worlds.new.plugins.dam_fs.readers"),
        (("new", "--set", "dam_fs.nonsense=1"), 1, "worlds.new.plugins.dam_fs.nonsense"),
        (("new", "--database", "mysql://x/y"), 1, "mysql"),
    ],
)
def test_create_refuses_what_cannot_be(dam: Dam, arguments: tuple[str, ...], code: int, words: str) -> None:
    assert words in dam.fails(code, "worlds", "create", *arguments)
    assert not (dam.home / "worlds").exists()


def test_create_checks_first_and_tells_no_secret(dam: Dam) -> None:
    url = f"sqlite:///{dam.home / 'dam.db'}"
    assert "share the database of 'main'" in dam.fails(1, "worlds", "create", "twin", "--database", url)
    assert dam("worlds", "create", "dry", "--dry-run").out == "dry\n"
    assert not (dam.home / "worlds").exists()
    ended = dam("worlds", "create", "far", "--database", "postgresql://me:secret@host/far")
    shown = dam("--world", "far", "config", "show", "--json")
    assert "postgresql://me:***@host/far" in json.dumps(shown.document)
    assert "secret" not in ended.out + ended.err + shown.out + shown.err


def test_an_unknown_world_is_wrong_usage(dam: Dam) -> None:
    (dam.home / "dam.toml").write_text("[worlds.main]\n[worlds.other]\n")
    assert "the worlds are: main, other" in dam.fails(2, "--world", "nowhere", "ls")
    for name in ("main", "other"):
        assert dam("--world", name, "ls", "--json").document == []
    assert AssetsSettingsComponent.__tablename__ == "component_dam_assets_config"
