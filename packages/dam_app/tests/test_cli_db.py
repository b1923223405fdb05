"""The verbs that keep the database's schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file

from dam_test_utils.databases import PostgresDatabases


def tables(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "dam.db")) as database:
        return {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def revisions(dam: Dam, branch: str) -> list[str]:
    found: list[str] = next(one["revisions"] for one in dam("db", "history", "--json").document if one["branch"] == branch)
    return found


def test_a_dry_run_makes_nothing(dam: Dam) -> None:
    (dam.home / "dam.db").unlink()
    told = dam("setup-db", "--dry-run", "--json").document
    assert told["dry_run"] is True
    assert "dam_0001" in told["revisions"]
    assert told["current"] == []
    assert "would run: dam_0001, " in dam("db", "upgrade", "--dry-run").out
    assert not (dam.home / "dam.db").exists() or not tables(dam.home)


def test_a_plugins_tables_go_and_come_back(dam: Dam) -> None:
    (dam.home / "dam.db").unlink()
    done = dam("db", "upgrade", "--json").document
    assert done["revisions"][0] == "dam_0001"
    assert dam("db", "upgrade", "--json").document["revisions"] == []
    before = tables(dam.home)
    theirs = revisions(dam, "dam_fs")
    last = {"branch": "dam_fs", "revision": theirs[-1], "latest": theirs[-1]}
    assert last in dam("db", "current", "--json").document
    assert f"would be undone: {', '.join(reversed(theirs))}." in dam("db", "downgrade", "dam_fs@base", "--dry-run").out
    assert tables(dam.home) == before
    assert dam("db", "downgrade", "dam_fs@base", "--json").document == {"dry_run": False, "revisions": theirs[::-1]}
    assert tables(dam.home) < before
    assert last not in dam("db", "current", "--json").document
    assert dam("db", "downgrade", "dam_fs@base").out == "Nothing to undo.\n"
    assert dam("db", "upgrade", "--json").document["revisions"] == theirs
    assert tables(dam.home) == before
    assert last in dam("db", "current", "--json").document


def test_an_old_database_is_upgraded_with_what_is_in_it(indexed: Dam) -> None:
    """The assets stay when the revisions of a plugin are missing; a copy is made first, unless it is not wanted."""
    dam = indexed
    for copied, flag in ((0, "--no-backup"), (2, "--json")):
        assert dam("db", "downgrade", "dam_web@base", flag).code == 0
        assert dam("setup-db", flag).code == 0
        assert len(list((dam.home / "backups").glob("*"))) == copied
    assert len(dam("ls", "--json").document) == 4


def test_what_cannot_be_done_ends_with_its_code(dam: Dam) -> None:
    dam("setup-db")
    assert "no place to go back to" in dam.fails(2, "db", "downgrade", "nonsense@base")
    assert "no plugin" in dam.fails(2, "db", "revision", "nonsense", "-m", "x")
    with closing(sqlite3.connect(dam.home / "dam.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'dam_9999' WHERE version_num LIKE 'dam_0%'")
    for verb in (("ls",), ("setup-db",), ("setup-db", "--dry-run"), ("db", "upgrade")):
        assert "newer version" in dam.fails(8, *verb)
    assert "dam_9999" in dam("db", "current").out.split()


def test_history_and_a_revision_that_nobody_needs(dam: Dam) -> None:
    history = dam("db", "history", "--json").document
    assert history[0]["branch"] == "dam"
    assert [name for one in history for name in one["revisions"]] == dam("db", "history").out.split()
    assert "nothing was written" in dam("db", "revision", "dam_fs", "-m", "Nothing").out
    assert dam("db", "revision", "dam_fs", "-m", "Nothing", "--json").document is None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql(dam: Dam, database: PostgresDatabases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_DATABASE_URL", database.url(dam.home, migrated=False))
    assert dam("db", "current", "--json").document == []
    first = dam("setup-db").out
    assert dam("setup-db").out == first
    theirs = revisions(dam, "dam_fs")
    assert dam("db", "downgrade", "dam_fs@base", "--json").document["revisions"] == theirs[::-1]
    assert dam("roots", "--json").document == []
    assert theirs[-1] in dam("db", "current").out.split()
    monkeypatch.setenv("DAM_DATABASE_URL", database.server.url("no_such_one"))
    assert "does not exist" in dam.fails(1, "ls")
    monkeypatch.setenv("DAM_DATABASE_URL", "postgresql://dam@/dam?host=/nowhere")
    assert "cannot be reached" in dam.fails(6, "ls")
