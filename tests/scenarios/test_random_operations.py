"""Random work on two folders, scanned, crashed, restarted and unplugged at random, beside a small model of what must be known.

After each scan the library and the model (`identity_model.py`) must agree: which entity every file belongs to, its tags, which is a new
version of which; and a witness (`identity_witness.py`), who follows no rule but knows what was really done, must have no objection.
The full figures, under `poe proof`, are 10,000 operations; their report is `docs/proof/random-operations.md`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dam.assets.commands import (
    EmptyTrashCommand,
    ListActionsCommand,
    RestoreAssetsCommand,
    StoreFilesCommand,
    TagAssetsCommand,
    TrashAssetsCommand,
    UndoCommand,
)
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import RootOfflineError
from dam.core.faults import POINTS, FaultError
from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_fs.functions.birth import born_ns
from dam_fs.functions.file_system import file_system_type, has_stable_inodes
from dam_fs.plugin import FsPlugin
from dam_test_utils.changing_disk import ROOTS, Disk
from dam_test_utils.fixtures import ArmFault, MakeWorld
from dam_test_utils.identity_model import File, Key, Model
from dam_test_utils.identity_witness import Witness

LIFE = Path(__file__).with_name("scan_life.py")
SEEDS = range(100, 150)
WEIGHTS = {
    **dict.fromkeys(("create", "edit", "rename", "move"), 7),
    **dict.fromkeys(("copy", "delete", "swap", "crash", "tag"), 5),
    **dict.fromkeys(("link", "trash", "undo"), 4),
    "scan": 12,
    "restart": 4,
    "unplug": 4,
}
STORE_POINTS = ("store.before_write", "store.before_fsync", "store.before_rename", "store.after_rename", "store.after_sync")
SCAN_POINTS = ("unit.before_commit", "unit.after_commit", "index.before_batch", "index.after_batch", "index.before_finish")
TRASH_POINT = "trash.before_objects"
ANALYSIS_POINTS = ("worker.before_run", "worker.after_answer", "cache.before_take", "cache.after_take", "analyse.before_write")
MIGRATION_POINTS = ("migrate.between_steps", "migrate.before_commit")


@dataclass
class Trial:
    """One library beside one model."""

    make_world: MakeWorld
    home: Path
    chance: random.Random
    arm: ArmFault
    kills: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    real: dict[int, int] = field(default_factory=dict)
    done: list[tuple[int, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.disk = Disk(self.home / "disk", self.chance)
        with self.disk.path(("one", "always")).open("rb") as file:
            self.tells_births = born_ns(file.fileno()) is not None
        self.model, self.witness = Model(), Witness()
        self.kept: dict[str, int] = {}

    def open(self) -> World:
        return self.make_world(AssetsPlugin, FsPlugin, home=self.home / "home")

    async def run(self, operations: int) -> None:
        """Do this many operations, then look at all."""
        if self.kills:
            await asyncio.to_thread(self.die, "", f"{self.chance.choice(MIGRATION_POINTS)}=kill")  # its first moment is its last
        self.world = self.open()
        await self.world.open()
        try:
            await self.scan()
            kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
            for self.step in range(operations):
                kind = self.chance.choices(kinds, weights)[0]
                self.counts[kind] += 1
                await self.do(kind)
            await self.scan(both=True)
        finally:
            await self.world.close()

    async def do(self, kind: str) -> None:
        if kind in ("scan", "crash", "restart", "unplug", "tag", "trash", "undo"):
            await getattr(self, kind)()
        else:
            getattr(self.disk, kind)()

    async def scan(self, both: bool = True) -> None:
        both = (both and self.chance.random() < 0.5) or not self.real
        roots = list(ROOTS) if both else [self.chance.choice(ROOTS)]
        if self.real:
            self.chance.shuffle(roots)
        for root in roots:
            await self.look(root)

    async def look(self, root: str, away: frozenset[str] = frozenset()) -> None:
        summary = (await self.world.dispatch_command(IndexPathCommand(self.disk.home / root, root))).one()
        assert not [*summary.failed, *summary.suspect]
        self.judge(root, away)

    def judge(self, root: str, away: frozenset[str] = frozenset()) -> None:
        """Let the model look, too, and compare."""
        told = {}
        for key, file in self.disk.files.items():
            if key[0] not in away:
                number = file.number if self.tells_births else 0
                told[key] = File(file.content, file.inode, number, self.disk.path(key).stat().st_ctime_ns)
        self.model.scan(root, told, away)
        comparison = Comparison(self, root, told)
        comparison.run()
        here = {key: entity for key, entity, _, status in comparison.rows if status == "present"}
        assert self.witness.look(root, told, here, comparison.tags, away) == []

    async def tag(self) -> None:
        """A person says something of an asset, once."""
        if self.real:
            entity = self.chance.choice(sorted(self.real))
            name = f"tag {len(self.kept)}-{self.counts['tag']}"
            await self.world.dispatch_command(TagAssetsCommand((self.real[entity],), (name,)))
            self.model.tags[entity].add(name)

            def back() -> None:
                self.model.tags[entity].discard(name)
                self.witness.said.discard((self.real[entity], name))

            await self.note(back)

    async def trash(self) -> None:
        """A person throws an asset away, or takes it back."""
        if self.real:
            entity = self.chance.choice(sorted(self.real))
            kind = RestoreAssetsCommand if entity in self.model.trashed else TrashAssetsCommand
            await self.world.dispatch_command(kind((self.real[entity],)))
            self.model.trashed ^= {entity}
            await self.note(lambda: self.model.trashed.symmetric_difference_update({entity}))

    async def note(self, back: Callable[[], None]) -> None:
        """Remember what was done last, and how the model takes it back."""
        (last,) = (await self.world.dispatch_command(ListActionsCommand(1))).one()
        self.done.append((last["id"], back))

    async def undo(self) -> None:
        """A person takes back what was done last."""
        if self.done:
            action, back = self.done.pop()
            await self.world.dispatch_command(UndoCommand(action))
            back()

    async def restart(self) -> None:
        await self.world.close()
        self.world = self.open()
        await self.world.open()

    async def crash(self) -> None:
        """A scan, or the taking in of a file, that ends at a fault point; then it is done again."""
        kill = self.chance.random() < self.kills
        point = self.chance.choice(SCAN_POINTS + (ANALYSIS_POINTS if kill else (*STORE_POINTS, TRASH_POINT)))
        if point in STORE_POINTS:
            await self.crash_store(point)
            return
        if point == TRASH_POINT:
            await self.crash_trash()
            return
        root = self.chance.choice(ROOTS)
        at = 1 if point in ANALYSIS_POINTS else self.chance.choice((1, 1, 2, 3))
        if kill:
            await self.world.close()
            await asyncio.to_thread(self.die, root, f"{point}=kill@{at}")
            self.world = self.open()
            await self.world.open()
        else:
            armed = self.arm(point, "raise", at=at)
            try:
                await self.world.dispatch_command(IndexPathCommand(self.disk.home / root, root))
            except FaultError:
                self.points[point] += 1
            finally:
                armed.clear()
            await self.restart()
        await self.look(root)

    def die(self, root: str, faults: str) -> None:
        """Let a process look at a root, and be killed at a fault point if it comes so far."""
        folders = [str(self.disk.home / root)] if root else []
        command = [sys.executable, str(LIFE), str(self.home / "home"), *folders]
        done = subprocess.run(command, env={**os.environ, "DAM_FAULTS": faults}, check=False)
        assert done.returncode in (0, -signal.SIGKILL)
        if done.returncode:
            self.points[f"{faults.partition('=')[0]} (killed)"] += 1

    async def crash_store(self, point: str) -> None:
        """Take in a file that lies in no root; after a failure, the same again."""
        number = len(self.kept)
        file = self.home / f"taken {number}"
        file.write_text(f"taken {number}")
        armed = self.arm(point, "raise")
        try:
            told = (await self.world.dispatch_command(StoreFilesCommand((file,)))).one()
            assert told[0].status == "failed"
        except FaultError:
            pass
        finally:
            armed.clear()
        self.points[point] += 1
        await self.restart()
        (stored,) = (await self.world.dispatch_command(StoreFilesCommand((file,)))).one()
        assert stored.entity_id is not None
        await self.world.dispatch_command(TagAssetsCommand((stored.entity_id,), (f"kept {number}",)))
        self.kept[f"kept {number}"] = stored.entity_id

    async def crash_trash(self) -> None:
        """Take in a file and throw it away for good; a failure leaves an object that nobody needs, and that is taken up again."""
        file = self.home / "thrown"
        file.write_text(f"thrown {self.step}")
        (stored,) = (await self.world.dispatch_command(StoreFilesCommand((file,)))).one()
        assert stored.entity_id is not None
        await self.world.dispatch_command(TrashAssetsCommand((stored.entity_id,)))
        armed = self.arm(TRASH_POINT, "raise")
        with pytest.raises(FaultError):
            await self.world.dispatch_command(EmptyTrashCommand((stored.entity_id,), confirmed=True))
        armed.clear()
        self.points[TRASH_POINT] += 1
        await self.restart()
        (again,) = (await self.world.dispatch_command(StoreFilesCommand((file,)))).one()
        assert (again.status, again.entity_id != stored.entity_id) == ("new", True)

    async def unplug(self) -> None:
        """A root is away: looking at it changes nothing, and the other one goes on."""
        root, other = self.chance.sample(ROOTS, 2)
        self.disk.path((root, "")).rename(self.home / "unplugged")
        before = rows(self.home)
        with pytest.raises(RootOfflineError):
            await self.world.dispatch_command(IndexPathCommand(self.disk.home / root, root))
        assert rows(self.home) == before
        if self.chance.random() < 0.5:
            await self.look(other, frozenset({root}))
        (self.home / "unplugged").rename(self.disk.home / root)


Row = tuple[Key, int, str, str]


def rows(home: Path) -> tuple[list[Row], set[tuple[int, str]], set[tuple[int, int]], dict[int, str]]:
    """What the database says: the places beneath the two roots, the tags, the versions, and the status of the assets."""
    with closing(sqlite3.connect(home / "home" / "dam.db")) as database:
        places = database.execute(
            "SELECT r.name, CAST(l.path AS TEXT), l.entity_id, hex(l.content), l.status FROM component_file_location l"
            " JOIN roots r ON r.id = l.root_id WHERE r.name IN ('one', 'two') ORDER BY l.id"
        ).fetchall()
        tags = set(database.execute("SELECT entity_id, tag_name FROM component_tag").fetchall())
        versions = set(database.execute("SELECT source_id, target_id FROM links WHERE relation = 'version_of'").fetchall())
        statuses = dict(database.execute("SELECT entity_id, status FROM component_asset").fetchall())
    return [((root, path), entity, content, status) for root, path, entity, content, status in places], tags, versions, statuses


def in_trash(home: Path) -> set[int]:
    """The assets that are in the trash."""
    with closing(sqlite3.connect(home / "home" / "dam.db")) as database:
        return {row[0] for row in database.execute("SELECT entity_id FROM component_trashed").fetchall()}


class Comparison:
    """The library beside the model, after a look at one root."""

    def __init__(self, trial: Trial, root: str, disk: dict[Key, File]) -> None:
        self.trial, self.model, self.root, self.disk = trial, trial.model, root, disk
        self.rows, self.tags, self.versions, self.statuses = rows(trial.home)
        self.trashed = in_trash(trial.home)

    def run(self) -> None:
        here = {key: entity for key, entity, _, status in self.rows if status == "present"}
        expected = self.model.present(self.root)
        found = {key: entity for key, entity in here.items() if key[0] == self.root}
        assert set(found) == set(expected) == {key for key in self.disk if key[0] == self.root}, "the files that are there"
        self.meet(found, expected)
        self.follow_others(here)
        self.adopt_missing()
        self.human_facts()
        self.contents()

    def meet(self, found: dict[Key, int], expected: dict[Key, int]) -> None:
        """Every file belongs to the entity that it must; one that is new is met here for the first time."""
        real, known = self.trial.real, set(self.trial.real.values())
        for key, entity in sorted(expected.items()):
            if entity not in real:
                assert found[key] not in known, f"{key} must be a new entity, and is {found[key]}"
                real[entity] = found[key]
                known.add(found[key])
            assert found[key] == real[entity], f"{key} must be {real[entity]}, and is {found[key]}"

    def follow_others(self, here: dict[Key, int]) -> None:
        """Places of the other root stay, unless their file was found to have moved away from there."""
        others = [key for key, place in self.model.places.items() if place.present and key[0] != self.root]
        for key in others:
            if key in here:
                assert here.pop(key) == self.trial.real[self.model.places[key].entity], f"{key} was not looked at"
            else:
                assert key not in self.disk, f"{key} is there"
                self.model.leave(key)
        assert {key for key in here if key[0] != self.root} == set(), "places that nobody has looked at"

    def adopt_missing(self) -> None:
        """Which of several missing places was taken for the one that moved is left to the library; that it was one is not."""
        model, entities = self.model, {real: entity for entity, real in self.trial.real.items()}
        old = {key: place for key, place in model.places.items() if not place.present}
        for key, real, _, status in self.rows:
            if status != "present":
                assert (entities[real], key) in model.lived, f"{key} was never {real}"
                assert key in old, f"{key} was not missing before"
                assert old.pop(key).entity == entities[real], f"{key} is missing as another entity's"
        for key in old:
            model.leave(key)

    def human_facts(self) -> None:
        """Tags, versions and statuses are exactly those that must be."""
        real = self.trial.real
        told = {(real[entity], tag) for entity, tags in self.model.tags.items() for tag in tags}
        assert self.tags == told | {(entity, tag) for tag, entity in self.trial.kept.items()}
        assert self.trashed == {real[entity] for entity in self.model.trashed}
        assert self.versions == {(real[new], real[old]) for new, old in self.model.versions}
        present = {entity for _, entity, _, status in self.rows if status == "present"}
        assert {one for one in real.values() if self.statuses[one] == "missing"} == set(real.values()) - present

    def contents(self) -> None:
        """What lies where it was seen is one content an entity, and files without bytes share none."""
        found: dict[int, set[str]] = {}
        empty: Counter[int] = Counter()
        for key, entity, content, status in self.rows:
            if status == "present" and key[0] == self.root:
                found.setdefault(entity, set()).add(content)
                empty[entity] += self.disk[key].content is None
        assert all(len(contents) == 1 for contents in found.values())
        assert all(count < 2 for count in empty.values())


async def attempt(make_world: MakeWorld, folder: Path, faults: ArmFault, seed: int, operations: int, kills: float = 0.0) -> Trial:
    """One seed's library; a failure names the seed and the operation."""
    if not has_stable_inodes(file_system_type(os.fsencode(folder))):
        pytest.skip("the temporary folder's file system does not keep inodes")
    trial = Trial(make_world, folder, random.Random(seed), faults, kills)
    try:
        await trial.run(operations)
    except AssertionError as error:
        error.add_note(f"seed {seed}, operation {getattr(trial, 'step', 0)}")
        raise
    return trial


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_random_operations(make_world: MakeWorld, tmp_path: Path, faults: ArmFault, seed: int) -> None:
    trial = await attempt(make_world, tmp_path / "trial", faults, seed, 50)
    assert trial.counts.total() == 50


