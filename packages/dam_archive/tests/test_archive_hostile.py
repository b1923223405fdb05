"""Hostile archives stay within their limits, and nothing of them is written outside the scratch folder."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from archives import content_of, noise, sevenzip_of, stored_rar_of, tar_of, zip_of  # type: ignore[import-not-found]  # beside this file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dam.core.exceptions import ContentError
from dam_archive.functions.analysis import list_archive
from dam_archive.functions.members import read_members

ZEROS = bytes(4 << 20)
KEEP = {"keep": ["*"], "room": 1 << 30, "limits": {"entries": 5000}}
HANG = 20.0
"""Seconds of processor time that nothing takes which is no hang; the worker's own limit is checked elsewhere."""


def overlapping_zip(count: int = 200) -> bytes:
    """Many members that are all the same bytes, as in Fifield's bomb."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(ZEROS) + packed.flush()
    crc, name = zlib.crc32(ZEROS), b"a"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(data), len(ZEROS), 1, 0) + name + data
    record = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 8, 0, 33, crc, len(data), len(ZEROS), 1, 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(record) * count, len(local), 0)
    return local + record * count + end


def lying_zip(size: int) -> bytes:
    """A ZIP that says a member is small which is not."""
    data = bytearray(zip_of({"a": ZEROS}))
    for magic, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = data.index(magic)
        data[start + place : start + place + 4] = struct.pack("<L", size)
    return bytes(data)


def nest(levels: int, width: int) -> bytes:
    """A ZIP of ZIPs of ZIPs, with zeros in the innermost."""
    data: bytes = zip_of({f"{number}.bin": ZEROS for number in range(width)})
    for _ in range(levels):
        data = zip_of({f"{number}.zip": data for number in range(width)})
    return data


def tar_with(**fields: Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a")
        for name, value in fields.items():
            setattr(info, name, value)
        archive.addfile(info)
    return out.getvalue()


def slip_of(pack: Callable[..., bytes]) -> bytes:
    packed: bytes = pack(
        dict.fromkeys(("../../escape.txt", "/tmp/escape.txt", "..\\..\\escape.txt", "C:/escape.txt", "ok.txt"), b"escaped")
    )
    return packed


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros in a ZIP": lambda: zip_of({"a": ZEROS}),
    "zeros in many members": lambda: zip_of({str(number): ZEROS for number in range(20)}),
    "zeros in a 7z": lambda: sevenzip_of({"a": ZEROS}),
    "zeros in a solid 7z": lambda: sevenzip_of({str(number): ZEROS for number in range(5)}),
    "zeros in gzip": lambda: gzip.compress(ZEROS),
    "zeros in gzip in gzip": lambda: gzip.compress(gzip.compress(ZEROS)),
    "zeros in bzip2": lambda: bz2.compress(ZEROS),
    "zeros in a TAR in gzip": lambda: gzip.compress(tar_of({"a": ZEROS})),
    "overlapping members": overlapping_zip,
    "a size that is a lie: none": lambda: lying_zip(0),
    "a size that is a lie: small": lambda: lying_zip(100),
    "a size that is a lie: huge": lambda: lying_zip(0xFFFFFFF0),
    "an archive of archives": lambda: nest(2, 4),
    "a TAR whose member never ends": lambda: tar_with(size=1 << 60)[:512] + noise(5000),
    "a TAR with a negative size": lambda: tar_of({"a": b"x"}).replace(b"00000000001\0", b"\xff" * 12, 1),
    "a TAR with endless names": lambda: gzip.compress(tar_with(name="x" * 2_000_000)),
    "very many members in a TAR": lambda: gzip.compress(tar_of({"a": b""})[:512] * 6_000),
    "links in a TAR": lambda: tar_with(type=tarfile.SYMTYPE, linkname="/etc/passwd") + tar_with(type=tarfile.CHRTYPE),
    "names that leave a ZIP": lambda: slip_of(zip_of),
    "names that leave a TAR": lambda: slip_of(tar_of),
    "names that leave a RAR": lambda: slip_of(stored_rar_of),
    "a 7z whose header is a lie": lambda: sevenzip_of({"a": b"x"})[:12] + struct.pack("<QQL", 0, 1 << 62, 0) + bytes(64),
    "nothing but a signature": lambda: b"PK\5\6" + bytes(18),
    "nothing but the signature of RAR": lambda: b"Rar!\x1a\x07\x01\x00",
    "a comment that never ends": lambda: zip_of({"a": b"x"})[:-2] + b"\xff\xff",
}


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
