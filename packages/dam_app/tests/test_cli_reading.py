"""`ls`, `search`, `show` and `export`: what they print, as tables and as JSON."""

from __future__ import annotations

import os
from pathlib import Path

from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

SHOW_KEYS = [
    "id", "type", "category", "status", "visibility", "version", "filename", "title", "description", "size", "mime_type", "sha256", "width",
    "height", "duration", "captured_at", "locations", "tags", "rating", "albums", "metadata", "components", "links", "analyses",
]  # fmt: skip
"""What DESIGN promises of `show --json`; more may be there."""


def test_ls_as_json_lines_and_table(indexed: Dam) -> None:
    ended = indexed("ls", "--json")
    rows = ended.document
    assert (ended.code, ended.err, [row["id"] for row in rows]) == (0, "", [1, 2, 3, 4])
    assert indexed("ls", "--jsonl").lines == rows
    assert {row["path"] for row in rows} == {str(path) for path in indexed.tree.rglob("*") if path.is_file()}
    table = indexed("ls").out.splitlines()
    assert table[0].split() == ["ID", "TYPE", "STATUS", "SIZE", "FILENAME", "PATH"]
    assert len(table) == 5


def test_ls_narrowed(indexed: Dam) -> None:
    assert [row["filename"] for row in indexed("ls", "--sort", "name", "--limit", "2", "--json").document] == ["a.jpg", "b.png"]
    assert [row["id"] for row in indexed("ls", "--sort", "-id", "--jsonl").lines] == [4, 3, 2, 1]
    assert len(indexed("ls", "--type", "image", "--jsonl").lines) == 3
    assert len(indexed("ls", "--type", "image", "--type", "document", "--jsonl").lines) == 4


def test_nothing_found_is_no_failure(indexed: Dam) -> None:
    for verb in ("ls", "search"):
        assert indexed(verb, "nothing-is-called-so") == (0, "", "")
        assert indexed(verb, "nothing-is-called-so", "--jsonl") == (0, "", "")
        assert indexed(verb, "nothing-is-called-so", "--json").document == []
    assert indexed("export", "nothing-is-called-so") == (0, "", "")


def test_search(indexed: Dam) -> None:
    images = indexed("search", "--json", "type:image", "--", "-name:a").document
    assert [row["filename"] for row in images if row["status"] == "ready"] == ["b.png"]
    assert [row["filename"] for row in indexed("search", "--json", "c.txt").document] == ["c.txt"]
    assert "c.txt" in indexed("search", "c.txt").out
    assert "no field" in indexed.fails(2, "search", "colour:red")


def test_show_by_every_reference(indexed: Dam) -> None:
    ended = indexed("show", indexed.tree / "a.jpg", "--json")
    asset = ended.document
    assert (ended.code, ended.err, asset["filename"]) == (0, "", "a.jpg")
    references = [str(asset["id"]), asset["locations"][0]["urn"], f"cas://sha256/{asset['sha256']}", asset["sha256"], asset["sha256"][:12]]
    for reference in references:
        assert indexed("show", reference, "--json").document == asset


def test_show_has_the_promised_shape(indexed: Dam) -> None:
    asset = indexed("show", indexed.tree / "a.jpg", "--json").document
    assert set(SHOW_KEYS) <= set(asset)
    assert [key for key in asset if key in SHOW_KEYS] == SHOW_KEYS
    assert (asset["type"], asset["status"], asset["width"], asset["height"]) == ("image", "ready", 32, 24)
    assert {"urn", "path", "root", "status", "size", "mtime"} <= set(asset["locations"][0])
    assert {"exif", "geo", "audio", "video", "document", "archive"} <= set(asset["metadata"])
    assert {"name", "version", "status", "message"} <= set(asset["analyses"][0])


def test_show_for_people(indexed: Dam) -> None:
    out = indexed("show", indexed.tree / "damaged.jpg").out
    assert "damaged.jpg" in out
    assert "analysis" in out
    assert "None" not in out


def test_show_of_what_is_not_known(indexed: Dam) -> None:
    for reference in ("nowhere", "4711", "/nowhere/a.jpg", "ffffffff"):
        assert reference in indexed.fails(1, "show", reference)


def test_export_is_json_lines(indexed: Dam) -> None:
    ended = indexed("export")
    assert (ended.code, ended.err, [line["id"] for line in ended.lines]) == (0, "", [1, 2, 3, 4])
    assert ended.lines[0] == indexed("show", "1", "--json").document
    pictures = indexed("export", "type:image", "status:ready").lines
    assert sorted(line["mime_type"] for line in pictures) == ["image/jpeg", "image/png"]
    assert "no field" in indexed.fails(2, "export", "colour:red")


def test_odd_names_are_printed_harmlessly_and_found_again(dam: Dam, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"caf\xe9.txt", b"two\nlines.txt", b"\x1b[31mred.txt", b"\xc2\x9b2J.txt", "\u202egpj.txt".encode(), "日本.txt".encode()]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(f"content {number}")
    assert dam("index", folder).code == 0
    for arguments in (["ls"], ["ls", "--jsonl"], ["export"], ["search", "txt"]):
        lines = dam(*arguments).out.splitlines()
        assert len(lines) == len(names) + (arguments[0] != "export" and "--jsonl" not in arguments), arguments
        assert all(line.isprintable() for line in lines), arguments
    for name in names:
        path = os.fsdecode(os.fsencode(folder) + b"/" + name)
        asset = dam("show", path, "--json").document
        assert dam("show", asset["locations"][0]["urn"], "--json").document["id"] == asset["id"]
        assert all(line.isprintable() for line in dam("show", path).out.splitlines())