def test_the_witness_objects() -> None:
    """To a wrong relink, a content that is not followed, a file that is taken for a new one, and words that are forgotten."""

    def look(witness: Witness, files: dict[str, tuple[str, int]], found: dict[str, int], *said: tuple[int, str]) -> int:
        disk = {("one", path): File(content, number, number) for path, (content, number) in files.items()}
        return len(witness.look("one", disk, {("one", path): entity for path, entity in found.items()}, said))

    def witness() -> Witness:
        first = Witness()
        assert look(first, {"a": ("A", 1), "b": ("B", 2)}, {"a": 1, "b": 2}, (1, "tag")) == 0
        return first

    moved = {"b": ("B", 2), "c": ("A", 1)}
    assert look(witness(), moved, {"b": 2, "c": 1}, (1, "tag")) == 0
    assert look(witness(), moved, {"b": 2, "c": 1}) == 1, "the tag is forgotten"
    assert look(witness(), moved, {"b": 2, "c": 3}, (1, "tag")) == 1, "the content is not followed"
    assert look(witness(), {"b": ("B", 2), "c": ("C", 1)}, {"b": 2, "c": 3}, (1, "tag")) == 1, "the file is not followed"
    assert look(witness(), {"b": ("B", 2), "c": ("C", 3)}, {"b": 2, "c": 3}, (1, "tag")) == 0
    assert look(witness(), {"b": ("B", 2), "c": ("C", 3)}, {"b": 2, "c": 1}, (1, "tag")) == 1, "a wrong relink"
    assert look(witness(), {"a": ("C", 1), "b": ("B", 2)}, {"a": 3, "b": 2}, (1, "tag")) == 1, "an edited file is taken for a new one"


