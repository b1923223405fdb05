"""Damaged files of many formats, indexed by a library with all plugins: each has an outcome and a reason, and disturbs nothing else."""

from __future__ import annotations

import resource
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_test_utils.fixtures import MakeWorld
from tests.scenarios.hostile.damage import SEED, damaged
from tests.scenarios.hostile.outcomes import Outcome, read_outcomes, read_statuses, slowest, told_badly
from tests.scenarios.hostile.seeds import made_seeds, sample_seeds

AT_ONCE = 500
SLOW = 2.0  # seconds
MOST_MEMORY = 1 << 30  # bytes that one child may hold
ENDS = ("ready", "partial", "error")
SMALL = {"thumbnail_small": 32, "thumbnail_medium": 64}  # what is drawn is not what is tried here


@dataclass
class Campaign:
    """What came of it: files and the statuses of their assets, and every analysis."""

    files: int = 0
    known: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: list[Outcome] = field(default_factory=list)

    def check(self, count: int) -> None:
        assert self.files == count == self.known
        assert not set(self.statuses) - set(ENDS), self.statuses
        assert not [one for one in self.outcomes if one.status not in ("ok", "skipped", "failed")]
        assert not told_badly(self.outcomes)
        assert not [one for one in self.outcomes if "took longer" in (one.message or "")]
        assert {"ok", "failed"} <= {one.status for one in self.outcomes}
        assert len({one.format for one in self.outcomes}) >= 12


async def index_damaged(world: World, folder: Path, seeds: Mapping[str, bytes], count: int) -> Campaign:
    """Index so many damaged files, the formats in turn, some hundred at a time."""
    campaign = Campaign()
    kinds = sorted(seeds)
    for first in range(0, count, AT_ONCE):
        part = folder / str(first)
        part.mkdir(parents=True)
        for number in range(first, min(first + AT_ONCE, count)):
            kind = kinds[number % len(kinds)]
            name = f"{number:05}.{kind}"
            (part / name).write_bytes(damaged(seeds[kind], name))
        summary = (await world.dispatch_command(IndexPathCommand(part))).one()
        campaign.files += summary.files
        campaign.known += summary.new + summary.copied
        shutil.rmtree(part)
    campaign.outcomes, campaign.statuses = await read_outcomes(world), await read_statuses(world)
    return campaign


async def test_damaged_files_have_an_outcome(make_world: MakeWorld, tmp_path: Path) -> None:
    async with make_world(None, dam_assets=SMALL) as world:
        campaign = await index_damaged(world, tmp_path / "damaged", made_seeds(), 100)
    campaign.check(100)


@pytest.mark.proof
async def test_twenty_thousand_damaged_files_have_an_outcome(
    make_world: MakeWorld, tmp_path: Path, sample_files: Path, pytestconfig: pytest.Config
) -> None:
    begun, count = time.monotonic(), 20_000
    seeds = sample_seeds(sample_files) | made_seeds()
    async with make_world(None, dam_assets={**SMALL, "workers": 2}) as world:
        campaign = await index_damaged(world, tmp_path / "damaged", seeds, count)
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    (pytestconfig.rootpath / "docs/proof/damaged-files.md").write_text(report(campaign, seeds, held, time.monotonic() - begun))
    campaign.check(count)
    assert held < MOST_MEMORY


def report(campaign: Campaign, seeds: Mapping[str, bytes], held: int, seconds: float) -> str:
    """The figures of the full campaign."""
    outcomes = campaign.outcomes
    analyses: dict[str, Counter[str]] = {}
    for one in outcomes:
        analyses.setdefault(one.analysis, Counter())[one.status] += 1
    rows = [f"| {name} | {found['ok']} | {found['skipped']} | {found['failed']} |" for name, found in sorted(analyses.items())]
    said = [one.message or "" for one in outcomes]
    slow = sorted((one for one in outcomes if one.seconds > SLOW), key=lambda one: -one.seconds)
    lines = [
        "# Damaged files",
        "",
        f"{campaign.files:,} files of {len(seeds)} formats, each with one to eight faults (seed {SEED}), indexed by `IndexPathCommand`",
        f"of a library with all plugins, {AT_ONCE} at a time. It took {seconds:,.0f} s on two cores that others used as well.",
        "",
        f"Formats: {', '.join(sorted(seeds))}.",
        "",
        "| What | Figure |",
        "|---|---|",
        f"| files that are an asset, or a place of one | {campaign.known:,} of {campaign.files:,} |",
        f"| assets ready, partial, error | {', '.join(f'{campaign.statuses[name]:,}' for name in ENDS)} |",
        f"| in any other state | {sum(campaign.statuses.values()) - sum(campaign.statuses[name] for name in ENDS):,} |",
        "| crashes of the service | 0 |",
        f"| crashes of a child | {sum(' crashed on ' in one or 'ended without' in one for one in said)} |",
        f"| stopped by the limit of time | {sum('took longer' in one for one in said)} |",
        f"| stopped by the limit of memory | {sum('needed more memory' in one for one in said)} |",
        f"| the most that a child held | {held >> 20} MiB |",
        f"| above {SLOW:g} s by the clock, in a process of lowest priority | {len(slow)} |",
        f"| reasons that are no sentence | {len(told_badly(outcomes))} |",
        "",
        "| Analysis | ok | skipped | failed |",
        "|---|---|---|---|",
        *rows,
        "",
    ]
    lines += slowest(slow)
    lines += [
        "`poe proof` writes this; `tests/scenarios/test_damaged_files.py` has the test, `tests/scenarios/hostile/` the damage.",
    ]
    return "\n".join(lines) + "\n"
