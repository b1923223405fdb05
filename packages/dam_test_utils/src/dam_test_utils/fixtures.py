"""Fixtures for tests of dam and of its plugins: `pytest_plugins = ["dam_test_utils.fixtures"]` in a `conftest.py` brings them all.

world          a World with all installed plugins, open, in a temporary home
make_world     makes Worlds with the plugins that it is given, and closes them
database       SQLite and PostgreSQL: with `pytestmark = pytest.mark.usefixtures("database")` each test of a file runs on both
object_store   a store of contents in memory
faults         lets the product fail at its fault points
sample_files   the folder of real sample files, or a skip with the reason
make_files     writes a tree of small files
pictures       writes small JPEG and PNG files
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from dam.core import database as world_database
from dam.core.faults import ArmedFaults, Fault, arm
from dam.core.plugin import Plugin, discover
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_test_utils.databases import Databases, PostgresDatabases, SqliteDatabases, migrate_template, share_compiled_statements
from dam_test_utils.leaks import leak_check, no_tasks_left, pytest_fixture_setup, watch_worlds
from dam_test_utils.memory_store import MemoryObjectStore
from dam_test_utils.pictures import jpeg, png
from dam_test_utils.postgresql import PostgresServer, ServerUnavailableError
from dam_test_utils.tables import ComponentTables

__all__ = [
    "ArmFault", "Databases", "MakeFiles", "MakeWorld", "compiled_once", "database", "faults", "interruptible", "leak_check",
    "logging_as_before", "make_files", "make_world", "migrated_database", "migrated_postgresql", "no_tasks_left", "object_store",
    "pictures", "postgresql", "pytest_fixture_setup", "sample_files", "watch_worlds", "world",
]  # fmt: skip

TEST_OPTIONS: dict[str, dict[str, Any]] = {"dam_fs": {"settle_seconds": 0}, "dam_assets": {"workers": 1}, "dam_document": {"ocr": "off"}}
"""What tests want of the plugins: files are settled at once, one child process is enough, and no matter whether Tesseract is installed."""

ArmFault = Callable[..., ArmedFaults]
MakeFiles = Callable[[Mapping[str, bytes | str]], Path]


class MakeWorld(Protocol):
    """The shape of the fixture `make_world`."""

    def __call__(
        self, *plugins: Plugin | type[Plugin] | None, name: str = ..., home: Path | None = ..., **options: dict[str, Any]
    ) -> World:
        """Make a World; see the fixture `make_world`."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported for the tests stays to the end: the garbage collector need not look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(700, 10, 100)  # the leak check looks for young garbage after each test
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Lets Ctrl-C interrupt what tests start, though a shell that runs them in the background has them and all their children ignore it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Statements are compiled once a session, not for each World anew."""
    with pytest.MonkeyPatch.context() as patch:
        share_compiled_statements(patch)
        yield


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undoes how a command line that ran in the test's own process has set up logging: to a stream that ends with the test."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the migrations of all installed plugins; made once a session, and copied for each World."""
    home = tmp_path_factory.mktemp("migrated")
    migrate_template(f"sqlite:///{home / 'dam.db'}", home)
    return home / "dam.db"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when the first test asks for it and stopped at the end. Skips, with the reason, where none can run."""
    try:
        server = PostgresServer()
    except ServerUnavailableError as error:
        pytest.skip(f"no PostgreSQL server can be started: {error}")
    yield server
    server.close()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an empty PostgreSQL database with the migrations of all installed plugins; made once a session, a template of others."""
    postgresql.execute("CREATE DATABASE migrated")
    migrate_template(postgresql.url("migrated"), tmp_path_factory.mktemp("migrated"))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """Each test that uses it runs twice: `make_world` gives its Worlds SQLite the first time and PostgreSQL the second.

    `database.kind` says which; `database.url(home)` is the URL of a home's database, for another process or a World's settings.
    On PostgreSQL a statement that forgets to join a table fails.
    """
    databases: Databases
    monkeypatch.setattr(world_database, "LINTING", request.param == "postgresql")
    if request.param == "sqlite":
        databases = SqliteDatabases(request.getfixturevalue("migrated_database"))
    else:
        databases = PostgresDatabases(request.getfixturevalue("postgresql"), request.getfixturevalue("migrated_postgresql"))
    yield databases
    databases.close()


