"""The verb `trash`, as a person and a program use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file


@pytest.fixture
def dam(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Dam:
    """A library with three texts in place: 1, 2 and 3."""
    tree = tmp_path / "texts"
    tree.mkdir()
    for name in ("a", "b", "c"):
        (tree / f"{name}.txt").write_text(f"content of {name}")
    made = Dam(home, tree, capsys)
    assert made("index", tree).code == 0
    return made


def test_in_out_and_away_for_good(dam: Dam) -> None:
    assert dam("trash", "1", dam.tree / "b.txt", "--dry-run").out == "2 assets would be put into the trash\n"
    assert dam("trash", "1", dam.tree / "b.txt").out == "2 assets put into the trash\n"
    assert [row["id"] for row in dam("ls", "--json").document] == [3]
    assert [row["id"] for row in dam("trash", "--list", "--json").document] == [2, 1]
    assert [row["id"] for row in dam("export", "--trash").lines] == [1, 2]
    assert [row["id"] for row in dam("export").lines] == [3]
    again = dam("trash", "1", "--json")
    assert (again.document["unchanged"], again.err) == (1, "dam: 1 asset there already.\n")
    assert dam("trash", "--restore", "2", "--json").document == {"changed": 1, "unchanged": 0, "members": 0, "action": 2, "dry_run": False}
    assert "3 would leave" not in dam("trash", "--empty", "--dry-run").out
    emptied = dam("trash", "--empty", "--yes", "--json")
    assert (emptied.document["assets"], emptied.document["forgotten"]) == (1, 1)
    assert (dam.tree / "a.txt").read_text() == "content of a"
    assert [row["id"] for row in dam("trash", "--list", "--forgotten", "--jsonl").lines] == [1]
    assert dam("trash", "--restore", "--query", "").out == "0 assets taken out of the trash\n"
    assert dam("trash", "--restore", "1").out == "1 asset taken out of the trash\n"
    assert [row["status"] for row in dam("ls", "--json").document] == ["ready"] * 3


def test_what_makes_no_sense_is_told(dam: Dam) -> None:
    dam("trash", "--query", "name:a.txt")
    assert "4" in dam.fails(1, "trash", "4711")
    dam.fails(2, "trash")
    dam.fails(2, "trash", "--list", "--empty")
    dam.fails(2, "trash", "--empty", "--query", "x")
    assert "1 asset leaves the trash for good" in dam.fails(4, "trash", "--empty")
    assert dam("trash", "--empty", "--expired", "--yes").out.startswith("0 assets left the trash for good")


def test_undoing_what_was_done(dam: Dam) -> None:
    assert dam.fails(1, "undo") == "dam: There is no action that can be undone; see `dam undo --list`.\n"
    dam("tag", "1", "2", "--add", "red")
    assert dam("tag", "--query", "name:c", "--add", "red", "--dry-run").out == "would look at 1 asset\n"
    assert dam("tag", "--list", "--json").document == [{"name": "red", "assets": 2}]
    dam.fails(2, "tag", "--list", "--add", "blue")
    dam("trash", "--query", "tag:red")
    assert dam("undo", "--dry-run").out == "would be undone: 2  trash  a.txt and 1 more  (2 changed)\n"
    assert dam("undo").out == "undone: 2  trash  a.txt and 1 more  (2 changed)\n"
    assert len(dam("ls", "--json").document) == 3
    dam("tag", "1", "--remove", "red")
    assert "1 of 2 things were changed since" in dam.fails(1, "undo", "1")
    skipped = dam("undo", "1", "--skip", "--json")
    assert (skipped.code, skipped.document["changed"], skipped.document["action"]["verb"]) == (3, 1, "tag")
    assert [row["verb"] for row in dam("undo", "--list", "--jsonl").lines] == ["tag", "trash", "tag"]
    assert "undone 20" in dam("undo", "--list").out
    assert dam("undo", "--redo", "2").out.startswith("done again: 2  trash")
    dam.fails(2, "undo", "--skip", "--overwrite")
