"""The shared fixtures, those of passes over folders, and what the tests import from beside them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam_fs.functions.fingerprint import Fingerprint, fingerprint_file
from dam_fs.plugin import FsPlugin
from dam_fs.systems import reading as reading_module

if TYPE_CHECKING:
    from dam_test_utils.fixtures import MakeWorld  # pytest itself loads it, as a plugin

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["dam_test_utils.fixtures"]


@pytest_asyncio.fixture
async def small(make_world: MakeWorld) -> AsyncIterator[World]:
    """A World that knows files, but looks into none; it polls and scavenges only when a test wants that."""
    async with make_world(AssetsPlugin, FsPlugin) as world:
        yield world


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The paths that are read from now on."""
    read: list[bytes] = []

    def heard(folder: bytes, path: bytes, **options: Any) -> Fingerprint:
        read.append(path)
        return fingerprint_file(folder, path, **options)

    monkeypatch.setattr(reading_module, "fingerprint_file", heard)
    return read
