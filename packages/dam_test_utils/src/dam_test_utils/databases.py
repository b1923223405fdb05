"""The databases that tests give their Worlds: SQLite, and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from dam.core.migrate import ensure_schema
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_test_utils.postgresql import PostgresServer


def share_compiled_statements(patch: pytest.MonkeyPatch) -> None:
    """Let all engines of this process that speak alike share what SQLAlchemy has compiled, as one World would in its long life.

    Each engine of each test's World compiles every statement anew otherwise, which is a fifth of what the tests cost.
    """
    compiled: LRUCache[Any, Any] = LRUCache(5000)
    original = Engine.__init__

    def begin(self: Engine, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        self._compiled_cache = compiled

    def language(dialect: DefaultDialect) -> tuple[type[DefaultDialect], int]:
        return type(dialect), dialect.compiler_linting

    patch.setattr(Engine, "__init__", begin)
    patch.setattr(DefaultDialect, "__eq__", lambda self, other: isinstance(other, DefaultDialect) and language(self) == language(other))
    patch.setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))


class Databases(ABC):
    """Makes databases of one kind. One home has one database, so a World can be made anew on what another has left."""

    kind: str

    @abstractmethod
    def url(self, home: Path, *, migrated: bool = True) -> str:
        """The URL of a home's database. A new one has the migrations of all installed plugins, or nothing at all."""

    @abstractmethod
    def close(self) -> None:
        """Remove what cannot be left to the test's temporary folder."""


class SqliteDatabases(Databases):
    """A file in each home."""

    kind = "sqlite"

    def __init__(self, template: Path) -> None:
        """New ones are copies of the template."""
        self._template = template

    def url(self, home: Path, *, migrated: bool = True) -> str:
        """The URL of `dam.db` in the home."""
        path = home / "dam.db"
        if migrated and not path.exists():
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def close(self) -> None:
        """The files go away with the test's folder."""


class PostgresDatabases(Databases):
    """A database of one server for each home."""

    kind = "postgresql"
    _numbers = itertools.count(1)

    def __init__(self, server: PostgresServer, template: str) -> None:
        """New ones are copies of the template."""
        self.server = server
        self._template = template
        self._names: dict[Path, str] = {}

    def url(self, home: Path, *, migrated: bool = True) -> str:
        """The URL of the home's database, on the server's socket."""
        if home not in self._names:
            name = f"test_{next(self._numbers)}"
            template = f"{self._template} {self.server.copying}" if migrated else "template0"
            self.server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            self._names[home] = name
        return self.server.url(self._names[home])

    def close(self) -> None:
        """Drop them: a thousand tests would leave gigabytes."""
        for name in self._names.values():
            self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._names.clear()


def migrate_template(url: str, home: Path) -> None:
    """Give a new database the migrations of all installed plugins. In a thread, for a test's event loop may be running."""

    async def migrate() -> None:
        world = create_world(settings=WorldSettings("template", home, url))
        try:
            await ensure_schema(world)
        finally:
            await world.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrate()).result()
