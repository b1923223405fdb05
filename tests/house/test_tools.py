"""The tools that watch the code are there, and the rules that are promised are on; `poe check` runs them."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings


@pytest.fixture(scope="module")
def tool(repository: Path) -> dict[str, Any]:
    """The section `tool` of pyproject.toml."""
    section: dict[str, Any] = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["tool"]
    return section


@pytest.mark.parametrize(
    ("task", "words"),
    [("format", "ruff format"), ("lint", "ruff check"), ("mypy", "mypy"), ("test", "pytest"), ("test-cov", "--cov-report=xml")],
)
def test_the_tasks_are_there(tool: dict[str, Any], task: str, words: str) -> None:
    assert words in tool["poe"]["tasks"][task]["cmd"]


def test_check_runs_them_all(tool: dict[str, Any]) -> None:
    assert {"format-check", "lint", "mypy", "layers", "test"} <= set(tool["poe"]["tasks"]["check"]["sequence"])
    assert tool["mypy"]["strict"] is True


@pytest.mark.parametrize("rule", ["T20", "N"])
def test_a_rule_is_on_for_all_packages(tool: dict[str, Any], rule: str) -> None:
    lint = tool["ruff"]["lint"]
    assert lint["select"] == ["ALL"]

    def excuses(codes: list[str]) -> list[str]:
        return [code for code in codes if re.fullmatch(rf"{rule}\d*", code)]

    assert not excuses(lint["ignore"])
    assert not [place for place, codes in lint["per-file-ignores"].items() if place.startswith("packages/") and excuses(codes)]


def test_no_package_prints(trees: dict[str, ast.Module]) -> None:
    prints = [
        f"{name}:{node.lineno}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "pprint"}
    ]
    assert not prints


async def test_every_component_table_is_named_by_the_rule(tmp_path: Path) -> None:
    world = create_world(settings=WorldSettings.in_directory("main", tmp_path))
    await world.close()
    names = {kind.__name__: kind.__tablename__ for kind in world.component_types}
    assert len(names) > 20
    assert not {kind: table for kind, table in names.items() if not re.fullmatch(r"component_[a-z][a-z0-9_]*", table)}
    hashes = {
        kind: table for kind, table in names.items() if kind.startswith("ContentHash") or "PerceptualH" in kind or "Perceptual" in kind
    }
    assert len(hashes) >= 4
    assert not {kind: table for kind, table in hashes.items() if not re.match("component_(content_hash|image_perceptual_hash)_", table)}
