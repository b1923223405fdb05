"""The schema: the migrations make what the models say, doing it twice is harmless, and a newer database is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from filled import dump, fill, own_tables, revisions_in
from sqlalchemy import Connection, inspect, text

from dam.core.exceptions import DamError, SchemaMismatchError, UsageError
from dam.core.migrate import (
    alembic_configuration,
    current_revisions,
    downgrade,
    ensure_schema,
    known_revisions,
    migration_packages,
    revisions_of,
    upgrade,
)
from dam.core.revision_file import tables_of
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam.models.core.base_class import Base
from dam_test_utils.fixtures import Databases, MakeWorld

T = TypeVar("T")


@pytest.fixture
def fresh(tmp_path: Path) -> World:
    """A World with all installed plugins and no database yet."""
    return create_world(settings=WorldSettings.in_directory("fresh", tmp_path / "new" / "home"))


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


async def in_transaction(world: World, work: Callable[[Connection], T]) -> T:
    async with world.database.writer.begin() as connection:
        return await connection.run_sync(work)


async def test_the_migrations_make_what_the_models_say(database: Databases, make_world: MakeWorld) -> None:
    world = make_world(None)
    assert await world.database.read(differences) == []
    assert await world.database.read(cascades) == declared_cascades()


def differences(connection: Connection) -> list[Any]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    ours = own_tables()

    def include(thing: Any, name: str | None, kind: str, reflected: bool, against: Any) -> bool:
        made_by_hand = (name or "").startswith("words_of_")  # the indexes of words, which differ from database to database
        return not made_by_hand and (kind != "table" or reflected or name in ours)

    options = {"compare_type": True, "include_object": include, "render_as_batch": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def cascades(connection: Connection) -> dict[str, Any]:
    seen = inspect(connection)
    return {
        table: sorted((tuple(key["constrained_columns"]), key["options"].get("ondelete")) for key in seen.get_foreign_keys(table))
        for table in own_tables()
    }


def declared_cascades() -> dict[str, Any]:
    return {
        table: sorted(
            (tuple(column.name for column in key.columns), key.ondelete) for key in Base.metadata.tables[table].foreign_key_constraints
        )
        for table in own_tables()
    }


async def test_back_to_the_beginning_and_forward_again_on_a_filled_database(database: Databases, make_world: MakeWorld) -> None:
    """Every branch goes a step back and forward without touching what stays; then everything goes, and comes back empty."""
    world = make_world(None)
    await in_transaction(world, fill)
    before = await world.database.read(dump)
    assert all(before.values())
    branches = list(known_revisions(world))
    undone = [one for branch in reversed(branches) for one in await downgrade(world, f"{branch}@-1", backup=False)]
    assert len(undone) == len(branches)
    kept = await world.database.read(dump)
    assert await upgrade(world, backup=False) == list(reversed(undone))
    after = await world.database.read(dump)
    assert set(after) == set(before)
    for table, rows in kept.items():
        assert [{name: row[name] for name in rows[0]} for row in before[table]] == rows, table
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows, table
    await downgrade(world, "base", backup=False)
    assert await world.database.read(lambda connection: set(inspect(connection).get_table_names())) == {"alembic_version"}
    assert await current_revisions(world) == set()
    await ensure_schema(world)
    assert await world.database.read(differences) == []
    assert await world.database.read(cascades) == declared_cascades()


async def test_a_newer_database_is_refused_and_untouched(database: Databases, make_world: MakeWorld) -> None:
    world = make_world(None)
    await in_transaction(world, lambda connection: connection.execute(
        text("UPDATE alembic_version SET version_num = 'dam_fs_9999' WHERE version_num LIKE 'dam_fs_%'")
    ))  # fmt: skip
    before = await world.database.read(revisions_in)
    for attempt in (world.open, lambda: upgrade(world)):
        with pytest.raises(SchemaMismatchError, match=r"newer version of the program .*dam_fs_9999") as caught:
            await attempt()
        assert caught.value.exit_code == 8
    assert not world.is_open
    assert await world.database.read(revisions_in) == before
    await world.close()


async def test_the_branch_of_a_plugin_that_is_not_here_is_no_stranger(database: Databases, make_world: MakeWorld) -> None:
    """It stays where it is, though migrations of others run."""
    world = make_world(None)
    await downgrade(world, "dam_fs@base")
    stranger = "another_plugin_with_quite_a_long_name_0007"
    await in_transaction(world, lambda connection: connection.execute(text(f"INSERT INTO alembic_version VALUES ('{stranger}')")))
    await world.open()
    heads = {revisions[-1] for revisions in known_revisions(world).values()}
    assert await current_revisions(world) == heads | {stranger}


async def test_a_plugins_tables_go_and_come_back(database: Databases, make_world: MakeWorld) -> None:
    """By the name of the plugin or of its branch; what other plugins know stays."""
    world = make_world(None)
    await in_transaction(world, fill)
    before = await world.database.read(dump)
    undone = await downgrade(world, "dam_media_image@base", backup=False)
    assert undone == list(reversed(known_revisions(world)["dam_media_image"]))
    gone = set(before) - set(await world.database.read(dump))
    assert gone == {name for name in before if name in tables_of("dam_media_image.migrations")}
    assert gone
    async with world:
        after = await world.database.read(dump)
    assert after == {table: [] if table in gone else rows for table, rows in before.items()}


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("nothing@base", "no place to go back to.*dam_fs"),
        ("dam_fs", "no place to go back to"),
        ("dam_fs@dam_fs_9999", "is not beyond"),
        ("dam_fs@-9", "is not beyond"),
        ("dam_assets@base", "need those of dam: drop them first"),
    ],
)
async def test_a_wrong_target_is_told(make_world: MakeWorld, target: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        await downgrade(make_world(None), target)


@pytest.mark.parametrize("content", [b"not a database at all, but longer than a header of one hundred bytes" * 4])
async def test_what_is_no_database_is_told_in_one_sentence(tmp_path: Path, make_world: MakeWorld, content: bytes) -> None:
    home = tmp_path / "broken"
    home.mkdir()
    (home / "dam.db").write_bytes(content)
    with pytest.raises(DamError, match=r"cannot be opened.*dam restore"):
        await make_world(home=home).open()
    assert (home / "dam.db").read_bytes() == content


async def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    world = create_world(settings=WorldSettings.in_directory("x", tmp_path / "file" / "home"), plugins=[])
    with pytest.raises(DamError, match="cannot be made"):
        await world.open()
