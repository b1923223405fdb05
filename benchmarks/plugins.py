"""What each plugin's analyses take in an index, beside the same work called bare in one process: `python benchmarks/plugins.py TREE`.

The tree is indexed from an empty home with everything on and one child. Then, for every analysis that was ok, its function is called on the
same file once more: one process, no child, no messages, no limits, no database. Last, the libraries alone do the least without which there
were no facts and no preview (`raw_libraries.py`); files for which they do not are left out on both sides, and so is what has no other way
than the library anyway (text recognition, fingerprints of sound). Prints JSON: {plugin: {files, product, bare, alike, analysed,
libraries}}, in seconds but for the numbers of analyses (files) and of files that the libraries read (alike).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from measure import dam
from raw_libraries import LIBRARIES
from sqlalchemy import Connection, select

from dam.assets.models import AnalysisRecordComponent, AssetComponent, FileLocationComponent, Root
from dam.assets.models.location import StorageType
from dam.assets.resources import AssetAnalysis, DriverRegistry
from dam.core.analysis import Content
from dam.core.config import load_configuration
from dam.core.world import World
from dam.core.world_manager import create_world

FIGURES = ("files", "product", "bare", "alike", "analysed", "libraries")
BY_LIBRARY_ALONE = ("document.ocr", "audio.fingerprint")
"""Analyses that are one call of a library; nothing is left to compare them with."""


class Done(NamedTuple):
    """One analysis that was ok: of which asset, where its file lies, and what it took."""

    entity_id: int
    analysis: str
    seconds: float
    path: str
    mime_type: str
    size: int


def done(connection: Connection) -> list[Done]:
    """Every analysis that was ok on a file that lies by itself, once for each asset."""
    record, asset, place = AnalysisRecordComponent, AssetComponent, FileLocationComponent
    columns = (record.entity_id, record.name, record.seconds, Root.path, place.path.label("file"), asset.mime_type, asset.size)
    statement = select(*columns).join(asset, asset.entity_id == record.entity_id).join(place, place.entity_id == record.entity_id)
    statement = statement.join(Root, Root.id == place.root_id).order_by(place.id)
    statement = statement.where(record.status == "ok", record.seconds.is_not(None), place.storage_type == StorageType.IN_PLACE)
    found = {
        (row.entity_id, row.name): Done(
            row.entity_id, row.name, row.seconds, os.fsdecode(row.path + b"/" + row.file), row.mime_type, row.size
        )
        for row in connection.execute(statement)
    }
    return list(found.values())


def bare(function: Callable[[Content, Mapping[str, Any]], Any], one: Done, settings: Mapping[str, Any]) -> float:
    """The seconds of one call."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as scratch:
        content = Content(one.path, one.mime_type, one.size, scratch)
        start = time.perf_counter()
        function(content, settings)
        return time.perf_counter() - start


def function_of(offered: AssetAnalysis) -> tuple[str, Callable[[Content, Mapping[str, Any]], Any]]:
    """The package of an analysis, and its function."""
    module, _, name = offered.analysis.function.partition(":")
    return module.partition(".")[0], getattr(importlib.import_module(module), name)


def offers(world: World) -> Iterator[AssetAnalysis]:
    """Every analysis that any driver offers."""
    for driver in world.get_resource(DriverRegistry):
        yield from driver.analyses


async def compare(home: Path) -> dict[str, dict[str, float]]:
    """Call bare what an index has done, and do the same by the libraries alone."""
    figures: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0.0))
    analysed: dict[tuple[str, Done], float] = defaultdict(float)
    async with create_world(configuration=load_configuration(home)) as world:
        offered = {one.analysis.name: one for one in offers(world)}
        first: dict[tuple[str, int], Done] = {}
        for one in await world.database.read(done):
            package, function = function_of(offered[one.analysis])
            settings = await offered[one.analysis].all_settings(world, one.entity_id)
            figures[package]["bare"] += bare(function, one, settings)
            figures[package]["product"] += one.seconds
            figures[package]["files"] += 1
            if one.analysis not in BY_LIBRARY_ALONE:
                analysed[package, first.setdefault((package, one.entity_id), one)] += one.seconds
    loaded: set[str] = set()
    for (package, one), seconds in analysed.items():
        spent = by_libraries(package, one) if package in loaded else None
        if package not in loaded:  # the first call loads the libraries, which the product's child has done before its clock runs
            loaded.add(package)
            by_libraries(package, one)
            spent = by_libraries(package, one)
        if spent is not None:
            figures[package]["alike"] += 1
            figures[package]["analysed"] += seconds
            figures[package]["libraries"] += spent
    return figures


def by_libraries(package: str, one: Done) -> float | None:
    """The seconds that the libraries of a plugin take for a file; None where they do not read it."""
    start = time.perf_counter()
    try:
        LIBRARIES[package](Path(one.path), one.mime_type)
    except Exception:  # noqa: BLE001 - libraries raise what they like; such a file is left out on both sides
        return None
    return time.perf_counter() - start


def main() -> None:
    """Index, call bare, and print both."""
    os.environ.update(DAM_ASSETS__WORKERS="1", VIPS_CONCURRENCY="1", OMP_THREAD_LIMIT="1", OMP_NUM_THREADS="1")
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
        subprocess.run(
            dam("--home", home, "index", "--json", sys.argv[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        print(json.dumps(asyncio.run(compare(Path(home)))))


if __name__ == "__main__":
    main()
