"""A plugin package outside the repository, with nothing but the one line in its conftest.py, uses all that is here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PLUGIN = '''
from dam.core.plugin import Plugin
from dam.core.systems import system
from dam_stones.commands import CountStonesCommand
from dam_stones.settings import StoneSettings, StoneSettingsComponent
from dam_stones.systems import handle_count_stones


class StonesPlugin(Plugin):
    """Knows stones."""

    name = "dam_stones"
    requires = ("dam_assets",)
    Settings = StoneSettings
    SettingsComponent = StoneSettingsComponent
    migrations = "dam_stones.migrations"

    def build(self, world):
        """Register the one system."""
        world.register_component(StoneSettingsComponent)
        world.register_system(handle_count_stones)
'''
MIGRATION = """
import sqlalchemy as sa
from alembic import op
from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_stones_0001"
down_revision = None
branch_labels = ("dam_stones",)
depends_on = None


def upgrade():
    op.create_table(
        "component_dam_stones_config",
        sa.Column("settings", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id"),
    )
"""
FILES = {
    "dam_stones/__init__.py": "",
    "dam_stones/plugin.py": PLUGIN,
    "dam_stones/models.py": "",
    "dam_stones/settings.py": '''
from dam.models.config import ConfigComponent, SettingsModel


class StoneSettings(SettingsModel):
    """`heaviest` is a weight."""

    heaviest: int = 3


class StoneSettingsComponent(ConfigComponent):
    """The options."""

    __tablename__ = "component_dam_stones_config"
''',
    "dam_stones/commands.py": '''
from dataclasses import dataclass
from typing import ClassVar

from dam.commands.core import BaseCommand


@dataclass
class CountStonesCommand(BaseCommand[int]):
    """How many."""

    access: ClassVar[str] = "read"
    folders: tuple[str, ...] = ()
''',
    "dam_stones/systems.py": '''
from dam.core.systems import system
from dam_stones.commands import CountStonesCommand


@system(on_command=CountStonesCommand)
async def handle_count_stones(command: CountStonesCommand) -> int:
    """Count."""
    return 7
''',
    "tests/conftest.py": 'pytest_plugins = ["dam_test_utils.fixtures"]\n',
    "tests/test_stones.py": """
import pytest
from dam.assets.plugin import AssetsPlugin
from dam_stones.commands import CountStonesCommand
from dam_stones.plugin import StonesPlugin
from dam_test_utils.contracts import PluginContract
from dam_test_utils.memory_store import MemoryObjectStore
from dam_test_utils.object_stores import ObjectStoreContract


class TestContract(PluginContract):
    plugin = StonesPlugin


class TestStore(ObjectStoreContract):
    @pytest.fixture
    def store(self):
        return MemoryObjectStore()

    def damage(self, store, identifier):
        store.objects[identifier] = b"?"


async def test_world(world):
    async with world.transaction() as transaction:
        assert (await transaction.create_entity()).id
    assert {"dam_assets", "dam_fs"} <= set(world.plugins)


async def test_make_world(make_world):
    async with make_world(AssetsPlugin, StonesPlugin) as world:
        assert (await world.dispatch_command(CountStonesCommand())).one() == 7


def test_sample_files(sample_files):
    assert (sample_files / "a.txt").read_text() == "sample"


def test_files(make_files, pictures, object_store, faults):
    assert (make_files({"a": "b"}) / "a").read_text() == "b"
    assert pictures(2)[0].read_bytes()[:2] == bytes([0xFF, 0xD8])
    assert object_store.store_file(b"x")
    assert faults("store.before_fsync", "eio").passed.total() == 0
""",
    "dam_stones/migrations/__init__.py": 'REVISIONS = ("dam_stones_0001",)\n',
    "dam_stones/migrations/versions/dam_stones_0001.py": MIGRATION,
    "samples/a.txt": "sample",
    "pytest.ini": "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\ntestpaths = tests\n",
}


def test_a_package_outside_the_repository_uses_everything(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "DAM_SAMPLES": str(tmp_path / "samples")}
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "base")]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("SKIPPED") <= 1, run.stdout  # it is not installed by an entry point
