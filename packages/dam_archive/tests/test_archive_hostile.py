"""Hostile archives stay within their limits, and nothing of them is written outside the scratch folder."""

from __future__ import annotations

import gzip
import random
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from archive_bombs import BOMBS, ZEROS  # type: ignore[import-not-found]  # beside this file
from archives import content_of, noise, sevenzip_of, stored_rar_of, tar_of, zip_of  # type: ignore[import-not-found]  # beside this file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dam.core.exceptions import ContentError
from dam_archive.functions.analysis import list_archive
from dam_archive.functions.members import read_members

KEEP = {"keep": ["*"], "room": 1 << 30, "limits": {"entries": 5000}}
HANG = 20.0
"""Seconds of processor time that nothing takes which is no hang; the worker's own limit is checked elsewhere."""


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_goes_over_its_limits(name: str, tmp_path: Path) -> None:
    data = BOMBS[name]()
    content = content_of(tmp_path, data)
    before = everything_in(tmp_path)
    started = time.process_time()
    for analysis in (list_archive, read_members):
        answer: dict[str, Any] = {}
        with suppress(ContentError):
            answer = analysis(content, KEEP)
        assert answer.get("unpacked", 0) <= max(len(ZEROS), 200 * len(data)) + (1 << 20)
    assert time.process_time() - started < HANG
    assert all(path.parent == tmp_path / "scratch" and path.name.startswith("member") for path in everything_in(tmp_path) - before)
    kept = sum(path.stat().st_size for path in everything_in(tmp_path) - before)
    assert kept <= max(1 << 20, 200 * len(data))


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40) | st.sampled_from(
    ["../a", "..", "/a", "\\a", "C:\\a", "a/../../b", "./.", "con", "a\n", "\u202etxt.exe", "x" * 300, "~", "*", "-rf", "a/", "//"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=3, unique=True), pack=st.sampled_from([zip_of, tar_of, stored_rar_of]))
def test_no_name_leaves_the_scratch_folder(tmp_path: Path, names: list[str], pack: Callable[..., bytes]) -> None:
    content = content_of(tmp_path, pack([(name, name.encode()) for name in names]), "inner/a.bin")
    for path in (tmp_path / "scratch").glob("*"):
        path.unlink()
    before = everything_in(tmp_path)
    try:
        answer = read_members(content, KEEP)
    except ContentError:
        answer = {"members": []}
    made = everything_in(tmp_path) - before
    assert made == {tmp_path / "scratch" / part for one in answer["members"] for part in one["parts"]}


SEEDS = {
    "zip": zip_of({"a.txt": b"some words " * 50, "b.bin": noise(500)}),
    "7z": sevenzip_of({"a.txt": b"some words " * 50, "b.bin": noise(500)}),
    "rar": stored_rar_of({"a.txt": b"some words", "b.bin": noise(300)}),
    "tar": tar_of({"a.txt": b"some words", "b.bin": noise(300)}),
    "tgz": gzip.compress(tar_of({"a.txt": b"some words", "b.bin": noise(300)})),
}


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed))
        match chance.randrange(3):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + chance.randint(1, 16)]
            case _:
                changed[place:place] = chance.randbytes(chance.randint(1, 16))
        if not changed:
            changed = bytearray(b"P")
    return bytes(changed)


def try_mutated(folder: Path, kind: str, count: int) -> None:
    chance = random.Random(f"archive {kind}")
    for number in range(count):
        content = content_of(folder, mutated(SEEDS[kind], chance))
        started = time.process_time()
        for analysis in (list_archive, read_members):
            with suppress(ContentError):
                analysis(content, {"passwords": ["x"]})
        assert time.process_time() - started < HANG, (kind, number)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", SEEDS)
def test_damaged_archives_end_in_an_outcome(kind: str, tmp_path: Path) -> None:
    try_mutated(tmp_path, kind, 40)


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", SEEDS)
def test_many_damaged_archives_end_in_an_outcome(kind: str, tmp_path: Path) -> None:
    try_mutated(tmp_path, kind, 800)


def read_large(folder: Path, size: int) -> int:
    """Read a member of so many bytes; gives by how many bytes the memory has grown."""
    import resource

    path = folder / "large.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, archive.open("large.bin", "w", force_zip64=True) as member:
        block = noise(1 << 20)
        for _ in range(size >> 20):
            member.write(block)
    scratch = folder / "scratch"
    scratch.mkdir()
    from dam.core.analysis import Content

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = read_members(Content(str(path), "application/zip", path.stat().st_size, str(scratch)), {"keep": ["*"], "room": size})
    assert answer["members"][0]["size"] == size
    assert sum((scratch / part).stat().st_size for part in answer["members"][0]["parts"]) == size
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10


def test_memory_stays_flat(tmp_path: Path) -> None:
    assert read_large(tmp_path, 64 << 20) < 32 << 20


@pytest.mark.proof
def test_memory_stays_flat_with_a_member_of_a_gibibyte(tmp_path: Path) -> None:
    assert read_large(tmp_path, 1 << 30) < 64 << 20
