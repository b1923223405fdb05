"""Settings: flag, then environment, then dam.toml, then default; each knows where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dam.core.config import Configuration, Setting, load_configuration
from dam.core.exceptions import ConfigurationError, UnknownWorldError

TOML = """
default_world = "photos"

[worlds.photos]
data_directory = "pictures"
disabled = ["dam_semantic"]
closing_seconds = 2
turn_seconds = 0.5

[worlds.photos.plugins.dam_fs]
settle_seconds = 5

[worlds.music]
database_url = "postgresql://me:secret@host/music"
enabled = ["dam_assets", "dam_fs"]
"""


def configuration(home: Path, text: str | bytes | None = None, **environment: str) -> Configuration:
    if text is not None:
        (home / "dam.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_configuration(home, environment)


def found(settings: list[Setting], key: str) -> Setting:
    return next(setting for setting in settings if setting.key == key)


def test_without_a_file_there_is_a_world_main_in_the_home(tmp_path: Path) -> None:
    made = configuration(tmp_path)
    world = made.world()
    assert made.world_names == ["main"]
    assert (world.name, world.data_directory, world.database_url) == ("main", tmp_path, f"sqlite:///{tmp_path / 'dam.db'}")
    assert world.plugin_options == {}
    assert world.enabled is None


def test_the_file(tmp_path: Path) -> None:
    made = configuration(tmp_path, TOML)
    photos, music = made.world(), made.world("music")
    assert made.world_names == ["photos", "music"]
    assert photos.name == "photos"
    assert photos.data_directory == tmp_path / "pictures"
    assert photos.database_url == f"sqlite:///{tmp_path / 'pictures' / 'dam.db'}"
    assert photos.plugin_options == {"dam_fs": {"settle_seconds": 5}}
    assert photos.disabled == ("dam_semantic",)
    assert (photos.closing_seconds, photos.turn_seconds) == (2.0, 0.5)
    assert (music.closing_seconds, music.turn_seconds) == (5.0, 300.0)
    assert music.data_directory == tmp_path / "worlds" / "music"
    assert music.enabled == ("dam_assets", "dam_fs")


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    made = configuration(
        tmp_path, TOML, DAM_WORLD="music", DAM_FS__SETTLE_SECONDS="0.5", DAM_FS__EXTRA_HASHES='["md5"]', DAM_APP__NAME="plain text"
    )
    assert made.world().name == "music"
    assert made.world("photos").plugin_options["dam_fs"] == {"settle_seconds": 0.5, "extra_hashes": ["md5"]}
    assert made.world().plugin_options["dam_app"] == {"name": "plain text"}
    assert configuration(tmp_path, DAM_DATABASE_URL="sqlite:////x/y.db").world().database_url == "sqlite:////x/y.db"


def test_the_flag_goes_before_the_environment(tmp_path: Path) -> None:
    assert configuration(tmp_path, TOML, DAM_WORLD="music").world("photos").name == "photos"
    assert load_configuration(tmp_path, {"DAM_HOME": "/elsewhere"}).home == tmp_path


def test_where_the_home_is() -> None:
    assert load_configuration(None, {"DAM_HOME": "/nowhere/a"}).home == Path("/nowhere/a")
    assert load_configuration(None, {"XDG_DATA_HOME": "/nowhere/b"}).home == Path("/nowhere/b/dam")
    assert load_configuration(None, {"HOME": "/nowhere/c"}).home == Path("/nowhere/c/.local/share/dam")


def test_another_file(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[worlds.here]\ndata_directory = "x"\n')
    made = load_configuration(tmp_path / "home", {"DAM_CONFIG": str(other)})
    assert made.world().name == "here"
    assert made.world().data_directory == tmp_path / "x"


def test_every_setting_tells_its_origin(tmp_path: Path) -> None:
    made = configuration(tmp_path, TOML, DAM_FS__READERS="2")
    settings = made.settings("photos")
    file = str(tmp_path / "dam.toml")
    assert found(settings, "home").origin == "--home"
    assert found(settings, "worlds.photos.data_directory").origin == file
    assert found(settings, "worlds.photos.database_url").origin == "default"
    assert found(settings, "worlds.photos.turn_seconds") == Setting("worlds.photos.turn_seconds", 0.5, file)
    assert found(made.settings("music"), "worlds.music.turn_seconds").origin == "default"
    settle = "worlds.photos.plugins.dam_fs.settle_seconds"
    assert found(settings, settle) == Setting(settle, 5, file)
    assert found(settings, "worlds.photos.plugins.dam_fs.readers").origin == "DAM_FS__READERS"
    assert load_configuration(None, {"DAM_HOME": str(tmp_path)}).home_origin == "DAM_HOME"
    assert (
        found(configuration(tmp_path, "", DAM_DATABASE_URL="sqlite:////x.db").settings(), "worlds.main.database_url").origin
        == "DAM_DATABASE_URL"
    )


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    settings = configuration(tmp_path, TOML).settings("music")
    assert found(settings, "worlds.music.database_url").value == "postgresql://me:***@host/music"


@pytest.mark.parametrize(
    ("option", "value", "visible"),
    [
        ("api_token", "abc", "***"),
        ("password", "x", "***"),
        ("secret_key", "x", "***"),
        ("password", None, None),
        ("broker", "amqp://me:abc@host:5672/x", "amqp://me:***@host:5672/x"),
        ("broker", "amqp://host:5672/a@b", "amqp://host:5672/a@b"),
        ("keyboard", "x", "x"),
        ("readers", 3, 3),
    ],
)
def test_no_secret_of_a_plugin_is_shown(tmp_path: Path, option: str, value: object, visible: object) -> None:
    table = {"plugins": {"other": {option: value}}}
    (setting,) = [one for one in configuration(tmp_path).with_world("main", table).settings("main") if ".plugins." in one.key]
    assert setting.value == visible


def test_an_unknown_world_is_wrong_usage_and_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownWorldError, match=r"no world 'x'; the worlds are: photos, music") as caught:
        configuration(tmp_path, TOML).world("x")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[worlds\n", "dam.toml cannot be understood"),
        (b"\xff\xfe", "dam.toml cannot be understood"),
        ("worlds = 3\n", "'worlds' must be a table"),
        ("[worlds]\nmain = 3\n", "worlds.main must be a table"),
        ("[worlds.main]\ncolour = 3\n", "worlds.main.colour is not a setting"),
        ("[worlds.main]\nturn_seconds = true\n", "worlds.main.turn_seconds must be a number of seconds, not True"),
        ("[worlds.main]\nclosing_seconds = -1\n", "worlds.main.closing_seconds must be a number of seconds, not -1"),
        ("[worlds.main.plugins]\ndam_fs = 3\n", "worlds.main.plugins.dam_fs must be a table"),
    ],
)
def test_a_broken_file_is_told_in_one_sentence(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration(tmp_path, text).world("main")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "dam.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_configuration(tmp_path, {})


def test_the_store_has_a_variable_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dam.core.config import settings

    assert configuration(tmp_path, TOML, ASSET_STORAGE_PATH="/store").world().plugin_options["dam_fs"]["store"] == "/store"
    both = configuration(tmp_path, TOML, ASSET_STORAGE_PATH="/store", DAM_FS__STORE="/other")
    assert both.world().plugin_options["dam_fs"]["store"] == "/other"
    (tmp_path / "dam.toml").unlink()
    told = found(configuration(tmp_path, ASSET_STORAGE_PATH="/store").settings(), "worlds.main.plugins.dam_fs.store")
    assert (told.value, told.origin) == ("/store", "ASSET_STORAGE_PATH")
    monkeypatch.setenv("DAM_HOME", str(tmp_path))
    assert tmp_path / "store" == settings.ASSET_STORAGE_PATH
    monkeypatch.setenv("ASSET_STORAGE_PATH", str(tmp_path / "elsewhere"))
    assert tmp_path / "elsewhere" == settings.ASSET_STORAGE_PATH
