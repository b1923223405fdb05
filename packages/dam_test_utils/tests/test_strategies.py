"""The strategies give what a file system would take."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings

from dam_test_utils.strategies import file_trees, raw_paths


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
