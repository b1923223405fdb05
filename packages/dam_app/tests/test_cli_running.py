"""The verbs that run the library, its settings, its errors and their exit codes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

from dam.core.entry_points import entry_points
from dam.core.exceptions import DamError
from dam_app.cli import invocation
from dam_app.cli.main import main

VERBS = sorted(entry_points("dam.cli"))


def test_roots_plugins_and_worlds(indexed: Dam) -> None:
    (root,) = indexed("roots", "--json").document
    assert (root["name"], root["files"], root["path"]) == ("files", 4, str(indexed.tree))
    assert indexed("roots", "--jsonl").lines == [root]
    assert "files" in indexed("roots").out
    rows = {row["name"]: row for row in indexed("plugins", "--json").document}
    assert {name for name, row in rows.items() if row["status"] == "loaded"} >= {"dam_fs", "dam_media_image", "dam_app", "dam_web"}
    (world,) = indexed("worlds", "list", "--json").document
    assert world == {"name": "main", "chosen": True, "data_directory": str(indexed.home)}
    assert "IndexPathCommand" in indexed("worlds", "describe", "--json").document["commands"]
    assert "IndexPathCommand" in indexed("worlds", "describe").out


def test_configuration_tells_the_origins(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    (dam.home / "dam.toml").write_text("[worlds.main.plugins.dam_fs]\nreaders = 3\nsettle_seconds = 9\n")
    settings = {row["key"]: row for row in dam("config", "show", "--json").document}
    prefix = "worlds.main.plugins"
    assert (settings["home"]["value"], settings["home"]["origin"]) == (str(dam.home), "--home")
    assert settings[f"{prefix}.dam_fs.settle_seconds"]["value"] == 0
    assert settings[f"{prefix}.dam_fs.settle_seconds"]["origin"] == "DAM_FS__SETTLE_SECONDS"
    assert settings[f"{prefix}.dam_fs.readers"]["value"] == 3
    assert settings[f"{prefix}.dam_fs.readers"]["origin"] == str(dam.home / "dam.toml")
    assert settings[f"{prefix}.dam_web.port"]["origin"] == "default"
    monkeypatch.setenv("DAM_HOME", str(dam.home))
    rows = dam.bare("config", "show", "--json").document
    assert {"key": "home", "value": str(dam.home), "origin": "DAM_HOME"} in rows


def test_two_worlds_share_nothing(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    (dam.home / "dam.toml").write_text("[worlds.main]\n[worlds.other]\n")
    assert dam("--world", "other", "add", dam.tree / "c.txt").code == 0
    assert [row["filename"] for row in dam("--world", "other", "ls", "--json").document] == ["c.txt"]
    assert dam("ls", "--json").document == []
    monkeypatch.setenv("DAM_WORLD", "other")
    assert len(dam("ls", "--json").document) == 1
    assert dam("-w", "main", "ls", "--json").document == [], "a flag goes before a variable"
    assert [(row["name"], row["chosen"]) for row in dam("worlds", "list", "--json").document] == [("main", False), ("other", True)]
    assert (dam.home / "worlds" / "other" / "dam.db").is_file()


def test_the_home_of_the_environment(dam: Dam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_HOME", str(tmp_path / "elsewhere"))
    assert dam.bare("db", "upgrade").code == 0
    assert (tmp_path / "elsewhere" / "dam.db").is_file()
    assert dam("worlds", "list", "--json").document[0]["data_directory"] == str(dam.home), "a flag goes before a variable"


def test_doctor(indexed: Dam, tmp_path: Path) -> None:
    ended = indexed("doctor", "--json")
    assert {row["check"] for row in ended.document} >= {"python", "sqlite", "home", "plugins", "root files"}
    assert (ended.code, {row["status"] for row in ended.document} - {"missing"}) == (0, {"ok"})
    folder = tmp_path / "soon gone"
    folder.mkdir()
    indexed("index", folder)
    folder.rmdir()
    ended = indexed("doctor", "--json")
    assert (ended.code, ended.err) == (5, "")
    assert [row["check"] for row in ended.document if row["status"] == "wrong"] == ["root soon-gone"]


def test_doctor_of_a_broken_library(dam: Dam) -> None:
    (dam.home / "dam.db").write_bytes(b"no database at all" * 100)
    ended = dam("doctor", "--json")
    assert ended.code == 5
    assert [row["check"] for row in ended.document if row["status"] == "wrong"] == ["world"]


def test_database_verbs(dam: Dam) -> None:
    (dam.home / "dam.db").unlink()
    first, second = dam("setup-db"), dam("setup-db")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    current = dam("db", "current").out.split()
    assert current == sorted(current)
    assert current
    assert set(current) <= set(dam("db", "history").out.split())
    assert dam("db", "upgrade").out == first.out


def test_an_unknown_world_and_empty_names(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no world 'nowhere'" in dam.fails(2, "--world", "nowhere", "ls")
    for verb in ("index", "add", "backup", "verify"):
        assert "empty" in dam.fails(2, verb, ""), "it is not the current folder"
    for option in ("--home", "--world"):
        assert f"{option} is empty" in dam.fails(2, option, "", "ls")
    monkeypatch.setenv("DAM_WORLD", "nowhere")
    assert "There is no world 'nowhere'" in dam.fails(2, "ls")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[worlds", "dam.toml"), ("worlds = 3", "'worlds'"), ("[worlds]\nmain = 3", "worlds.main"),
        ("[worlds.main]\nnonsense = 1", "worlds.main.nonsense"), ("\xff", "dam.toml"),
        ("[worlds.main.plugins.dam_fs]\nreaders = 'x'", "worlds.main.plugins.dam_fs.readers"),
        ("[worlds.main.plugins.dam_fs]\nnonsense = 1", "worlds.main.plugins.dam_fs.nonsense"),
    ],
)  # fmt: skip
def test_a_broken_configuration_is_named(dam: Dam, text: str, named: str) -> None:
    (dam.home / "dam.toml").write_bytes(text.encode("latin-1"))
    assert named in dam.fails(1, "roots")


def test_a_wrong_variable_is_named(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_FS__READERS", "many")
    message = dam.fails(1, "roots")
    assert "dam_fs.readers" in message or "DAM_FS__READERS" in message


def test_a_database_of_a_newer_program(dam: Dam) -> None:
    with closing(sqlite3.connect(dam.home / "dam.db")) as connection, connection:
        connection.execute("INSERT INTO alembic_version VALUES ('dam_9999')")
    assert "newer" in dam.fails(8, "ls")


def test_a_database_that_is_held_by_another(indexed: Dam, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("dam.core.database.BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(indexed.home / "dam.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert "another process" in indexed.fails(7, "tag", "1", "--add", "x")
        assert "Another process is writing to the database; waiting for it" in caplog.text
        assert indexed("ls", "--json").code == 0
        connection.execute("ROLLBACK")


def test_a_database_that_is_none(dam: Dam) -> None:
    (dam.home / "dam.db").write_bytes(b"no database at all" * 100)
    assert "dam.db" in dam.fails(1, "ls")


def test_a_home_that_cannot_be_made(dam: Dam, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dam.home = tmp_path / "file" / "home"
    dam.fails(1, "ls")


def test_wrong_usage_is_code_2(dam: Dam) -> None:
    for arguments in (("nonsense",), ("ls", "--nonsense"), ("show",), ("ls", "--limit", "x"), ("tag",), ("db", "nonsense"), ()):
        ended = dam(*arguments)
        assert (ended.code, ended.out) == (2, ""), arguments
        assert ended.err, arguments
    assert "beauty" in dam.fails(2, "ls", "--sort", "beauty")
    for arguments, named in (
        (("ls", "--type", "nonsense"), "There is no type 'nonsense'; the types are app_package, archive, audio, "),
        (("search", "status:nonsense"), "There is no status 'nonsense'; an asset is uploading, processing, "),
        (("jobs", "show", "nonsense"), "There is no analysis 'nonsense'; there are: "),
    ):
        assert named in dam.fails(2, *arguments)
    assert dam("ls", "--type", "IMAGE", "--tag", "nobody/has/it", "--json").document == []


def test_debug_keeps_the_traceback(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invocation.INVOCATION, "debug", False)
    with pytest.raises(DamError):
        main(["--home", str(dam.home), "--debug", "show", "nowhere"])


def test_a_bug_keeps_its_traceback(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(invocation.INVOCATION, "configuration", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        dam("worlds", "list")


def test_an_interruption_is_code_130(dam: Dam, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(invocation.INVOCATION, "create_world", interrupted)
    assert "Interrupted" in dam.fails(130, "ls")
    assert "Interrupted" in dam.fails(130, "config", "show")


# -- help ----------------------------------------------------------------------------------------------------------------------


def test_every_verb_has_a_line_in_the_help(dam: Dam) -> None:
    ended = dam("--help")
    assert (ended.code, ended.err) == (0, "")
    listed = dict(line.split(maxsplit=1) for line in ended.out.partition("Commands:\n")[2].splitlines())
    assert list(listed) == sorted(VERBS)
    for verb, line in listed.items():
        assert line.endswith((".", ").")), f"the line of {verb} is cut: {line}"
        assert not line.endswith("..."), f"the line of {verb} is cut: {line}"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_of_its_own(dam: Dam, verb: str) -> None:
    for flag in ("--help", "-h"):
        ended = dam(verb, flag)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith(f"Usage: dam {verb} ")


def test_the_version(dam: Dam) -> None:
    versions = {dam.bare(*arguments).out for arguments in (["--version"], ["-V"], ["--debug", "--version"])}
    assert len(versions) == 1
    assert versions.pop().startswith("dam ")
