"""What the house rules look at: every module of ours, parsed once."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def packages(repository: Path) -> dict[str, Path]:
    """The import packages of the workspace: name to folder."""
    return {folder.name: folder for folder in sorted(repository.glob("packages/*/src/*")) if (folder / "__init__.py").is_file()}


@pytest.fixture(scope="session")
def modules(packages: dict[str, Path]) -> dict[str, Path]:
    """Every module of the packages: dotted name to file."""
    found = {}
    for folder in packages.values():
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@pytest.fixture(scope="session")
def trees(modules: dict[str, Path]) -> dict[str, ast.Module]:
    """The syntax tree of every module, by dotted name."""
    return {name: ast.parse(file.read_bytes(), str(file)) for name, file in modules.items()}


@pytest.fixture(scope="session")
def own_files(repository: Path) -> list[Path]:
    """Every file that is, or would be, in git; without git every file outside the ignored folders."""
    command = ["git", "-C", str(repository), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "surrogateescape").split("\0")
        found = [repository / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        ignored = {".git", ".venv", ".tools", ".bench", "__pycache__", "dist", ".hypothesis"}
        found = [path for path in repository.rglob("*") if not ignored & set(path.parts) and "_cache" not in str(path)]
    return sorted(path for path in set(found) if path.is_file())
