"""Every package has the same rooms, and no room is too large to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ALWAYS = {"settings", "models", "commands", "systems", "plugin"}
WHEN_NEEDED = {"analyses", "events", "functions", "resources", "cli", "api", "ui", "migrations"}
# What the packages at the top may have besides: the application itself and what stands at its entrance.
BESIDES = {"dam_app": {"worker"}, "dam_web": {"app", "guard"}}
ENGINE = {"assets", "commands", "core", "migrations", "models", "sdk", "system_events"}
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "services"}
FILE_LINES = 500
FUNCTION_LINES = 60


def _rooms(folder: Path) -> set[str]:
    """The modules and subpackages directly in a folder; folders without Python (pictures, scripts for a browser) are no rooms."""
    files = {file.stem for file in folder.glob("*.py")} - {"__init__", "__main__"}
    return files | {child.name for child in folder.iterdir() if child.is_dir() and any(child.rglob("*.py"))}


def _houses(packages: dict[str, Path]) -> dict[str, Path]:
    plugins = {name: folder for name, folder in packages.items() if name not in {"dam", "dam_test_utils"}}
    return {"dam.assets": packages["dam"] / "assets", **plugins}


def test_every_package_has_the_rooms(packages: dict[str, Path]) -> None:
    missing = {name: sorted(ALWAYS - _rooms(folder)) for name, folder in _houses(packages).items() if ALWAYS - _rooms(folder)}
    assert not missing, f"rooms are missing: {missing}"


def test_no_package_has_an_unknown_room(packages: dict[str, Path]) -> None:
    houses = _houses(packages)
    unknown = {name: sorted(_rooms(folder) - ALWAYS - WHEN_NEEDED - BESIDES.get(name, set())) for name, folder in houses.items()}
    unknown["dam"] = sorted(_rooms(packages["dam"]) - ENGINE)
    assert not {name: rooms for name, rooms in unknown.items() if rooms}


def test_no_module_has_a_name_that_says_nothing(modules: dict[str, Path]) -> None:
    assert not [name for name in modules if FORBIDDEN & set(name.split("."))]


def test_no_file_is_too_long(own_files: list[Path], repository: Path) -> None:
    lengths = {file.relative_to(repository): len(file.read_bytes().splitlines()) for file in own_files if file.suffix == ".py"}
    long = {str(file): lines for file, lines in lengths.items() if lines > FILE_LINES}
    assert not long, f"longer than {FILE_LINES} lines: {long}"


def test_no_function_is_too_long(trees: dict[str, ast.Module]) -> None:
    written = {module: tree for module, tree in trees.items() if ".migrations.versions." not in module}  # Alembic writes those
    long = {name: lines for module, tree in written.items() for name, lines in _function_lengths(module, tree) if lines >= FUNCTION_LINES}
    assert not long, f"{FUNCTION_LINES} lines or more: {long}"


def _function_lengths(module: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1