@pytest.mark.proof
async def test_ten_thousand_operations(make_world: MakeWorld, tmp_path: Path, faults: ArmFault, repository: Path) -> None:
    began = time.monotonic()
    counts, points, ways, checks = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    failures: list[str] = []
    for seed in SEEDS:
        try:
            trial = await attempt(make_world, tmp_path / f"trial {seed}", faults, seed, 10_000 // len(SEEDS), kills=0.1)
        except AssertionError as error:
            failures.append(" ".join([str(error), *error.__notes__]))
            continue
        counts += trial.counts
        points += trial.points
        ways += trial.disk.ways
        checks += trial.witness.checks
    seconds = time.monotonic() - began
    assert failures == []
    assert counts.total() == 10_000
    assert min(counts.values()) >= 300
    assert {*SCAN_POINTS, *STORE_POINTS, TRASH_POINT, *(f"{one} (killed)" for one in (*ANALYSIS_POINTS, *MIGRATION_POINTS))} <= set(points)
    assert {point.partition(" ")[0] for point in points} == set(POINTS)
    report = report_of(counts, ways, checks, points, seconds)
    (repository / "docs" / "proof" / "random-operations.md").write_text(report, "utf-8")


def report_of(counts: Counter[str], ways: Counter[str], checks: Counter[str], points: Counter[str], seconds: float) -> str:
    """What was done and tried, as a page."""
    lines = [
        "# Random operations beside a reference model and a witness",
        "",
        f"{counts.total()} operations on two folders, in {len(SEEDS)} libraries (the seeds {SEEDS[0]} to {SEEDS[-1]}), in {seconds:.0f} s.",
        "After each scan the library knew exactly what the model says it must: no divergence, no tag lost, no wrong relink. A witness who",
        "follows no rule, but knows what was really done with every file, had no objection.",
        "",
        *table("Operation", {kind: counts[kind] for kind in WEIGHTS}),
        *table("In which way", dict(sorted(ways.items()))),
        *table("Checked by the witness", dict(sorted(checks.items()))),
        *table("Crash at", dict(sorted(points.items()))),
        "A crash is an exception at the point and a restart, or, where it says so, `kill -9`. `poe proof` writes this;",
        "`tests/scenarios/test_random_operations.py` has the test, `dam_test_utils.identity_model` the model, and",
        "`dam_test_utils.identity_witness` the witness.",
        "",
    ]
    return "\n".join(lines)


def table(title: str, counts: Mapping[str, int]) -> list[str]:
    """Counts as a table."""
    return [f"| {title} | Times |", "|---|---|", *(f"| {name.replace('_', ' ')} | {count} |" for name, count in counts.items()), ""]
