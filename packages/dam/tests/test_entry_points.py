"""Entry points: the same as the standard library finds."""

from __future__ import annotations

import importlib.metadata
import os.path
import sys
from pathlib import Path

import pytest

from dam.core.entry_points import EntryPoint, entry_points


@pytest.mark.parametrize("group", ["dam.plugins", "dam.cli", "console_scripts", "pytest11", "no such group"])
def test_they_are_those_of_the_standard_library(group: str) -> None:
    expected = {point.name: point.value for point in reversed(list(importlib.metadata.entry_points(group=group)))}
    assert {name: point.value for name, point in entry_points(group).items()} == expected


def test_an_object_is_loaded() -> None:
    assert EntryPoint("path", "os.path:join", "x").load() is os.path.join
    assert EntryPoint("path", "pathlib:Path.home [extra]", "x").load() == Path.home
    assert EntryPoint("module", "json", "x").load().__name__ == "json"


def test_odd_files_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "odd-1.dist-info"
    odd.mkdir()
    (odd / "entry_points.txt").write_text("no section\n[dam.odd]\n# a comment\n; another\nbroken\n one = a.b:c \n[other]\ntwo = d:e\n")
    (tmp_path / "empty-1.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing"), ""])
    assert entry_points("dam.odd") == {"one": EntryPoint("one", "a.b:c", "dam.odd")}
    assert entry_points("dam.odd")["one"].module == "a.b"
