"""How a backup lies in its folder.

<target>/store/ab/cd/abcd…              the objects of all backups, each once, as in a store
<target>/backups/<name>/manifest.json   what the backup holds, with hashes; written last: without it the backup is none
<target>/backups/<name>/database.db     the database (database.dump: PostgreSQL's)
<target>/backups/<name>/objects.txt     the objects that belong to it: SHA-256, size in bytes and mtime in nanoseconds, one a line
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from dam.core.exceptions import ContentCorruptError, DamError, PathNotFoundError

FORMAT = 1
UNFINISHED = ".part"
MANIFEST, OBJECTS, SNAPSHOTS = "manifest.json", "objects.txt", "backups"


class Held(NamedTuple):
    """One object of a backup: its SHA-256 in hexadecimal digits, its size in bytes, and the mtime that the library knows of it."""

    identifier: str
    size: int
    mtime_ns: int


def write_objects(path: Path, objects: Iterable[Held]) -> tuple[int, int]:
    """Write the list of objects; gives how many there are, and their bytes."""
    number = total = 0
    with path.open("w", encoding="ascii") as file:
        for held in objects:
            file.write(f"{held.identifier} {held.size} {held.mtime_ns}\n")
            number, total = number + 1, total + held.size
    return number, total


def read_objects(path: Path) -> Iterator[Held]:
    """Read the list of objects back."""
    with path.open(encoding="ascii") as file:
        for line in file:
            identifier, size, mtime_ns = line.split()
            yield Held(identifier, int(size), int(mtime_ns))


def describe_file(path: Path) -> dict[str, Any]:
    """A file of the backup, as the manifest has it; afterwards it is safe on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return {"file": path.name, "size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def finish_snapshot(folder: Path, manifest: dict[str, Any]) -> Path:
    """Write the manifest, and give the folder its lasting name."""
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    describe_file(path)
    _sync(folder)
    finished = folder.with_name(folder.name.removesuffix(UNFINISHED))
    folder.rename(finished)
    _sync(folder.parent)
    return finished


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find_snapshot(source: Path, name: str | None) -> Path:
    """The folder of a backup: the named one, else the newest that is complete. Raises PathNotFoundError."""
    found = sorted(path.parent for path in (source / SNAPSHOTS).glob(f"*/{MANIFEST}") if path.parent.suffix != UNFINISHED)
    if name is not None:
        found = [folder for folder in found if folder.name == name]
    if not found:
        raise PathNotFoundError(
            f"There is no {f'backup {name!r}' if name else 'backup'} in {str(source)!r}; give what `dam backup` wrote to."
        )
    return max(found, key=lambda folder: _read_manifest(folder).get("made_at", ""))


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ContentCorruptError(f"The backup {str(folder)!r} cannot be read: {error}. Take another one (--backup).") from error
    if not isinstance(manifest, dict):
        raise ContentCorruptError(f"The manifest of the backup {str(folder)!r} is damaged. Take another one (--backup).")
    return manifest


def check_snapshot(folder: Path) -> dict[str, Any]:
    """The manifest of a backup, after its own files were compared with it. Raises ContentCorruptError, and DamError for a newer format."""
    manifest = _read_manifest(folder)
    if manifest.get("format") != FORMAT:
        raise DamError(f"The backup {str(folder)!r} was made by another version of the program; upgrade dam.")
    for part in ("database", "objects"):
        told = manifest[part]
        try:
            found = describe_file(folder / told["file"])
        except OSError as error:
            raise ContentCorruptError(f"The backup lacks {told['file']}: {error.strerror}. Take another one (--backup).") from error
        if found["sha256"] != told["sha256"]:
            raise ContentCorruptError(f"{told['file']} of the backup {str(folder)!r} is damaged. Take another one (--backup).")
    return manifest


def read_sqlite_copy(path: Path, objects: str, tables: str) -> tuple[list[Held], dict[str, int], list[str]]:
    """What a copied SQLite database holds: its objects (the rows of a statement), the rows of each table, and its revisions."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        held = [Held(content.hex(), size, mtime_ns) for content, size, mtime_ns in connection.execute(objects)]
        names = [name for (name,) in connection.execute(tables)]
        rows = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - a table's own name
        revisions = sorted(name for (name,) in connection.execute("SELECT version_num FROM alembic_version"))
    return held, rows, revisions
