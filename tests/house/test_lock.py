"""What is installed is what the lock says, to the byte, and the lock names no place to fetch it from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ENTRY = re.compile(r"^(?P<requirement>\S.*?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


@pytest.fixture(scope="module")
def locks(repository: Path) -> list[Path]:
    """Every lock file of the repository."""
    return [repository / "requirements.lock", *sorted(repository.glob("script/*.lock.txt"))]


def _entries(lock: Path) -> Iterator[Requirement]:
    for match in ENTRY.finditer(lock.read_text("utf-8")):
        yield Requirement(match["requirement"])


def test_no_lock_names_a_host(locks: list[Path], own_files: list[Path]) -> None:
    assert not [lock.name for lock in locks if "://" in lock.read_text("utf-8")]
    assert not [file for file in own_files if file.name in {"uv.lock", "pylock.toml", "poetry.lock"}]


def test_every_entry_is_one_version_with_its_hashes(locks: list[Path]) -> None:
    for lock in locks:
        lines = [line for line in lock.read_text("utf-8").splitlines() if line and not line.startswith((" ", "#"))]
        entries = list(_entries(lock))
        assert len(entries) == len(lines), lock.name
        assert all(str(entry.specifier).startswith("==") for entry in entries), lock.name


def test_what_is_installed_is_what_is_locked(repository: Path) -> None:
    wrong = {}
    for entry in _entries(repository / "requirements.lock"):
        if entry.marker is None or entry.marker.evaluate():
            try:
                found = version(entry.name)
            except PackageNotFoundError:
                found = "nothing"
            if not entry.specifier.contains(found if found != "nothing" else "0.dev0", prereleases=True):
                wrong[entry.name] = f"{found} is installed, {entry.specifier} is locked"
    assert not wrong, f"run script/dam once to install what is locked: {wrong}"


def test_every_direct_dependency_is_locked_and_has_a_lower_bound(repository: Path) -> None:
    locked = {canonicalize_name(entry.name) for entry in _entries(repository / "requirements.lock")}
    wrong = []
    for file in [repository / "pyproject.toml", *sorted(repository.glob("packages/*/pyproject.toml"))]:
        project = tomllib.loads(file.read_text("utf-8"))
        ours = project.get("project", {}).get("dependencies", []) + project.get("dependency-groups", {}).get("dev", [])
        for text in ours:
            requirement = Requirement(text)
            if canonicalize_name(requirement.name).startswith("dam"):
                continue
            if canonicalize_name(requirement.name) not in locked or ">=" not in str(requirement.specifier):
                wrong.append(f"{file.parent.name}: {text}")
    assert not wrong, f"without a lower bound, or not in requirements.lock (uv run poe lock): {wrong}"
