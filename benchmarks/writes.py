"""Rows 11 and 12: what the engine itself costs, in one process: `python benchmarks/writes.py` prints both as JSON.

Row 12 writes 50,000 components of six types through a `WorldTransaction`, and the same rows to the same tables with `executemany` of
sqlite3, a database each. Making the component objects counts as the product's; making the tuples counts as the limit's.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, ClassVar

from sqlalchemy import delete, func, select

from dam.assets.models import (
    AssetComponent,
    ContentHashMD5Component,
    ContentHashSHA256Component,
    GeoComponent,
    TagComponent,
    ThumbnailComponent,
)
from dam.commands.core import Access, BaseCommand
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam.core.writes import table_of
from dam.models.base_component import Component

ROWS = 50_000
MOMENT = 1_700_000_000_000_000

MAKE: dict[type[Component], tuple[Callable[[int], Component], str, Callable[[int], tuple[Any, ...]]]] = {
    ContentHashSHA256Component: (lambda n: ContentHashSHA256Component(hash_value=_hash(n, 32)), "hash_value", lambda n: (_hash(n, 32),)),
    ContentHashMD5Component: (lambda n: ContentHashMD5Component(hash_value=_hash(n, 16)), "hash_value", lambda n: (_hash(n, 16),)),
    ThumbnailComponent: (
        lambda n: ThumbnailComponent(files={"small": f"{n}.webp"}),
        "files",
        lambda n: (json.dumps({"small": f"{n}.webp"}),),
    ),
    TagComponent: (
        lambda n: TagComponent(tag_name=f"tag/{n % 500}"),
        "tag_name, origin",
        lambda n: (f"tag/{n % 500}", "person"),
    ),
    GeoComponent: (
        lambda n: GeoComponent(latitude=n / 1000, longitude=n / 2000),
        "latitude, longitude, altitude",
        lambda n: (n / 1000, n / 2000, None),
    ),
    AssetComponent: (
        lambda n: AssetComponent(filename=f"IMG_{n}.jpg", size=n, mime_type="image/jpeg"),
        "asset_type, category, status, visibility, version, owner_id, filename, size, mime_type, width, height, duration, color",
        lambda n: (
            *("other", "physical", "uploading", "private", 1, None, f"IMG_{n}.jpg", n, "image/jpeg"),
            *(None, None, None, None),
        ),
    ),
}
"""Each type: how the product makes one, the columns that sqlite3 writes beside entity and moments, and their values."""


def _hash(number: int, size: int) -> bytes:
    return (number * 0x9E3779B97F4A7C15 % (1 << 64)).to_bytes(8, "big") * (size // 8)


@dataclass
class Nothing(BaseCommand[int]):
    """Does nothing."""

    access: ClassVar[Access] = "none"


async def handle_nothing(command: Nothing) -> int:  # noqa: ARG001 - it is the command's handler
    """Answer 1."""
    return 1


def writes(runs: int) -> dict[str, tuple[float, float]]:
    """Seconds of the product and of sqlite3 for the same rows, measured in turn, with and without making the objects; the medians."""
    figures: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as folder:
        asyncio.run(_prepare(Path(folder)))
        for _ in range(runs):
            whole = asyncio.run(_through_world(Path(folder), made_before=False))
            written = asyncio.run(_through_world(Path(folder), made_before=True))
            figures.append((whole, written, _through_sqlite(Path(folder) / "raw")))
    whole, written, limit = (median(column) for column in zip(*figures, strict=True))
    return {"writes": (whole, limit), "only_writes": (written, limit)}


def _world(home: Path) -> World:
    return create_world(settings=WorldSettings.in_directory("bench", home))


async def _prepare(folder: Path) -> None:
    """Two libraries alike, with the entities that the components go to."""
    for home in (folder / "product", folder / "raw"):
        async with _world(home) as world, world.transaction() as transaction:
            await transaction.create_entities(ROWS // len(MAKE) + 1)


async def _through_world(folder: Path, *, made_before: bool) -> float:
    pairs: list[Iterable[tuple[int, Component]]] = [_pairs(make) for make, _, _ in MAKE.values()]
    if made_before:
        pairs = [list(each) for each in pairs]
    async with _world(folder / "product") as world:
        async with world.transaction() as transaction:
            for kind in MAKE:
                await transaction.execute(delete(table_of(kind)))
        gc.collect()
        gc.freeze()  # as the command line does when its World is made
        begin = time.perf_counter()
        async with world.transaction() as transaction:
            for each in pairs:
                await transaction.add_components(each)
        seconds = time.perf_counter() - begin
        async with world.transaction(access="read") as transaction:
            for kind in MAKE:
                written = (await transaction.execute(select(func.count()).select_from(table_of(kind)))).scalar()
                if written != ROWS // len(MAKE):
                    raise SystemExit(f"{written} rows of {kind.__name__} were written, not {ROWS // len(MAKE)}")
        return seconds


def _pairs(make: Callable[[int], Component]) -> Iterator[tuple[int, Component]]:
    return ((number + 1, make(number)) for number in range(ROWS // len(MAKE)))


def _through_sqlite(home: Path) -> float:
    connection = sqlite3.connect(home / "dam.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"):
        connection.execute(statement)
    for kind in MAKE:
        connection.execute(f"DELETE FROM {table_of(kind).name}")  # noqa: S608 - a table of ours
    gc.collect()
    begin = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for kind, (_, columns, values) in MAKE.items():
        marks = ", ".join("?" * (columns.count(",") + 4))
        statement = f"INSERT INTO {table_of(kind).name} (entity_id, created_at, updated_at, {columns}) VALUES ({marks})"  # noqa: S608 - as above
        connection.executemany(statement, [(number + 1, MOMENT, MOMENT, *values(number)) for number in range(ROWS // len(MAKE))])
    connection.execute("COMMIT")
    seconds = time.perf_counter() - begin
    connection.close()
    return seconds


def dispatch(runs: int, count: int) -> tuple[float, float]:
    """Seconds of one dispatch to an empty handler, and of one bare await of it; the medians."""
    return asyncio.run(_dispatch(runs, count))


async def _dispatch(runs: int, count: int) -> tuple[float, float]:
    products, limits = [], []
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as folder:
        async with create_world(settings=WorldSettings.in_directory("bench", Path(folder)), plugins=[]) as world:
            world.register_system(handle_nothing, command_type=Nothing)
            command = Nothing()
            for _ in range(runs):
                begin = time.perf_counter()
                for _ in range(count):
                    await world.dispatch_command(command)
                middle = time.perf_counter()
                for _ in range(count):
                    await handle_nothing(command)
                products.append((middle - begin) / count)
                limits.append((time.perf_counter() - middle) / count)
    return median(products), median(limits)


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(json.dumps({**writes(runs), "dispatch": dispatch(runs, 20_000)}))
