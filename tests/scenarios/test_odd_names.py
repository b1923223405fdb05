"""Files under names that are no text, or that mean harm: each is found again by its id, through every door."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_app.cli.main import main
from dam_test_utils.pictures import png
from dam_web.app import create_api
from tests.scenarios.hostile.places import NAMES

DEPTH, PART = 30, b"d" * 200
FORMS = [("é", "e\u0301"), ("ü", "u\u0308"), ("å", "a\u030a"), ("ñ", "n\u0303"), ("が", "か\u3099")]


def odd_names(count: int) -> list[bytes]:
    """So many random bytes as names, hostile ones, and pairs that look alike: composed and decomposed."""
    chance = random.Random(16)
    names: set[bytes] = set()
    while len(names) < count:
        names.add(bytes(chance.choice([*range(1, 47), *range(48, 256)]) for _ in range(chance.randrange(1, 40))))
    pairs = {f"{form}{number}.png".encode() for number in range(max(1, count // 50)) for pair in FORMS for form in pair}
    return sorted((names | pairs | set(NAMES if count > 100 else NAMES[::4])) - {b".", b".."})


def make_pictures(root: Path, names: list[bytes]) -> dict[bytes, bytes]:
    """A picture under each name, and one at the end of a path of 6,000 bytes; gives the content of each by its name."""
    contents = {name: png(8, 8, seed=number) for number, name in enumerate(names)}
    for name, content in contents.items():
        (root / os.fsdecode(name)).write_bytes(content)
    folder = os.open(root, os.O_RDONLY)
    for _ in range(DEPTH):
        os.mkdir(PART, dir_fd=folder)
        inner = os.open(PART, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    contents[b"bottom.png"] = png(9, 9, seed=1)
    with open("bottom.png", "wb", opener=lambda path, flags: os.open(path, flags, 0o600, dir_fd=folder)) as file:
        file.write(contents[b"bottom.png"])
    os.close(folder)
    return contents


def dam(home: Path, capture: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command line prints."""
    capture.readouterr()
    with suppress(SystemExit):
        main(["--home", str(home), *arguments])
    told = capture.readouterr()
    assert told.out, told.err
    return told.out


async def served(home: Path, ids: list[int]) -> dict[int, tuple[bytes, int]]:
    """The bytes of each asset, and the status of its thumbnail, over HTTP."""
    found = {}
    async with create_world(settings=WorldSettings.in_directory("main", home, dam_assets={"workers": 1})) as world:
        transport = httpx.ASGITransport(create_api(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as client:
            for one in ids:
                content = await client.get(f"/api/dam/assets/{one}/content")
                thumbnail = await client.get(f"/api/dam/assets/{one}/thumbnail/small")
                found[one] = content.content, thumbnail.status_code
    return found


def reopen_all(folder: Path, count: int, capture: pytest.CaptureFixture[str]) -> int:
    """Index pictures under odd names, and open each by its id through every door; gives how many there are."""
    root, home = folder / "names", folder / "home"
    root.mkdir()
    contents = make_pictures(root, odd_names(count))
    told = json.loads(dam(home, capture, "index", str(root), "--json"))
    assert (told["new"], told["failed"]) == (len(contents), [])
    assets = [json.loads(line) for line in dam(home, capture, "export").splitlines()]
    assert len(assets) == len(contents)
    for number, asset in enumerate(assets):
        names = (str(asset["id"]), asset["locations"][0]["urn"])
        for name in names if count > 100 else names[number % 2 :][:1]:
            assert json.loads(dam(home, capture, "show", name, "--json"))["id"] == asset["id"]
    answers = asyncio.run(served(home, [asset["id"] for asset in assets]))
    assert sorted(content for content, _ in answers.values()) == sorted(contents.values())
    assert {status for _, status in answers.values()} == {200}
    assert {asset["id"]: asset["sha256"] for asset in assets} == {
        one: hashlib.sha256(content).hexdigest() for one, (content, _) in answers.items()
    }
    again = json.loads(dam(home, capture, "index", str(root), "--json"))
    assert (again["unchanged"], again["failed"]) == (len(contents), [])
    return len(contents)


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_FS__SETTLE_SECONDS", "0")
    monkeypatch.setenv("DAM_ASSETS__WORKERS", "1")
    monkeypatch.setenv("DAM_DOCUMENT__OCR", "off")


def test_odd_names_are_opened_again_through_every_door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reopen_all(tmp_path, 5, capsys) > 20


@pytest.mark.proof
def test_five_hundred_odd_names_are_opened_again_through_every_door(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    begun = time.monotonic()
    count = reopen_all(tmp_path, 500, capsys)
    report = f"""# Odd names

{count} pictures: 500 under random bytes, {10 * len(FORMS)} pairs of names that look alike (composed and decomposed), names with control and
bidirectional signs, and one at the end of a path of {DEPTH * (len(PART) + 1):,} bytes; indexed with the command line.

| What | Figure |
|---|---|
| errors | 0 |
| shown by `dam show`, by id and by URN | {count} of {count} |
| bytes over HTTP that are those of the file | {count} of {count} |
| thumbnails over HTTP | {count} of {count} |
| unchanged at the second look | {count} of {count} |
| seconds for all, on two cores that others used as well | {time.monotonic() - begun:.0f} |

`poe proof` writes this; `tests/scenarios/test_odd_names.py` has the test.
"""
    (pytestconfig.rootpath / "docs/proof/odd-names.md").write_text(report)
