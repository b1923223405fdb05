"""What a second look at a folder costs: nothing for a file that has not changed, whatever their number."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine, event

from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, IndexSummary
from dam_fs.functions.fingerprint import fingerprint_file
from dam_fs.plugin import FsPlugin
from dam_fs.systems import reading as reading_module
from dam_test_utils.fixtures import MakeWorld

FEW, MANY, CHANGES = 100, 2_000, 10
SLACK = 20
"""Statements more or less: the background looks once or twice for what is to be analysed."""


@dataclass
class Cost:
    """What was done since the counting began."""

    statements: int = 0
    rows: int = 0
    opened: int = 0


@pytest_asyncio.fixture
async def small(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"settle_seconds": 0}) as world:
        yield world


@pytest.fixture(autouse=True)
def one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine writes no more often than a fast one."""
    monkeypatch.setattr(reading_module, "BATCH_SECONDS", 600.0)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cost]:
    """Counts the statements to the database, the rows that they write, and the files that are opened to be read."""
    cost = Cost()

    def opened(*arguments: Any, **options: Any) -> Any:
        cost.opened += 1
        return fingerprint_file(*arguments, **options)

    def executed(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        cost.statements += 1
        if not statement.lstrip().upper().startswith("SELECT"):
            cost.rows += max(0, cursor.rowcount)

    event.listen(Engine, "after_cursor_execute", executed)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(reading_module, "fingerprint_file", opened)
            yield cost
    finally:
        event.remove(Engine, "after_cursor_execute", executed)


def fill(tree: Path, numbers: range) -> None:
    for number in numbers:
        path = tree / f"{number // 100:03d}" / f"{number:05d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x01\xff" + number.to_bytes(4, "big"))


async def look(world: World, tree: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[IndexSummary, Cost]:
    with counted(monkeypatch) as cost:
        summary = (await world.dispatch_command(IndexPathCommand(tree))).one()
        await world.settled()
    return summary, cost


async def test_a_second_look_costs_what_has_changed(small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    costs: dict[int, tuple[Cost, Cost]] = {}
    for count in (FEW, MANY):
        fill(tree, range(len(costs) and FEW, count))
        await look(small, tree, monkeypatch)
        summary, nothing = await look(small, tree, monkeypatch)
        assert (summary.files, summary.unchanged, nothing.opened) == (count, count, 0)
        for number in range(CHANGES):
            path = tree / "000" / f"{number:05d}.bin"
            path.write_bytes(os.urandom(16))
        summary, some = await look(small, tree, monkeypatch)
        assert (summary.changed, summary.unchanged, some.opened) == (CHANGES, count - CHANGES, CHANGES)
        costs[count] = nothing, some
    for few, many in zip(costs[FEW], costs[MANY], strict=True):
        assert many.statements <= few.statements + SLACK, "no statement a file"
        assert many.rows == few.rows, "no row is written for what has not changed"
    assert costs[MANY][0].rows <= CHANGES, "an unchanged folder: its root has been looked at, hardly more"
