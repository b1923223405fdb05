"""`roots`, `missing`, `relink` and `doctor`: what they do with folders that move, go away, or lose files."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

from dam_test_utils.fixtures import MakeFiles


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of 60 files."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}").write_text(f"content {number}")
    return folder


def status(dam: Dam, name: str = "many") -> str:
    return str(next(row["status"] for row in dam("roots", "--json").document if row["name"] == name))


def test_an_offline_root_is_told_and_ends_with_code_6(dam: Dam, many: Path) -> None:
    dam("index", many)
    assert status(dam) == "online"
    many.rename(many.parent / "away")
    assert status(dam) == "offline"
    ended = dam("index", many)
    assert (ended.code, ended.out) == (6, "")
    assert "plugged in" in ended.err
    assert len(ended.err.splitlines()) == 1
    ended = dam("doctor", "--json")
    assert ended.code == 5
    (told,) = [row for row in ended.document if row["check"] == "root many"]
    assert (told["status"], told["detail"].split(":")[0]) == ("wrong", "offline")
    (many.parent / "away").rename(many)
    assert status(dam) == "online"
    assert dam("index", many, "--json").document["unchanged"] == 60


def test_a_suspect_root_is_confirmed(dam: Dam, many: Path) -> None:
    many = many.rename(many.with_name("Cafe\u0301"))  # as a Mac writes it: what people are shown is written otherwise
    dam("index", many, "--name", "many")
    for number in range(30):
        (many / f"{number}").unlink()
    ended = dam("index", many)
    assert ended.code == 0
    assert "dam missing confirm many" in ended.err
    assert status(dam) == "suspect"
    (told,) = [row for row in dam("doctor", "--json").document if row["check"] == "root many"]
    assert told["detail"].startswith("suspect")
    assert dam("missing", "--json").document == []
    assert dam("missing", "confirm", "many", "--dry-run", "--json").document["missing"] == 30
    assert status(dam) == "suspect"
    assert dam("missing", "confirm", "many", "--json").document["missing"] == 30
    assert status(dam) == "online"
    rows = dam("missing", "--root", "many", "--jsonl").lines
    assert {row["path"] for row in rows} == {unicodedata.normalize("NFC", str(many / f"{number}")) for number in range(30)}
    assert {(row["status"], row["places"], row["root"]) for row in rows} == {("missing", 0, "many")}
    assert len(dam("missing").out.splitlines()) == 31
    assert dam("missing", "list", "--jsonl").lines == rows
    for wrong in (("missing", "--root", "nowhere"), ("missing", "confirm", "nowhere"), ("missing", "confirm", "store")):
        ended = dam(*wrong)
        assert (ended.code, ended.out) == (2, "")
        assert "dam roots" in ended.err


def test_roots_are_added_moved_renamed_and_forgotten(dam: Dam, many: Path) -> None:
    assert "fit to be" in dam("roots", "add", many, "--dry-run").out
    assert many.name not in [row["name"] for row in dam("roots", "--json").document]
    dam("roots", "add", many, "--name", "mine")
    assert dam("index", "--json").document["new"] == 60
    assert dam("roots", "rename", "mine", "ours", "--json").document == {"name": "ours", "dry_run": False}
    moved = many.rename(many.parent / "elsewhere")
    assert "60 files" in dam("roots", "relocate", "ours", moved, "--dry-run").out
    assert dam("roots", "relocate", "ours", moved, "--json").document["files"] == 60
    assert dam("index", "--json").document["unchanged"] == 60
    (row,) = [one for one in dam("roots", "--jsonl").lines if one["name"] == "ours"]
    assert (row["path"], row["files"], row["status"]) == (str(moved), 60, "online")
    assert "60 places of 'ours' would be forgotten; 60 assets" in dam("roots", "forget", "ours", "--dry-run").out
    assert dam("roots", "forget", "ours", "--json").document == {"files": 60, "missing": 60, "dry_run": False}
    assert "ours" not in [one["name"] for one in dam("roots", "--json").document]
    assert dam("roots", "forget", "ours").code == 2


def test_a_question_is_answered(dam: Dam, make_files: MakeFiles) -> None:
    root = make_files({"2019/notes.txt": "first words", "2019/diary.txt": "dear", "b": "b"})
    dam("index", root)
    (root / "2020").mkdir()
    for name in ("notes.txt", "diary.txt"):
        (root / "2020" / name).write_text(f"other words in {name}")
        (root / "2019" / name).unlink()
    dam("index", root)
    questions = dam("relink", "list", "--json").document
    assert {Path(one["lost_path"]).name for one in questions} == {"notes.txt", "diary.txt"}
    (root / "2020").rename(root / "2021")
    dam("index", root)
    questions = dam("relink", "list", "--json").document
    assert {Path(one["found_path"]).parent for one in questions} == {root / "2021"}, "where it is now"
    first, second = questions
    assert first["lost_path"] in dam("relink", "accept", str(first["id"]), "--dry-run").out
    assert len(dam("relink", "list", "--json").document) == 2
    assert f"asset {first['lost']} has the file" in dam("relink", "accept", str(first["id"])).out
    assert "waits" in dam.fails(1, "relink", "accept", "999", "--dry-run")
    both = dam("relink", "reject", str(second["id"]), "999")
    assert ("two assets" in both.out, "no question 999" in both.err, both.code) == (True, True, 1)
    assert dam("relink", "list", "--json").document == []
    assert dam("relink", "accept", str(first["id"])).code == 2
