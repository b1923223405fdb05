"""The shared fixtures, and those of the command line."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_app.cli import invocation
from dam_fs.commands import IndexPathCommand
from dam_test_utils.pictures import jpeg, png

sys.path.insert(0, str(Path(__file__).parent))

from cli_runs import ENVIRONMENT, Dam  # type: ignore[import-not-found]  # beside this file

if TYPE_CHECKING:
    from dam_test_utils.fixtures import MakeFiles  # pytest itself loads it, as a plugin

pytest_plugins = ["dam_test_utils.fixtures"]

CONTENTS: dict[str, bytes | str] = {"a.jpg": jpeg(), "deep/b.png": png(seed=2), "c.txt": "text", "damaged.jpg": jpeg(200, 200)[:300]}
TEST_OPTIONS = {"dam_fs": {"settle_seconds": 0}, "dam_assets": {"workers": 1}}


@pytest.fixture
def home(tmp_path: Path, migrated_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with an empty library, and no setting from outside."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copyfile(migrated_database, folder / "dam.db")
    for name in list(os.environ):
        if name.startswith("DAM_"):
            monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def tree(make_files: MakeFiles) -> Path:
    """Four files of the test's own; one is damaged."""
    return make_files(CONTENTS)


@pytest.fixture
def dam(home: Path, tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Dam:
    """The command line in this process, over an empty library."""
    monkeypatch.setattr(invocation, "setup_logging", lambda level: None)
    return Dam(home, tree, capsys)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> tuple[Path, Path]:
    """A data directory with four indexed files, and their folder; made once a session, and copied for each test."""
    folder = tmp_path_factory.mktemp("library")
    home, tree = folder / "home", folder / "files"
    for name, content in CONTENTS.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    home.mkdir()
    shutil.copyfile(migrated_database, home / "dam.db")

    async def index() -> None:
        async with create_world(settings=WorldSettings.in_directory("main", home, **TEST_OPTIONS)) as world:
            await world.dispatch_command(IndexPathCommand(tree))

    asyncio.run(index())
    return home, tree


@pytest.fixture
def indexed(dam: Dam, library: tuple[Path, Path]) -> Dam:
    """The command line over a library of four files (`tree`, which is only read)."""
    home, tree = library
    shutil.copytree(home, dam.home, dirs_exist_ok=True)
    dam.tree = tree
    return dam
