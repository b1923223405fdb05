"""The functions behind the verbs, straight on a World, and how things are written for people."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dam.assets.commands import ListAssetsCommand, RegisteredFile
from dam.core.exceptions import EntityNotFoundError, PathNotFoundError, RootOfflineError, UsageError
from dam.core.world import World
from dam.system_events.progress import Progress
from dam_app.cli import output
from dam_app.cli.add import row, store_all
from dam_app.cli.config import defaults
from dam_app.cli.doctor import check_machine, check_world
from dam_app.cli.export import export_all
from dam_app.cli.index import index_all, index_one, report
from dam_app.cli.ls import each_row
from dam_app.cli.plugins import plugin_rows
from dam_app.cli.progress import ProgressBar
from dam_app.cli.show import describe, find_and_get
from dam_app.cli.tag import tag_all
from dam_app.cli.worlds import describe_world
from dam_fs.commands import FindFilesCommand, FoundFiles, IndexPathCommand, IndexSummary
from dam_test_utils.fixtures import MakeFiles, MakeWorld

Capture = pytest.CaptureFixture[str]


class Bar(ProgressBar):
    """A bar that only remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Any] = []

    def show(self, event: Any) -> bool:
        self.shown.append(event)
        return True


def texts(count: int, folder: str = "") -> dict[str, bytes | str]:
    return {f"{folder}{number:04}.txt": f"content {folder}{number}" for number in range(count)}


# -- on a World ---------------------------------------------------------------------------------------------------------------


async def test_one_folder_is_indexed_and_its_progress_shown(world: World, make_files: MakeFiles) -> None:
    bar = Bar()
    summary = await index_one(world, IndexPathCommand(make_files(texts(3))), bar)
    assert (summary.files, summary.new) == (3, 3)
    assert {type(event) for event in bar.shown} == {Progress}
    assert bar.shown[-1].done == bar.shown[-1].total


async def test_several_folders_are_summed_up(world: World, make_files: MakeFiles, capsys: Capture) -> None:
    root = make_files({**texts(3, "one/"), **texts(2, "two/")})
    commands = [IndexPathCommand(root / name) for name in ("one", "nowhere", "two")]
    total, code = await index_all(world, commands)
    assert (total.roots, total.files, total.new, code) == (["one", "two"], 5, 5, 3)
    assert "nowhere" in capsys.readouterr().err
    assert (await index_all(world, commands[::2]))[1] is None
    assert (await index_all(world, [commands[1]] * 2)) == (IndexSummary(), 2)
    with pytest.raises(PathNotFoundError):
        await index_all(world, [commands[1]])


async def test_no_folder_is_an_empty_sum(world: World) -> None:
    assert await index_all(world, []) == (IndexSummary(), None)


async def test_an_offline_root_among_others(world: World, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({**texts(3, "one/"), **texts(2, "two/")})
    await index_all(world, [IndexPathCommand(root / "one"), IndexPathCommand(root / "two")])
    (root / "one").rename(tmp_path / "away")
    with pytest.raises(RootOfflineError):
        await index_all(world, [IndexPathCommand(root / "one")])
    total, code = await index_all(world, [IndexPathCommand(root / "one"), IndexPathCommand(root / "two")])
    assert (total.unchanged, total.missing, code) == (2, 0, 3)


async def test_storing_tells_of_each_file(world: World, make_files: MakeFiles) -> None:
    root = make_files(texts(3))
    heard: list[RegisteredFile] = []
    files = [*sorted(root.iterdir()), root / "nowhere"]
    results = await store_all(world, files, ("tag",), heard.append)
    assert sorted(one.path for one in heard) == sorted(one.path for one in results) == sorted(files)
    assert [one.status for one in results].count("failed") == 1
    assert (await find_and_get(world, "1"))["tags"] == ["tag"]


async def test_storing_nothing(world: World) -> None:
    heard: list[RegisteredFile] = []
    assert await store_all(world, [], (), heard.append) == heard == []


async def test_rows_come_page_by_page(world: World, make_files: MakeFiles) -> None:
    plain = {f"{number:04}.txt": b"\0" + str(number).encode() for number in range(1001)}  # of no kind, so that nothing is analysed
    await index_one(world, IndexPathCommand(make_files(plain)), Bar())
    for limit, expected in ((0, 1001), (1, 1), (500, 500), (501, 501), (5000, 1001)):
        rows: list[dict[str, Any]] = []
        await each_row(world, ListAssetsCommand(sort="id"), limit, rows.append)
        assert [one["id"] for one in rows] == list(range(1, expected + 1))
    exported: list[dict[str, Any]] = []
    await export_all(world, "", exported.append)
    assert [one["id"] for one in exported] == list(range(1, 1002))
    exported.clear()
    await export_all(world, "name:0007.txt", exported.append)
    assert [one["filename"] for one in exported] == ["0007.txt"]


async def test_an_asset_is_found_read_and_described(world: World, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "a"})
    await index_one(world, IndexPathCommand(root), Bar())
    asset = await find_and_get(world, str(root / "a.txt"))
    rows = {one["name"]: one["value"] for one in describe(asset)}
    assert (rows["id"], rows["filename"], rows["location"]) == (asset["id"], "a.txt", f"{root / 'a.txt'} (present)")
    assert "title" not in rows
    with pytest.raises(EntityNotFoundError):
        await find_and_get(world, "nothing")


