"""Damaged files of many formats, read by every analysis in the real pool: each has an outcome, and nothing else is disturbed."""

from __future__ import annotations

import asyncio
import io
import random
import tarfile
import time
import wave
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from dam.assets.resources import AssetAnalysis, DriverRegistry
from dam.core.exceptions import ContentError, WorkerCrashedError, WorkerTimeoutError
from dam.core.workers import WorkerPool
from dam.core.world import World

SEED = 20_260_101
LIMIT = 30.0  # seconds for one file, on a machine that has other things to do
AT_ONCE = 8
PICTURES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "TIFF": "image/tiff", "BMP": "image/bmp",
    "ICO": "image/vnd.microsoft.icon", "PDF": "application/pdf",
}  # fmt: skip
FILMS = {"mp4": "video/mp4", "matroska": "video/x-matroska", "avi": "video/x-msvideo"}
EDGES = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\xff\xff")


def make_seeds() -> dict[str, tuple[str, bytes]]:
    """The MIME type and the bytes of a whole file, by the name of its format."""
    picture = Image.effect_noise((40, 30), 80).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 36.0), 3: "W", 4: (13.0, 22.0, 30.0)})
    seeds: dict[str, tuple[str, bytes]] = {}
    for name, mime_type in PICTURES.items():
        options = {"exif": exif} if name in ("JPEG", "PNG", "WEBP", "TIFF") else {}
        seeds[name] = (mime_type, _written(picture, name, options))
    for container, mime_type in FILMS.items():
        seeds[container] = (mime_type, _film(container, picture))
    sound = io.BytesIO()
    with wave.open(sound, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(random.Random(1).randbytes(4000))
    seeds["WAV"] = ("audio/x-wav", sound.getvalue())
    packed, tape = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, tarfile.open(fileobj=tape, mode="w:gz") as tar:
        for number in range(4):
            content = f"member {number} ".encode() * 40
            archive.writestr(f"folder/{number}.txt", content)
            entry = tarfile.TarInfo(f"folder/{number}.txt")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    seeds["ZIP"] = ("application/zip", packed.getvalue())
    seeds["TAR"] = ("application/gzip", tape.getvalue())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="9" height="9" fill="red"/></svg>'
    seeds["SVG"] = ("image/svg+xml", svg)
    seeds["TXT"] = ("text/plain", "Ein Text. \u00e9\n".encode() * 30)
    return seeds


def _written(picture: Image.Image, name: str, options: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    picture.save(target, name, **options)
    return target.getvalue()


def _film(container: str, picture: Image.Image) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=container) as film:
        stream = film.add_stream("mpeg4", rate=Fraction(5))
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        frames: Any = av.VideoFrame
        for _ in range(4):
            film.mux(stream.encode(frames.from_image(picture)))
        film.mux(stream.encode())
    return target.getvalue()


def damage(data: bytes, chance: random.Random) -> bytes:
    """The same bytes with one to six faults: bits turned, parts cut off, taken out or repeated, numbers at the edge."""
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(max(1, len(damaged)))
        length = chance.randint(1, 64)
        kind = chance.randrange(6)
        if kind == 0:
            damaged[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            damaged[place : place + 4] = chance.choice(EDGES)
        elif kind == 2:
            del damaged[place : place + length]
        elif kind == 3:
            damaged[place:place] = damaged[max(0, place - length) : place]
        elif kind == 4:
            damaged[place : place + length] = chance.randbytes(length)
        elif chance.random() < 0.3:
            del damaged[place:]
    return bytes(damaged)


def cases(count: int) -> Iterator[tuple[int, str, str, bytes]]:
    """So many damaged files, always the same ones: number, format, MIME type, bytes."""
    seeds = list(make_seeds().items())
    assert len(seeds) >= 12
    chance = random.Random(SEED)
    for number in range(count):
        name, (mime_type, whole) = seeds[number % len(seeds)]
        yield number, name, mime_type, damage(whole, chance)


async def outcome_of(pool: WorkerPool, offered: AssetAnalysis, path: Path, mime_type: str) -> str:
    """What became of one file in one analysis; anything that is no outcome is raised."""
    analysis = replace(offered.analysis, timeout=LIMIT)
    try:
        async with pool.run(analysis, str(path), mime_type=mime_type, size=path.stat().st_size, settings=offered.settings) as answer:
            offered.findings(answer.value)
    except ContentError:
        return "refused with a reason"
    except WorkerTimeoutError:
        return "over the limit"
    except WorkerCrashedError as error:
        return "bug of an analysis" if " failed with " in str(error) else "crash of a child"
    return "read"


async def read_all(world: World, folder: Path, count: int) -> tuple[Counter[str], set[str]]:
    """Let every analysis that applies read every damaged file; gives the outcomes, and the formats that were read."""
    registry = world.get_resource(DriverRegistry)
    outcomes: Counter[str] = Counter()
    formats: set[str] = set()
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, mime_type: str, data: bytes) -> None:
        path = folder / str(number)
        path.write_bytes(data)
        for offered in registry.analyses_for(mime_type):
            outcomes[await outcome_of(pool, offered, path, mime_type)] += 1
        path.unlink()
        places.release()

    async with WorkerPool(scratch=folder / "scratch", size=2) as pool, asyncio.TaskGroup() as group:
        for number, name, mime_type, data in cases(count):
            formats |= {name} if registry.analyses_for(mime_type) else set()
            await places.acquire()
            group.create_task(one(number, mime_type, data))
        for _ in range(AT_ONCE):
            await places.acquire()
    return outcomes, formats


def check(outcomes: Counter[str], formats: set[str]) -> None:
    assert len(formats) >= 12, f"only {sorted(formats)} are read by anything"
    assert outcomes["over the limit"] == 0, outcomes
    assert set(outcomes) <= {"read", "refused with a reason", "bug of an analysis", "crash of a child"}
    assert outcomes["read"]
    assert outcomes["refused with a reason"]


async def test_a_hundred_damaged_files(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    check(*await read_all(world, folder, 100))


@pytest.mark.proof
async def test_twenty_thousand_damaged_files(world: World, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    begun = time.monotonic()
    outcomes, formats = await read_all(world, folder, 20_000)
    seconds = time.monotonic() - begun
    rows = [f"| {name} | {outcomes[name]} |" for name in sorted(outcomes)]
    lines = [
        "# Damaged files",
        "",
        f"20,000 files of {len(formats)} formats ({', '.join(sorted(formats))}), damaged with a fixed seed, each read by every",
        f"analysis that applies, in the real pool of child processes; the limit is {LIMIT:g} s a file. It took {seconds:.0f} s.",
        "",
        "| Outcome | Runs |",
        "|---|---|",
        *rows,
        "| over the limit | 0 |",
        "| crash of the parent | 0 |",
        "",
        "`poe proof` writes this; `tests/scenarios/test_hostile_files.py` has the test.",
    ]
    check(outcomes, formats)
    (pytestconfig.rootpath / "docs/proof/hostile-files.md").write_text("\n".join(lines) + "\n")
