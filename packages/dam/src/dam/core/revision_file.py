"""Writes a plugin's next migration: what its models say beyond what its migrations make."""

from __future__ import annotations

import re
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer

from dam.core.exceptions import UsageError
from dam.core.migrate import alembic_configuration, branch_of, known_revisions, revisions_of, upgrade
from dam.core.world import World
from dam.core.world_settings import WorldSettings
from dam.core.writes import table_of
from dam.models.core.base_component import mapped_classes
from dam.models.types import JSONDocument, UTCDateTime

REVISIONS = re.compile(r"^REVISIONS\b[^=\n]*=\s*\(([^)]*)\)", re.MULTILINE)


class Written(NamedTuple):
    """A new revision: its name, its file, and whether it was added to the package's REVISIONS (else that is left to the author)."""

    revision: str
    path: Path
    listed: bool


async def write_revision(world: World, plugin: str, message: str, *, empty: bool = False) -> Written | None:
    """Write the plugin's next revision; gives None, and writes nothing, when its migrations make all that its models say.

    The comparison is with a database that is made anew from the migrations, not with the World's: so it does not matter what that one
    holds. `empty` writes a revision without steps, to be filled in by hand. Raises UsageError for a plugin without migrations.
    """
    found = world.plugins.get(plugin)
    if found is None:
        raise UsageError(f"There is no plugin '{plugin}'; the plugins are: {', '.join(world.plugins)}.")
    if found.migrations is None:
        raise UsageError(
            f"Plugin '{plugin}' names no migrations: set `migrations = \"{type(found).__module__.partition('.')[0]}.migrations\"` on "
            "its class, and make that package with `REVISIONS = ()` in its __init__.py."
        )
    world.load_models()
    package = found.migrations
    folder = Path(str(import_module(package).__file__)).parent
    (folder / "versions").mkdir(exist_ok=True)
    revision = f"{branch_of(package)}_{len(revisions_of(package)) + 1:04}"
    with tempfile.TemporaryDirectory(prefix="dam-revision-") as scratch:
        path = await _compare(world, Path(scratch), package, revision, message, empty=empty)
    return None if path is None else Written(revision, path, _list_revision(folder / "__init__.py", revision))


async def _compare(world: World, scratch: Path, package: str, revision: str, message: str, *, empty: bool) -> Path | None:
    from alembic import command  # noqa: PLC0415 - Alembic is slow to import and rarely needed

    made = World(WorldSettings("made", scratch, f"sqlite:///{scratch / 'made.db'}"))
    made.plugins.update(world.plugins)
    tables = tables_of(package)
    known = known_revisions(made)[branch_of(package)]
    configuration = alembic_configuration(made)
    configuration.attributes |= {"include_object": _only(tables), "render_item": render_type}
    configuration.set_main_option("file_template", "%%(rev)s")
    written: list[Any] = []

    def work(connection: Connection) -> None:
        configuration.attributes["connection"] = connection
        script = command.revision(
            configuration,
            message.strip().rstrip("."),
            autogenerate=not empty,
            head=f"{branch_of(package)}@head" if known else "base",
            splice=True,
            branch_label=None if known else branch_of(package),
            version_path=str(Path(str(import_module(package).__file__)).parent / "versions"),
            rev_id=revision,
            process_revision_directives=None if empty else _drop_when_nothing_changed,
        )
        written.append(script)

    try:
        await upgrade(made, backup=False)
        async with made.database.writer.begin() as connection:
            await connection.run_sync(work)
    finally:
        await made.close()
    return Path(written[0].path) if written and written[0] else None


def _drop_when_nothing_changed(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


def tables_of(package: str) -> set[str]:
    """The tables of the models that a package defines."""
    root = package.removesuffix(".migrations")
    return {table_of(one).name for one in mapped_classes() if one.__module__ == root or one.__module__.startswith(root + ".")}


def _only(tables: set[str]) -> Any:
    """Look at these tables only: the others belong to other packages."""

    def include(thing: Any, name: str | None, kind: str, _reflected: bool, _against: Any) -> bool:  # noqa: FBT001 - Alembic's signature
        return (name if kind == "table" else thing.table.name) in tables

    return include


def render_type(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Write our column types by their names; False leaves the rest to Alembic."""
    if kind != "type":
        return False
    if isinstance(thing, JSONDocument | UTCDateTime):
        return f"{type(thing).__name__}()"
    if isinstance(thing, BigInteger) and isinstance(thing._variant_mapping.get("sqlite"), Integer):  # noqa: SLF001 - SQLAlchemy offers no other way to ask
        return "BigInt"
    return False


def _list_revision(file: Path, revision: str) -> bool:
    """Add the revision to the package's REVISIONS; False when they are not written as a plain tuple."""
    text = file.read_text("utf-8")
    found = REVISIONS.search(text)
    if found is None:
        return False
    names = [*(name.strip().strip("\"'") for name in found[1].split(",") if name.strip()), revision]
    listed = "(" + ", ".join(f'"{name}"' for name in names) + ("," if len(names) == 1 else "") + ")"
    start = found.end() - len(found[1]) - 2
    file.write_text(text[:start] + listed + text[found.end() :], "utf-8")
    return True