@cache
def _installed() -> frozenset[str]:
    """The plugins whose migrations a copied database has."""
    return frozenset(discover())


@pytest_asyncio.fixture
async def make_world(request: pytest.FixtureRequest, migrated_database: Path, tmp_path: Path) -> AsyncIterator[MakeWorld]:
    """Makes Worlds with exactly these plugins (classes or instances; `None` as only one: all installed), each in a home of its own.

    Without plugins it is the engine alone. Options are those of the plugins: `make_world(FsPlugin, dam_fs={"settle_seconds": 1})`.
    Tables of components that no migration knows are created when the World opens. All are closed at the end of the test.
    The database is SQLite, or what the fixture `database` says where a test uses it.
    """
    both = "database" in request.fixturenames
    databases: Databases = request.getfixturevalue("database") if both else SqliteDatabases(migrated_database)
    made: list[World] = []

    def make(*plugins: Plugin | type[Plugin] | None, name: str = "test", home: Path | None = None, **options: dict[str, Any]) -> World:
        home = home or tmp_path / f"home{len(made) or ''}"
        home.mkdir(parents=True, exist_ok=True)
        merged = {plugin: {**TEST_OPTIONS.get(plugin, {}), **options.get(plugin, {})} for plugin in {**TEST_OPTIONS, **options}}
        given = [plugin() if isinstance(plugin, type) else plugin for plugin in plugins if plugin is not None]
        installed = all(plugin.name in _installed() for plugin in given if plugin.migrations)
        settings = WorldSettings(name, home, databases.url(home, migrated=installed), merged)
        world = create_world(settings=settings, plugins=None if plugins == (None,) else given)
        world.add_resource(ComponentTables(world))
        made.append(world)
        return world

    yield make
    for world in reversed(made):
        await world.close()


@pytest_asyncio.fixture
async def world(make_world: Callable[..., World]) -> AsyncIterator[World]:
    """A World with all installed plugins, open, with an SQLite database in a temporary home."""
    made = make_world(None)
    assert not made.plugin_problems, made.plugin_problems  # noqa: S101 - a fixture fails as a test does
    async with made:
        yield made


@pytest.fixture(scope="session")
def sample_files(pytestconfig: pytest.Config) -> Path:
    """The folder of real sample files: `DAM_SAMPLES`, or `shared/samples` beside the repository. Read only. Skips where there is none."""
    named = os.environ.get("DAM_SAMPLES")
    folder = Path(named) if named else pytestconfig.rootpath.parent / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip(f"no sample files: {folder} is not a folder (set DAM_SAMPLES)")
    return folder


@pytest.fixture
def make_files(tmp_path: Path) -> MakeFiles:
    """Writes files into the folder `files` of the test, each given by its path there and its bytes or text; gives the folder."""
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)

    def make(contents: Mapping[str, bytes | str]) -> Path:
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


@pytest.fixture
def pictures(make_files: MakeFiles) -> Callable[..., list[Path]]:
    """Writes `count` different small pictures, JPEG and PNG in turn, into the folder `files` of the test; gives their paths."""

    def make(count: int = 4, *, width: int = 32, height: int = 24, folder: str = "") -> list[Path]:
        names = [f"{folder}/picture{number:03}.{'png' if number % 2 else 'jpg'}".lstrip("/") for number in range(count)]
        contents = {name: (png if name.endswith("png") else jpeg)(width, height, seed=number) for number, name in enumerate(names)}
        root = make_files(contents)
        return [root / name for name in names]

    return make


@pytest.fixture
def object_store() -> MemoryObjectStore:
    """An empty store of contents in memory; it keeps the same contract as the one on disk."""
    return MemoryObjectStore()


@pytest.fixture
def faults() -> Iterator[ArmFault]:
    """Lets the product fail in this process: `faults("store.before_fsync", "enospc", at=2)`; `dam.core.faults` names points and actions.

    Each call arms one fault more; the answer counts in `passed` how often each point was passed, and `clear()` disarms. All ends with
    the test.
    """
    armed = ArmedFaults()
    before = arm(armed)

    def add(point: str, action: str, *, at: int = 1, always: bool = False, seconds: float = 0.0) -> ArmedFaults:
        armed.add(Fault(point, action, at, always, seconds))
        return armed

    yield add
    arm(before)
