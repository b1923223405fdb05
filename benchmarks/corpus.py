"""The files that are indexed: made once, kept, the same on every machine with the same libraries."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
SIZES = [(4032, 3024), (3264, 2448), (2592, 1944), (1920, 1080)]


def shared_bench() -> Path:
    """The folder of the shared measuring programs; it need not exist."""
    return Path(os.environ.get("DAM_SHARED", ROOT.parent / "shared")) / "bench"


def cache_folder() -> Path:
    """Where the files are kept between runs."""
    return Path(os.environ.get("DAM_BENCH_DIR", ROOT / ".bench")).absolute()


def corpus(size: str, count: int, scale: float) -> Path:
    """The folder of a corpus of `size` (small, medium or large) with `count` files, made now if it is not there yet."""
    folder = cache_folder() / f"{size}-{count}-{scale:g}"
    if not folder.is_dir():
        print(f"Making {count:,} files in {folder} (once) …", file=sys.stderr)
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        maker = shared_bench() / "make_corpus.py"
        python = _python_of_maker(size)
        if maker.is_file() and python:
            command = [python, str(maker), str(unfinished), "--size", size, "--count", str(count), "--scale", str(scale)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        elif size == "large":
            _make_tiny(unfinished / "tree", count)
        else:
            _make_mixed(unfinished / "tree", count, scale)
        unfinished.rename(folder)
    return folder / "tree"


def _python_of_maker(size: str) -> str | None:
    """A Python that has what make_corpus.py needs; for tiny files any will do."""
    needs = "import PIL, numpy" if size == "large" else "import PIL, numpy, av, mutagen"
    for python in (os.environ.get("DAM_CORPUS_PYTHON"), sys.executable, "python3"):
        if python and subprocess.run([python, "-c", needs], capture_output=True, check=False).returncode == 0:
            return python
    return None


def _make_tiny(tree: Path, count: int) -> None:
    for number in range(count):
        folder = tree / f"{number // 100:04d}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        (folder / f"note {number:06d}.txt").write_text(f"note {number}\n" * (number % 7 + 1), "utf-8")


def _make_mixed(tree: Path, count: int, scale: float) -> None:
    """Photos (two in three), copies of photos, small graphics, texts, and a damaged file here and there."""
    chance = random.Random(1)  # noqa: S311 - the same files every time
    noise = np.random.default_rng(1).normal(0, 6, (1024, 1024, 3)).astype("float32")
    photos: list[Path] = []
    for number in range(count):
        folder = tree / f"{2015 + number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        kind = number % 12
        if kind < 8:
            path = folder / f"IMG_{number:05d}.jpg"
            _photo(chance, noise, scale).save(path, quality=88, exif=_exif(number))
            photos.append(path)
        elif kind == 8:
            shutil.copyfile(chance.choice(photos), folder / f"copy of {number}.jpg")
        elif kind == 9:
            _photo(chance, noise, scale / 4).quantize(64).save(folder / f"graphic {number}.png")
        elif kind == 10:
            (folder / f"note {number}.txt").write_text(f"note {number}\n" * 50, "utf-8")
        else:
            (folder / f"damaged {number}.jpg").write_bytes(photos[-1].read_bytes()[: 20_000 + number])


def _photo(chance: random.Random, noise: np.ndarray[tuple[int, ...], np.dtype[np.float32]], scale: float) -> Image.Image:
    width, height = (max(16, int(side * scale)) for side in chance.choice(SIZES))
    layout = np.array([[[chance.randrange(256) for _ in range(3)] for _ in range(6)] for _ in range(5)], "uint8")
    picture = Image.fromarray(layout).resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, r = chance.randrange(width), chance.randrange(height), chance.randrange(4, max(5, width // 12))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(chance.randrange(256) for _ in range(3)))
    grain = np.tile(noise, (height // 1024 + 1, width // 1024 + 1, 1))[:height, :width]
    return Image.fromarray(np.clip(np.asarray(picture, "float32") + grain, 0, 255).astype("uint8"))


def _exif(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Canon", "EOS R6", (1, 1, 6, 8)[number % 4]
    exif[0x9003] = f"2019:05:{number % 28 + 1:02d} 12:00:00"
    return exif
