"""A tree of very many tiny files that a library knows already: the files are made, and their rows are written past the product.

One file is indexed by the product; what it wrote of that one is the pattern for the rows of the others.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from measure import dam

FOLDER_FILES = 100
PORTION = 10_000
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder in it is made and removed


class KnownTree(NamedTuple):
    """A folder of files, and the home of a library that knows them all."""

    tree: Path
    home: Path


@contextmanager
def known_tree(count: int) -> Iterator[KnownTree]:
    """So many files of a kind that no analysis is for, all of them known; removed at the end."""
    disk = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="dam-bench-", dir=disk) as files, tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
        tree = Path(files) / "tree"
        _make_file(tree, 0)
        os.utime(tree / "000000" / "0000000.bin", (1e9, 1e9))
        subprocess.run(dam("--home", home, "index", "--json", str(tree)), capture_output=True, check=True)
        for number in range(1, count):
            _make_file(tree, number)
        with closing(sqlite3.connect(f"{home}/dam.db")) as connection:
            _fill(connection, tree)
        yield KnownTree(tree, Path(home))


def _make_file(tree: Path, number: int) -> None:
    folder = tree / f"{number // FOLDER_FILES:06d}"
    if number % FOLDER_FILES == 0:
        folder.mkdir(parents=True)
    (folder / f"{number:07d}.bin").write_bytes(b"\x01\xff" + number.to_bytes(4, "big"))


def _fill(connection: sqlite3.Connection, tree: Path) -> None:
    """Write what the product would have written of the other files."""
    tables = ("entities", "component_asset", "component_content_hash_sha256", "component_file_location")
    patterns = {table: _first_row(connection, table) for table in tables}
    known = patterns["component_file_location"]["path"]
    others = (row for row in _rows(tree) if row["path"] != known)
    while portion := list(islice(others, PORTION)):
        for table, pattern in patterns.items():
            names = ", ".join(pattern)
            values = ", ".join(f":{name}" for name in pattern)
            rows = [pattern | {name: row[name] for name in pattern if name in row} for row in portion]
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608 - names of our own tables
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _first_row(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    cursor = connection.execute(f"SELECT * FROM {table} LIMIT 1")  # noqa: S608 - as above
    return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))


def _rows(tree: Path) -> Iterator[dict[str, Any]]:
    """What differs from file to file, by the names of the columns."""
    number = 1
    for folder in sorted(tree.iterdir()):
        for entry in os.scandir(folder):
            number += 1
            found = entry.stat()
            digest = hashlib.sha256(entry.name.encode()).digest()
            yield {
                "id": number,
                "entity_id": number,
                "path": f"{folder.name}/{entry.name}".encode(),
                "filename": entry.name,
                "original_filename": entry.name,
                "content": digest,
                "hash_value": digest,
                "mtime_ns": found.st_mtime_ns,
                "ctime_ns": found.st_ctime_ns,
                "inode": found.st_ino,
                "device": found.st_dev,
            }