async def test_tags(world: World, make_files: MakeFiles) -> None:
    await index_one(world, IndexPathCommand(make_files(texts(3))), Bar())
    assert (await tag_all(world, ["1", "2"], None, ["x", "y"], [], dry_run=True)).changed == 2
    assert (await find_and_get(world, "1"))["tags"] == []
    assert (await tag_all(world, ["1", "2"], None, ["x", "y"], [], dry_run=False)).changed == 2
    assert (await tag_all(world, ["1", "1"], None, [], ["x", "z"], dry_run=False)).changed == 1
    assert (await find_and_get(world, "1"))["tags"] == ["y"]
    assert (await tag_all(world, ["1"], None, ["y"], [], dry_run=False)).changed == 0


async def test_a_world_is_described(world: World) -> None:
    description = describe_world(world)
    assert set(description) == {"name", "plugins", "commands", "components", "systems"}
    assert {"dam_assets", "dam_fs", "dam_app"} <= set(description["plugins"])
    assert "ImageMetadataComponent" in description["components"]
    assert any("handle_index_path" in name for name in description["systems"])
    json.dumps(description)


async def test_plugins_that_are_not_loaded_say_why(make_world: MakeWorld) -> None:
    world = make_world()
    world.plugin_problems["dam_fs"] = "It is broken."
    rows = {one["name"]: one for one in plugin_rows(world)}
    assert (rows["dam_fs"]["status"], rows["dam_fs"]["problem"]) == ("broken", "It is broken.")
    assert rows["dam_web"]["status"] == "disabled"


def test_this_machine_is_sound() -> None:
    rows = check_machine()
    assert {one["status"] for one in rows} == {"ok"}
    assert {one["check"] for one in rows} >= {"python", "sqlite", "pyvips", "PIL", "magic"}


async def test_what_is_wrong_with_a_world(world: World, tmp_path: Path) -> None:
    assert {one["status"] for one in await check_world(world)} == {"ok"}
    folder = tmp_path / "folder"
    folder.mkdir()
    await index_one(world, IndexPathCommand(folder), Bar())
    folder.rmdir()
    world.plugin_problems["other"] = "Plugin 'other' cannot be built."
    wrong = {one["check"]: one["detail"] for one in await check_world(world) if one["status"] == "wrong"}
    assert list(wrong) == ["plugins", "plugin other", "root folder"]
    assert "cannot be reached" in wrong["root folder"]


def test_defaults_are_those_that_nobody_set(world: World) -> None:
    key = f"worlds.{world.name}.plugins.dam_fs.readers"
    rows = {one["key"]: one for one in defaults(world, set())}
    assert rows[key]["origin"] == "default"
    assert key not in {one["key"] for one in defaults(world, {key})}


async def test_what_is_meant_by_paths(world: World, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"b": "", "a/2": "", "a/1": "", "c/d/e": "", ".git/HEAD": "", "skipped": "", ".damignore": "skipped\n"})
    (root / "link").symlink_to(root / "b")
    (root / "dangling").symlink_to(root / "nowhere")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    own = world.settings.data_directory

    async def meant(path: Path) -> FoundFiles:
        return (await world.dispatch_command(FindFilesCommand(path))).one()

    assert {str(path.relative_to(root)) for path in (await meant(root)).files} == {"b", "a/1", "a/2", "c/d/e", ".damignore"}
    for alone in (root / "b", root / "link", tmp_path / "nowhere"):
        assert (await meant(alone)).files == [alone]
    assert own.is_relative_to(tmp_path)
    assert not [path for path in (await meant(tmp_path)).files if path.is_relative_to(own)], "the library is within, and none of its files"
    world.settings.cache_directory.mkdir(parents=True, exist_ok=True)
    with pytest.raises(UsageError, match="belongs to the library itself"):
        await meant(world.settings.cache_directory)


