"""`verify`: what the verbs that keep a library sound print, and with which code they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

from dam.core.exceptions import UsageError
from dam_app.cli.amounts import parse_seconds, parse_share


def damage(home: Path) -> Path:
    """Flip a bit of the one object in the store."""
    (path,) = (home / "store").glob("??/??/*")
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    return path


def test_verify_says_what_is_wrong_and_repairs_it(dam: Dam) -> None:
    assert dam("add", dam.tree / "c.txt").code == 0
    sound = dam("verify", "--json")
    assert (sound.code, sound.document["checked"], sound.document["findings"]) == (0, 1, [])
    path = damage(dam.home)
    alone = dam("verify")
    assert alone.code == 5
    assert str(path) in alone.out
    assert "bring it back from a backup" in alone.out
    assert dam("index", dam.tree).code in (0, 3)  # one file of the tree is damaged
    told = dam("verify", "--json", "--time", "0s")
    assert (told.code, told.document["left"]) == (5, 5)
    assert told.document["findings"][0]["copies"] == [str(dam.tree / "c.txt")]
    mended = dam("verify", "--repair")
    assert mended.code == 5  # something was found
    assert "quarantine" in mended.out
    assert path.read_text() == "text"
    assert dam("verify", "name:c.txt").code == 0


def test_fsck_says_what_is_wrong_and_repairs_it(dam: Dam) -> None:
    assert dam("add", dam.tree / "c.txt").code == 0
    sound = dam("fsck", "--json")
    assert (sound.code, sound.document["findings"], sound.document["checked"]["read"]) == (0, [], 1)
    assert "1 objects" in dam("fsck").out
    path = damage(dam.home)
    (dam.home / "store" / "notes.txt").write_text("not an object")
    told = dam("fsck", "--json")
    assert (told.code, told.document["counts"]) == (5, {"stranger": 1, "damaged": 1})
    assert all(one["repaired"] is None for one in told.document["findings"])
    mended = dam("fsck", "--repair", "--sample", "100%")
    assert mended.code == 5
    assert f"{path.name}: damaged" in mended.out
    assert dam("fsck", "--grace", "0s").code == 0
    assert dam("show", "1", "--json").document["status"] == "missing"
    assert len(list((dam.home / "store" / "quarantine").iterdir())) == 2


def test_verify_of_what_is_not_there(indexed: Dam) -> None:
    assert "not in the library" in indexed.fails(2, "verify", "/nowhere")
    assert "no share" in indexed.fails(2, "verify", "--share", "0")
    assert "no time" in indexed.fails(2, "verify", "--time", "soon")


def test_verify_without_the_disk_is_not_well(dam: Dam, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/a.txt").write_text("a")
    dam("index", tmp_path / "disk")
    (tmp_path / "disk").rename(tmp_path / "away")
    ended = dam("verify")
    assert (ended.code, "cannot be reached" in ended.err) == (6, True)


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("0.5", 0.5), ("100%", 1.0), ("1", 1.0)])
def test_shares(text: str, share: float) -> None:
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400), (" 3S ", 3)])
def test_times(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0%", "101%", "-1", "nan", "much"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(UsageError):
        parse_share(text)


def test_a_backup_comes_back_in_another_home(dam: Dam, tmp_path: Path) -> None:
    assert dam("add", dam.tree / "c.txt", "--tags", "kept").code == 0
    made = dam("backup", tmp_path / "safe", "--json")
    assert (made.code, made.document["objects"], made.document["copied"]) == (0, 1, 1)
    assert "0 of them copied" in dam("backup", tmp_path / "safe").out
    back = dam.bare("--home", tmp_path / "new", "restore", tmp_path / "safe", "--verify", "--json")
    assert (back.code, back.document["objects"], back.document["check"]["findings"]) == (0, 1, [])
    assert dam.bare("--home", tmp_path / "new", "show", "1", "--json").document["tags"] == ["kept"]
    assert "not empty" in dam.fails(2, "restore", tmp_path / "safe")
    damage(dam.home)
    damaged = dam("backup", tmp_path / "other")
    assert damaged.code == 5
    assert "not in the backup" in damaged.err
