"""A database is copied before a migration, and a migration never deletes what it does not mean to."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dam.core import schema_backup
from dam.core.exceptions import DamError, SchemaMismatchError, UsageError
from dam.core.migrate import current_revisions, downgrade, known_revisions, missing_revisions, upgrade
from dam.core.plugin import Plugin
from dam.core.revision_file import write_revision
from dam.core.world import World
from dam.models.config import SettingsModel
from dam_test_utils.fixtures import Databases, MakeWorld
from dam_test_utils.postgresql import PostgresServer


async def old_world(make_world: MakeWorld, *, filled: bool = True) -> World:
    """A World whose database lacks one plugin's tables."""
    world = make_world(None)
    await downgrade(world, "dam_media_image@base", backup=False)
    if filled:
        async with world.database.writer.begin() as connection:
            await connection.execute(text("INSERT INTO entities (created_at) VALUES (CURRENT_TIMESTAMP)"))
    return world


def copies(world: World) -> list[Path]:
    return sorted((world.settings.data_directory / "backups").glob("*"))


@pytest.mark.usefixtures("database")
async def test_a_copy_is_made_before_a_migration(make_world: MakeWorld, postgresql: PostgresServer, database: Databases) -> None:
    """It holds what was there, as it was; twice is one."""
    if database.kind == "postgresql" and shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump on the PATH")
    world = await old_world(make_world)
    before = await current_revisions(world)
    await world.open()
    await upgrade(world)
    (copy,) = copies(world)
    assert ".before-dam_media_image_0001." in copy.name
    if database.kind == "sqlite":
        with closing(sqlite3.connect(copy)) as kept:
            assert kept.execute("SELECT count(*) FROM entities").fetchone() == (1,)
            assert {row[0] for row in kept.execute("SELECT version_num FROM alembic_version")} == before
        assert copies(world) == [copy]  # closed, it leaves nothing beside it
    else:
        postgresql.execute("CREATE DATABASE restored")
        try:
            command = ["pg_restore", "-h", str(postgresql.folder), "-U", "dam", "-d", "restored", str(copy)]
            subprocess.run(command, check=True, capture_output=True)
            psql = [str(postgresql.programs / "psql"), "-h", str(postgresql.folder), "-U", "dam", "-d", "restored", "-XAtqc"]
            asked = "SELECT count(*) FROM entities UNION ALL SELECT count(*) FROM alembic_version"
            counted = subprocess.run([*psql, asked], check=True, capture_output=True, text=True).stdout.split()
            assert counted == ["1", str(len(before))]
        finally:
            postgresql.execute("DROP DATABASE restored")


async def test_nothing_is_copied_of_an_empty_database_or_when_it_is_switched_off(make_world: MakeWorld) -> None:
    empty = await old_world(make_world, filled=False)
    await empty.open()
    assert copies(empty) == []
    full = await old_world(make_world)
    await upgrade(full, backup=False)
    assert copies(full) == []


async def test_the_last_few_copies_are_kept(make_world: MakeWorld) -> None:
    world = await old_world(make_world)
    for _ in range(schema_backup.KEPT + 2):
        await schema_backup.back_up(world, "dam_0009")
    assert len(copies(world)) == schema_backup.KEPT


async def test_without_a_copy_there_is_no_migration(make_world: MakeWorld) -> None:
    world = await old_world(make_world)
    (world.settings.data_directory / "backups").write_text("in the way")
    with pytest.raises(DamError, match="cannot be backed up"):
        await world.open()
    assert await missing_revisions(world) == list(known_revisions(world)["dam_media_image"])


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_without_pg_dump_it_says_what_to_do(database: Databases, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await old_world(make_world)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SchemaMismatchError, match=r"no pg_dump.*--no-backup") as caught:
        await world.open()
    assert caught.value.exit_code == 8
    assert await upgrade(world, backup=False) == list(known_revisions(world)["dam_media_image"])


# -- the migrations of somebody's plugin --------------------------------------------------------------------------------------

MODELS = """
from __future__ import annotations
from datetime import datetime
from typing import Any
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy import ForeignKey
from dam.models.config import ConfigComponent
from dam.models.core.base_class import Base
from dam.models.types import BigInt, JSONDocument, UTCDateTime

class BirdConfigComponent(ConfigComponent):
    __tablename__ = "component_{name}_config"

class Bird(Base):
    __tablename__ = "{name}_birds"
    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    name: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument)

class Egg(Base):
    __tablename__ = "{name}_eggs"
    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    bird_id: Mapped[int] = mapped_column(ForeignKey("{name}_birds.id", ondelete="CASCADE"))
"""