def test_a_stored_file_as_a_row() -> None:
    path = Path(os.fsdecode(b"/caf\xe9"))
    expected = {"path": "/caf\ufffd", "id": 3, "sha256": "ab", "status": "new", "error": None}
    assert row(RegisteredFile(path, "new", 3, 5, "ab")) == expected


# -- for people ------------------------------------------------------------------------------------------------------------------


def test_a_report(capsys: Capture) -> None:
    failed = [{"path": f"/{number}", "reason": "It is damaged."} for number in range(22)]
    report(IndexSummary(["a"], 30, 2048, new=8, changed=1, failed=failed, analysed=7, seconds=1.25, suspect=["Gone."]), as_json=False)
    out, err = capsys.readouterr()
    assert out == "30 files (2.0 KiB): 8 new, 1 changed; 7 analysed, 22 failed, 1.2 s\n"
    assert err.splitlines()[:2] == ["dam: Gone.", "dam: /0: It is damaged."]
    assert err.splitlines()[-1] == "dam: ... and 2 more (see --json)"
    assert len(err.splitlines()) == 22
    report(IndexSummary(suspect=["Gone."]), as_json=True)
    out, err = capsys.readouterr()
    assert "suspect" not in json.loads(out)
    assert err == "dam: Gone.\n"


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "-"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 << 20, "5.0 MiB"), (3 << 30, "3.0 GiB"), (7 << 40, "7.0 TiB"),
     (9 << 50, "9216.0 TiB")],
)  # fmt: skip
def test_sizes(size: float | None, text: str) -> None:
    assert output.size_text(size) == text


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0)])
def test_widths(text: str, columns: int) -> None:
    assert output.width(text) == columns


def test_tables() -> None:
    rows: list[dict[str, Any]] = [{"a": 1, "b": "日本", "c": None}, {"a": 22, "b": "x", "c": ["p", "q"]}, {"a": "two\nlines"}]
    assert output.table(rows, ("a", "b", "c")) == [
        "A               B     C",
        "1               日本  -",
        "22              x     p, q",
        "two\\u000alines  -     -",
    ]
    assert output.table(rows[:1], ("a",), header=False) == ["1"]
    assert output.table([], ("a",)) == []


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_tables_are_cut_at_the_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    rows = [{"a": "x" * 30}, {"a": "日本" * 10}]
    assert max(map(len, output.table(rows, ("a",)))) == 30
    monkeypatch.setattr(sys, "stdout", Terminal())
    lines = output.table(rows, ("a",))
    assert max(map(output.width, lines)) == 10


def test_json_is_exact_and_harmless(capsys: Capture) -> None:
    value = {"name": "日本 \x1b[2J \x9b \u2028 \u202e \x7f \n 👩\u200d👧", "lone": "\udce9"}
    output.write_json(value, line=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {**value, "lone": "?"}
    assert "日本" in line
    assert not output.HIDDEN.search(line)
    output.write_json(value)
    assert json.loads(capsys.readouterr().out)["name"] == value["name"]


def test_rows_in_each_shape(capsys: Capture) -> None:
    rows = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    output.write_rows(rows, ("a",), as_json=True, as_jsonl=False)
    assert json.loads(capsys.readouterr().out) == rows
    output.write_rows(rows, ("a",), as_json=False, as_jsonl=True)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == rows
    output.write_rows(rows, ("a",), as_json=False, as_jsonl=False)
    assert capsys.readouterr().out.splitlines() == ["A", "1", "3"]


@pytest.mark.parametrize("make", [io.StringIO, Terminal])
def test_progress_is_shown_on_a_terminal_only(make: Callable[[], io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = make()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with ProgressBar() as bar:
        bar.show(Progress(1, None, "Looking"))
        bar.show(Progress(1, 3, "Reading"))
        bar.show("something else")
        bar.show(Progress(3, 3, "Reading"))
    assert ("Reading" in stream.getvalue()) is stream.isatty()
