"""The strategies give what a file system would take."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import find, given, settings

from dam.assets.models import FileLocationComponent, TagComponent
from dam_test_utils.strategies import component_values, file_contents, file_names, file_trees, raw_paths


@given(raw_paths())
def test_paths_are_relative_and_sound(path: bytes) -> None:
    assert path
    assert all(name not in (b"", b".", b"..") and b"\0" not in name and len(name) < 256 for name in path.split(b"/"))


@settings(max_examples=20)
@given(file_trees())
def test_trees_can_be_written(tree: dict[bytes, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path, content in tree.items():
            target = Path(folder, os.fsdecode(path))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        assert sum(len(files) for _, _, files in os.walk(os.fsencode(folder))) == len(tree)


def test_awkward_names_are_among_them() -> None:
    database = settings(database=None, max_examples=2000)
    for part in (b"cafe\xcc\x81", b"\xe2\x80\xae", b"\x1b", b"\xff"):
        assert part in find(file_names(), lambda name, part=part: part in name, settings=database)  # type: ignore[misc]  # bound by default


@settings(max_examples=50)
@given(file_contents(max_size=64))
def test_contents_are_small(content: bytes) -> None:
    assert len(content) < 2000


@given(component_values(TagComponent), component_values(FileLocationComponent))
def test_component_values_fit_their_columns(tag: dict[str, Any], location: dict[str, Any]) -> None:
    assert set(tag) == {"tag_name", "origin"}
    assert TagComponent(**tag).tag_name == tag["tag_name"]
    assert isinstance(location["content"], bytes)
    assert len(location["content"]) <= 32
    assert "root_id" not in location