class Author:
    """Somebody who writes a plugin, in a folder of theirs."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.package = name, folder / name
        (self.package / "migrations").mkdir(parents=True)
        (self.package / "__init__.py").write_text("")
        (self.package / "models.py").write_text(MODELS.replace("{name}", name))
        (self.package / "migrations" / "__init__.py").write_text("REVISIONS = ()\n")

    def plugin(self) -> Plugin:
        from importlib import import_module, invalidate_caches

        invalidate_caches()
        for module in (f"{self.name}.migrations", self.name):
            sys.modules.pop(module, None)
        models = import_module(f"{self.name}.models")
        methods = {"name": self.name, "migrations": f"{self.name}.migrations", "Settings": SettingsModel, "build": lambda self, world: None}
        kind: type[Plugin] = type("BirdPlugin", (Plugin,), {**methods, "SettingsComponent": models.BirdConfigComponent})
        return kind()


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Author]:
    monkeypatch.syspath_prepend(tmp_path / "plugins")
    name = f"birds_{zlib.crc32(request.node.name.encode())}"
    yield Author(tmp_path / "plugins", name)
    from dam.models.core.base_class import Base

    for table in [one for one in Base.metadata.tables.values() if one.name.startswith((f"{name}_", f"component_{name}"))]:
        Base.metadata.remove(table)
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


async def test_a_revision_is_written_for_the_author_of_a_plugin(make_world: MakeWorld, author: Author) -> None:
    """What it makes is what the models say; a second one has nothing to do; its tables come, go and come back."""
    written = await write_revision(make_world(author.plugin()), author.name, "Birds and their eggs.")
    assert written is not None
    assert written.path == author.package / "migrations/versions" / f"{author.name}_0001.py"
    assert written.listed
    assert (author.package / "migrations/__init__.py").read_text() == f'REVISIONS = ("{author.name}_0001",)\n'
    code = written.path.read_text()
    assert code.startswith('"""Birds and their eggs."""\n')
    for column in ("'id', BigInt,", "'seen_at', UTCDateTime(),", "'data', JSONDocument(),", "'bird_id', BigInt,"):
        assert f"sa.Column({column}" in code
    assert "drop_table('entities')" not in code
    assert await write_revision(make_world(author.plugin()), author.name, "Nothing") is None
    world = make_world(author.plugin())
    assert (await missing_revisions(world))[-1] == f"{author.name}_0001"
    async with world:
        assert f"{author.name}_0001" in await current_revisions(world)
    assert await downgrade(world, f"{author.name}@base") == [f"{author.name}_0001"]
    assert await upgrade(world) == [f"{author.name}_0001"]


async def test_a_parent_table_made_anew_keeps_its_children(make_world: MakeWorld, author: Author) -> None:
    """SQLite changes a table by copying and dropping it; with foreign keys on, that would delete what points to it."""
    await write_revision(make_world(author.plugin()), author.name, "First")
    empty = await write_revision(make_world(author.plugin()), author.name, "Second", empty=True)
    assert empty is not None
    change = f"""with op.batch_alter_table("{author.name}_birds", recreate="always") as table:
        table.alter_column("name", type_=sa.Text())"""
    empty.path.write_text(empty.path.read_text().replace("    pass", "    " + change, 1))
    world = make_world(author.plugin())
    await upgrade(world)
    await downgrade(world, f"{author.name}@-1")
    async with world.database.writer.begin() as connection:
        await connection.execute(text(f"INSERT INTO {author.name}_birds (id, name, seen_at, data) VALUES (1, 'Wren', 0, '{{}}')"))
        await connection.execute(text(f"INSERT INTO {author.name}_eggs (id, bird_id) VALUES (1, 1)"))
    await upgrade(world)
    async with world.database.writer.begin() as connection:
        assert (await connection.execute(text(f"SELECT count(*) FROM {author.name}_eggs"))).scalar_one() == 1
        with pytest.raises(Exception, match="FOREIGN KEY"):  # and they are looked at again afterwards
            await connection.execute(text(f"INSERT INTO {author.name}_eggs (id, bird_id) VALUES (2, 99)"))


async def test_a_migration_that_fails_leaves_everything(make_world: MakeWorld, author: Author) -> None:
    await write_revision(make_world(author.plugin()), author.name, "First")
    broken = await write_revision(make_world(author.plugin()), author.name, "Second", empty=True)
    assert broken is not None
    broken.path.write_text(
        broken.path.read_text().replace("    pass", f'    op.execute("DELETE FROM {author.name}_birds"); op.execute("NONSENSE")', 1)
    )
    world = make_world(author.plugin())
    with pytest.raises(Exception, match="NONSENSE"):
        await upgrade(world)
    assert f"{author.name}_0001" not in await current_revisions(world)


async def test_what_cannot_have_a_revision_is_told(make_world: MakeWorld, author: Author) -> None:
    world = make_world(author.plugin())
    with pytest.raises(UsageError, match="no plugin 'nothing'"):
        await write_revision(world, "nothing", "x")
    bare: Any = author.plugin()
    bare.migrations = None
    with pytest.raises(UsageError, match="names no migrations"):
        await write_revision(make_world(bare), author.name, "x")
