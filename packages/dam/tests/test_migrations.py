"""The schema: the migrations make what the models say, doing it twice is harmless, and a newer database is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from dam.core.exceptions import DamError, SchemaMismatchError
from dam.core.migrate import alembic_configuration, current_revisions, ensure_schema, migration_packages, revisions_of, upgrade
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam.models.core.base_class import Base
from dam_test_utils.fixtures import MakeWorld


@pytest.fixture
def fresh(tmp_path: Path) -> World:
    """A World with all installed plugins and no database yet."""
    return create_world(settings=WorldSettings.in_directory("fresh", tmp_path / "new" / "home"))


def own_tables() -> set[str]:
    """The tables of installed packages; tests have some of their own."""
    return {
        mapper.local_table.name  # type: ignore[attr-defined]  # a mapped class has a Table
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.partition(".")[0].startswith("dam")
    }


def test_the_revisions_that_packages_name_are_those_of_their_files(fresh: World) -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_configuration(fresh))
    named = [revisions_of(package) for package in migration_packages(fresh)]
    assert set(scripts.get_heads()) == {revisions[-1] for revisions in named}
    by_branch: dict[str, list[str]] = {}
    for script in scripts.walk_revisions():
        by_branch.setdefault(script.revision.rpartition("_")[0], []).insert(0, script.revision)
    assert {revisions[0].rpartition("_")[0]: list(revisions) for revisions in named} == by_branch
    assert all(
        script.nextrev <= frozenset(by_branch[branch]) for branch in by_branch for script in scripts.walk_revisions(f"{branch}@head")
    )


async def test_an_empty_database_gets_the_whole_schema_and_twice_is_harmless(fresh: World) -> None:
    try:
        assert await current_revisions(fresh) == set() if fresh.database.path and fresh.database.path.exists() else True
        await ensure_schema(fresh)
        first = await fresh.database.read(_schema)
        heads = {revisions_of(package)[-1] for package in migration_packages(fresh)}
        assert await current_revisions(fresh) == heads
        await ensure_schema(fresh)
        await upgrade(fresh)
        assert await fresh.database.read(_schema) == first
        assert own_tables() <= {name for name, _ in first}
    finally:
        await fresh.close()


def _schema(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name"))
    return [(name, sql) for name, sql in rows]


def test_the_migrations_make_what_the_models_say(migrated_database: Path, fresh: World) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    ours = own_tables()

    def include(thing: Any, name: str | None, kind: str, reflected: bool, against: Any) -> bool:
        return kind != "table" or reflected or name in ours

    engine = create_engine(f"sqlite:///{migrated_database}")
    try:
        with engine.connect() as connection:
            options = {"compare_type": True, "include_object": include, "render_as_batch": True}
            differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
            cascades = {
                table: sorted(
                    (tuple(key["constrained_columns"]), key["options"].get("ondelete"))
                    for key in inspect(connection).get_foreign_keys(table)
                )
                for table in ours
            }
    finally:
        engine.dispose()
    assert differences == []
    declared = {
        table: sorted(
            (tuple(column.name for column in key.columns), key.ondelete) for key in Base.metadata.tables[table].foreign_key_constraints
        )
        for table in ours
    }
    assert cascades == declared


async def test_a_newer_database_is_refused_and_untouched(make_world: MakeWorld) -> None:
    world = make_world(None)
    path = world.database.path
    assert path is not None
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'dam_fs_9999' WHERE version_num LIKE 'dam_fs_%'"))
    engine.dispose()
    with pytest.raises(SchemaMismatchError, match=r"newer version of the program .*dam_fs_9999") as caught:
        await world.open()
    assert caught.value.exit_code == 8
    assert not world.is_open


async def test_the_branch_of_a_plugin_that_is_not_here_is_no_stranger(make_world: MakeWorld) -> None:
    world = make_world(None)
    engine = create_engine(f"sqlite:///{world.database.path}")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO alembic_version VALUES ('other_plugin_0007')"))
    engine.dispose()
    await world.open()


@pytest.mark.parametrize("content", [b"not a database at all, but longer than a header of one hundred bytes" * 4])
async def test_what_is_no_database_is_told_in_one_sentence(tmp_path: Path, make_world: MakeWorld, content: bytes) -> None:
    home = tmp_path / "broken"
    home.mkdir()
    (home / "dam.db").write_bytes(content)
    with pytest.raises(DamError, match="cannot be opened"):
        await make_world(home=home).open()
    assert (home / "dam.db").read_bytes() == content


async def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    world = create_world(settings=WorldSettings.in_directory("x", tmp_path / "file" / "home"), plugins=[])
    with pytest.raises(DamError, match="cannot be made"):
        await world.open()
