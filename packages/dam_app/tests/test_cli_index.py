"""`index`, `add` and `tag`: what they do, print and end with."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

from dam_test_utils.fixtures import MakeFiles

INDEX_KEYS = [
    "roots", "files", "bytes", "new", "changed", "moved", "copied", "missing", "unchanged", "failed", "analysed", "seconds",
]  # fmt: skip
ADD_KEYS = ["path", "id", "sha256", "status", "error"]


def content_of(home: Path) -> list[str]:
    """Everything in the database of a library, as SQL, and the names of all files beside it."""
    with closing(sqlite3.connect(home / "dam.db")) as connection:
        return [*connection.iterdump(), *sorted(str(path) for path in home.rglob("*") if not path.name.startswith("dam.db"))]


def odd_file(folder: Path, name: bytes, content: bytes = b"odd") -> Path:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    path.write_bytes(content)
    return path


# -- index ----------------------------------------------------------------------------------------------------------------


def test_index_json_has_exactly_the_keys(dam: Dam) -> None:
    ended = dam("index", dam.tree, "--json")
    assert (ended.code, ended.err) == (3, ""), "some inputs failed"
    document = ended.document
    assert list(document) == INDEX_KEYS
    assert (document["roots"], document["files"], document["new"], document["analysed"] >= 3) == (["files"], 4, 4, True)
    assert document["bytes"] == sum(path.stat().st_size for path in dam.tree.rglob("*") if path.is_file())
    assert document["failed"] == [{"path": str(dam.tree / "damaged.jpg"), "reason": document["failed"][0]["reason"]}]
    ended = dam("index", dam.tree, "--json")
    assert (ended.code, ended.document["unchanged"], ended.document["failed"]) == (0, 4, [])


def test_index_for_people(dam: Dam) -> None:
    ended = dam("index", dam.tree)
    assert re.fullmatch(r"4 files \(.*\): 4 new; \d+ analysed, 1 failed, [0-9.]+ s\n", ended.out)
    assert ended.err.startswith(f"dam: {dam.tree / 'damaged.jpg'}: ")
    assert len(ended.err.splitlines()) == 1


def test_index_without_a_path_takes_all_roots(dam: Dam, make_files: MakeFiles) -> None:
    root = make_files({"one/a": "1", "two/b": "2"})
    assert dam("index", root / "one", root / "two", "--json").document["roots"] == ["one", "two"]
    document = dam("index", "--json").document
    assert (document["roots"], document["unchanged"]) == (["one", "two"], 2)
    shutil.rmtree(root / "one")
    ended = dam("index", "--json")
    assert (ended.code, ended.document["unchanged"]) == (3, 1)
    assert "plugged in" in ended.err


def test_index_without_any_root_is_nothing_to_do(dam: Dam) -> None:
    ended = dam("index", "--json")
    assert (ended.code, ended.document["roots"], ended.document["files"]) == (0, [], 0)


def test_index_of_what_cannot_be_indexed(dam: Dam, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"plain/c.txt": "text", "plain/deep/d.txt": "other"}) / "plain"
    assert "is a file" in dam.fails(2, "index", root / "c.txt")
    assert "check the path" in dam.fails(2, "index", tmp_path / "nowhere")
    assert "--name" in dam.fails(2, "index", root, root / "deep", "--name", "x")
    assert "library itself" in dam.fails(2, "index", dam.home)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert dam("index", empty).code == 0
    ended = dam("index", root, tmp_path / "nowhere", "--json")
    assert (ended.code, ended.document["files"]) == (3, 2), "one of two is a failure of some inputs"
    root.rename(tmp_path / "away")
    assert "plugged in" in dam.fails(6, "index", root)
    root.mkdir()
    assert "plugged in" in dam.fails(6, "index", root)


def test_index_dry_run_changes_nothing(dam: Dam) -> None:
    before = content_of(dam.home)
    ended = dam("index", dam.tree, "--dry-run", "--json")
    assert (ended.code, ended.document["new"], ended.document["analysed"]) == (0, 4, 0)
    assert content_of(dam.home) == before


def test_index_tells_of_a_root_of_which_too_much_is_gone(dam: Dam, make_files: MakeFiles) -> None:
    root = make_files({f"many/{number}": f"content {number}" for number in range(50)}) / "many"
    dam("index", root)
    for number in range(30):
        (root / f"{number}").unlink()
    ended = dam("index", root, "--json")
    assert list(ended.document) == INDEX_KEYS
    assert ended.document["missing"] == 0
    assert "--accept-missing" in ended.err
    assert dam("index", root, "--accept-missing", "--json").document["missing"] == 30


def test_a_root_gets_the_name_that_is_given(dam: Dam, make_files: MakeFiles) -> None:
    root = make_files({"plain/c.txt": "text"}) / "plain"
    assert dam("index", root, "--name", "Ferien 2024", "--json").document["roots"] == ["Ferien 2024"]


# -- add --------------------------------------------------------------------------------------------------------------------


def test_add_tells_of_every_input_as_a_line(dam: Dam, tmp_path: Path) -> None:
    picture, nowhere = dam.tree / "a.jpg", tmp_path / "nowhere"
    ended = dam("add", picture, nowhere, picture, "--tags", "one, two,,", "--jsonl")
    assert ended.code == 3
    assert [list(line) for line in ended.lines] == [ADD_KEYS] * 3
    lost = next(line for line in ended.lines if line["path"] == str(nowhere))
    assert (lost["status"], lost["id"], lost["sha256"]) == ("failed", None, None)
    assert lost["error"]
    assert str(nowhere) in ended.err
    stored = [line for line in ended.lines if line["path"] == str(picture)]
    assert [(line["id"], line["sha256"], line["error"]) for line in stored] == [
        (1, hashlib.sha256(picture.read_bytes()).hexdigest(), None)
    ] * 2
    assert [line["status"] for line in stored] == ["new", "known"]
    asset = dam("show", "1", "--json").document
    assert (asset["tags"], asset["status"], asset["width"]) == (["one", "two"], "ready", 32)


def test_add_of_folders_and_again(dam: Dam) -> None:
    ended = dam("add", dam.tree, "--json")
    assert ended.code == 0
    assert [one["status"] for one in ended.document] == ["new"] * 4
    assert [list(one) for one in ended.document] == [ADD_KEYS] * 4
    assert [one["status"] for one in dam("add", dam.tree, "--json").document] == ["known"] * 4


def test_add_of_what_is_not_there(dam: Dam, tmp_path: Path) -> None:
    ended = dam("add", tmp_path / "nowhere")
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1


def test_add_dry_run_changes_nothing(dam: Dam) -> None:
    before = content_of(dam.home)
    ended = dam("add", dam.tree, "--dry-run", "--tags", "x")
    assert (ended.code, sorted(ended.out.splitlines())) == (0, sorted(str(path) for path in dam.tree.rglob("*") if path.is_file()))
    assert content_of(dam.home) == before


def test_add_leaves_the_original_as_it_is(dam: Dam) -> None:
    path = dam.tree / "c.txt"
    before = path.stat()
    assert dam("add", path).code == 0
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ctime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ctime_ns, after.st_ino)
    assert sorted(path.name for path in dam.tree.iterdir()) == ["a.jpg", "c.txt", "damaged.jpg", "deep"]


def test_add_asset_is_add(dam: Dam) -> None:
    assert dam("add-asset", dam.tree / "c.txt", "--tags", "a,b").code == 0
    assert dam("show", "1", "--json").document["tags"] == ["a", "b"]


def test_the_store_moves_with_its_variable(dam: Dam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stored(root: Path, digest: str) -> bool:
        return (root / digest[:2] / digest[2:4] / digest).is_file()

    first = dam("add", dam.tree / "c.txt", "--jsonl").lines[0]["sha256"]
    assert stored(dam.home / "store", first)
    monkeypatch.setenv("ASSET_STORAGE_PATH", str(tmp_path / "moved"))
    second = dam("add", dam.tree / "deep" / "b.png", "--jsonl").lines[0]["sha256"]
    assert stored(tmp_path / "moved", second)
    assert not stored(dam.home / "store", second)
    assert {row["key"]: row["origin"] for row in dam("config", "show", "--json").document}[
        "worlds.main.plugins.dam_fs.store"
    ] == "ASSET_STORAGE_PATH"
    (tmp_path / "moved" / first[:2] / first[2:4]).mkdir(parents=True, exist_ok=True)
    (dam.home / "store" / first[:2] / first[2:4] / first).rename(tmp_path / "moved" / first[:2] / first[2:4] / first)
    location = dam("show", first, "--json").document["locations"][0]
    assert location["path"] == str(tmp_path / "moved" / first[:2] / first[2:4] / first), "what was moved along is found"


def test_odd_names_are_added_and_said_harmlessly(dam: Dam, tmp_path: Path) -> None:
    path = odd_file(dam.tree, b"caf\xe9\n\x1b[31m\xc2\x9b.txt")
    assert dam("add", path).out == f"new       1  {dam.tree}/caf?\\u000a\\u001b[31m\\u009b.txt\n"
    (line,) = dam("add", path, "--jsonl").lines
    assert (line["id"], line["path"]) == (1, f"{dam.tree}/caf\ufffd\n\x1b[31m\x9b.txt")
    ended = dam("add", tmp_path / "no\x1b[2J\n\u202eone")
    assert ended.code == 1
    assert ended.err.removesuffix("\n").isprintable()


# -- tag --------------------------------------------------------------------------------------------------------------------


def test_tagging(indexed: Dam) -> None:
    assert indexed("tag", "1", indexed.tree / "c.txt", "--add", "red", "--add", "blue").out == "changed 2 assets\n"
    told = indexed("tag", "1", "--remove", "blue", "--json").document
    assert (told["changed"], told["dry_run"]) == (1, False)
    assert indexed("show", "1", "--json").document["tags"] == ["red"]
    assert [row["filename"] for row in indexed("ls", "--tag", "blue", "--json").document] == ["c.txt"]


def test_tag_dry_run_changes_nothing(indexed: Dam) -> None:
    before = content_of(indexed.home)
    ended = indexed("tag", "1", "2", "--add", "green", "--dry-run")
    assert (ended.code, ended.out) == (0, "would look at 2 assets\n")
    assert content_of(indexed.home) == before


def test_tagging_what_is_not_there_changes_nothing(indexed: Dam) -> None:
    before = content_of(indexed.home)
    assert "4711" in indexed.fails(1, "tag", "1", "4711", "--add", "x")
    assert "--add" in indexed.fails(2, "tag", "1")
    assert content_of(indexed.home) == before
