"""Files that mean harm, indexed by a library with all plugins and served by it: nothing leaves its bounds, and each ends with a reason."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_test_utils.fixtures import MakeWorld
from dam_test_utils.truth import snapshot
from dam_web.app import create_api
from tests.scenarios.hostile.bombs import bomb_files
from tests.scenarios.hostile.lies import disguised, lies
from tests.scenarios.hostile.orders import paper_files
from tests.scenarios.hostile.outcomes import Outcome, read_outcomes, read_statuses, slowest, told_badly
from tests.scenarios.hostile.places import make_names, make_special

SECRET = b"the canary that nobody may read"
SLOW = 2.0
MOST_MEMORY = 1 << 30
MOST_KEPT = 256 << 20
"""Bytes that the whole library may take for all of them."""


class Canary:
    """A listener on this machine that nobody may reach."""

    def __init__(self) -> None:
        self.port = 0
        self.hits = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen; every connection is a hit."""

        async def hit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.hits += 1
            writer.close()

        server = await asyncio.start_server(hit, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield


@dataclass
class Run:
    """What came of it."""

    made: int
    special: int
    files: int = 0
    known: int = 0
    hits: int = 0
    changed: list[str] = field(default_factory=list)
    told: int = 0
    kept: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: list[Outcome] = field(default_factory=list)
    served: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        assert self.files == self.known >= self.made
        assert not set(self.statuses) - {"ready", "partial", "error"}, self.statuses
        assert self.hits == self.told == 0
        assert self.changed == []
        assert self.kept < MOST_KEPT
        assert not told_badly(self.outcomes)
        assert not [one for one in self.outcomes if "took longer" in (one.message or "")]
        assert self.served["asset"] >= self.made
        assert self.served["unsafe"] == self.served["failed"] == 0


async def endure(make_world: MakeWorld, folder: Path, monkeypatch: pytest.MonkeyPatch, *, everything: bool) -> Run:
    """Index hostile files beside a file that none of them may read, watch what happens, and serve what was found."""
    library, home, secret = folder / "library", folder / "home", folder / "secret"
    for one in (library, home, folder / "user"):
        one.mkdir()
    secret.write_bytes(SECRET)
    monkeypatch.setenv("HOME", str(folder / "user"))
    canary = Canary()
    async with canary.listening():
        address = f"http://127.0.0.1:{canary.port}/canary"
        files = paper_files(canary.port, str(secret)) | lies(address) | disguised()
        chosen = files | bomb_files() if everything else dict(sorted(files.items())[::10])
        for name, data in chosen.items():
            (library / name).write_bytes(data)
        special = make_special(library / "places", secret)
        run = Run(len(chosen) + make_names(library / "names"), special)
        before = {path: facts for path, facts in snapshot(folder).items() if not path.startswith(str(home))}
        async with make_world(None, home=home, dam_assets={"workers": 2 if everything else 1}) as world:
            summary = (await world.dispatch_command(IndexPathCommand(library))).one()
            await world.settled()
            run.files, run.known = summary.files, summary.new + summary.copied
            run.outcomes, run.statuses = await read_outcomes(world), await read_statuses(world)
            await serve(world, run)
    after = {path: facts for path, facts in snapshot(folder).items() if not path.startswith(str(home))}
    run.hits = canary.hits
    run.changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    kept = [path for path in home.rglob("*") if path.is_file()]
    run.kept = sum(path.stat().st_size for path in kept)
    run.told = sum(SECRET in path.read_bytes() for path in kept)
    return run


async def serve(world: World, run: Run) -> None:
    """Ask the web for every asset, its bytes and its thumbnails, as a browser does."""
    transport = httpx.ASGITransport(create_api(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as client:
        cursor: str | None = ""
        while cursor is not None:
            page = (
                await client.get("/api/dam/assets", params={"limit": 200, "members": True, **({"cursor": cursor} if cursor else {})})
            ).json()
            cursor = page["next"]
            for item in page["items"]:
                run.served["asset"] += 1
                answers = [await client.get(f"/api/dam/assets/{item['id']}{part}") for part in ("", "/thumbnail/small")]
                async with client.stream("GET", f"/api/dam/assets/{item['id']}/content") as content:
                    run.served["unsafe"] += content.status_code == 200 and not is_safe(content.headers)
                run.served["failed"] += sum(answer.status_code not in (200, 404) for answer in [*answers, content])
                run.served["content"] += content.status_code == 200


def is_safe(headers: Mapping[str, str]) -> bool:
    """Whether a browser that is given this runs nothing of it."""
    policy = headers["content-security-policy"]
    kind = headers["content-type"].partition(";")[0]
    shown = headers["content-disposition"].startswith("inline")
    closed = "sandbox" in policy or kind == "application/pdf"
    plain = not shown or (kind.startswith(("image/", "audio/", "video/")) and "svg" not in kind) or kind == "application/pdf"
    return headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in policy and closed and plain


async def test_hostile_files_stay_in_their_bounds(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (await endure(make_world, tmp_path, monkeypatch, everything=False)).check()


@pytest.mark.proof
async def test_all_hostile_files_stay_in_their_bounds(
    make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    begun = time.monotonic()
    run = await endure(make_world, tmp_path, monkeypatch, everything=True)
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    (pytestconfig.rootpath / "docs/proof/hostile-files.md").write_text(report(run, held, time.monotonic() - begun))
    assert run.made >= 100
    run.check()
    assert held < MOST_MEMORY


def report(run: Run, held: int, seconds: float) -> str:
    """The figures of the whole run."""
    said = Counter(f"| {one.analysis} | {one.status} |" for one in run.outcomes)
    slow = sorted((one for one in run.outcomes if one.seconds > SLOW), key=lambda one: -one.seconds)
    failed = sorted((one.filename, one.analysis, one.message or "") for one in run.outcomes if one.status != "ok")
    lines = [
        "# Hostile files",
        "",
        f"{run.made} files that were made to do harm, and {run.special} links, pipes, sockets and devices, indexed by",
        "`IndexPathCommand` of a library with all plugins, then asked for through the REST interface.",
        f"It took {seconds:,.0f} s on two cores that others used as well.",
        "",
        "| What | Figure |",
        "|---|---|",
        f"| regular files found, in the library | {run.files}, {run.known} |",
        f"| assets ready, partial, error | {run.statuses['ready']}, {run.statuses['partial']}, {run.statuses['error']} |",
        f"| files made, changed or removed outside the library's home | {len(run.changed)} |",
        f"| connections to the listener that they name | {run.hits} |",
        f"| files of the home that hold the secret that they name | {run.told} |",
        f"| bytes that the home takes for all of them | {run.kept >> 20} MiB |",
        f"| the most that a child held | {held >> 20} MiB |",
        f"| stopped by the limit of time, of memory | {count(run, 'took longer')}, {count(run, 'needed more memory')} |",
        f"| above {SLOW:g} s by the clock | {len(slow)} |",
        f"| reasons that are no sentence | {len(told_badly(run.outcomes))} |",
        f"| contents served, unsafe ones, failures | {run.served['content']}, {run.served['unsafe']}, {run.served['failed']} |",
        "",
        "| Analysis | Outcome | Files |",
        "|---|---|---|",
        *(f"{row} {number} |" for row, number in sorted(said.items())),
        "",
        "What did not end as ok, and why:",
        "",
        *(f"- `{name!r}` {analysis}: {message}" for name, analysis, message in failed),
        "",
    ]
    lines += slowest(slow)
    lines += [
        "`poe proof` writes this; `tests/scenarios/test_hostile_files.py` has the test, `tests/scenarios/hostile/` the files.",
    ]
    return "\n".join(lines) + "\n"


def count(run: Run, words: str) -> int:
    """How often an analysis ended with these words."""
    return sum(words in (one.message or "") for one in run.outcomes)
