"""What a lived-in collection has besides good pictures: copies, near-copies, damaged files and other kinds of file."""

from __future__ import annotations

import io
import os
import shutil
import wave
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageOps

from dam_app.functions.demo import abstracts
from dam_app.functions.demo.artworks import INK
from dam_app.functions.demo.canvas import noise

COPIES = (
    ("2019/Norway/IMG_0398.JPG", "Backup/old laptop/Norway/IMG_0398.JPG"),
    ("2019/Norway/IMG_0412.JPG", "Backup/old laptop/Norway/IMG_0412.JPG"),
    ("2019/Norway/IMG_0455.JPG", "Backup/best of/dusk (favourite).jpg"),
    ("2021/Atacama/IMG_5102.JPG", "Backup/best of/IMG_5102 - Copy.JPG"),
    ("Art/Orbits.png", "Backup/old laptop/Orbits final FINAL.png"),
)


def stamp(path: Path, taken: str) -> None:
    """Set the modification time of a file to an ISO 8601 time."""
    seconds = datetime.fromisoformat(taken).timestamp()
    os.utime(path, (seconds, seconds))


def make_copies(folder: Path) -> None:
    """Copy some files exactly (same bytes, same time) and others nearly: smaller, recompressed, cropped, mirrored."""
    for source, target in COPIES:
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / source, folder / target)
    with Image.open(folder / "2019/Norway/IMG_0455.JPG") as opened:
        original, exif = opened.convert("RGB"), opened.getexif()
    width, height = original.size
    edge = max(width // 40, 1)
    near = folder / "Backup/for the web"
    near.mkdir(parents=True, exist_ok=True)
    original.resize((width // 2, height // 2), Image.Resampling.LANCZOS).save(near / "dusk-small.jpg", quality=80)
    original.save(near / "dusk-recompressed.jpg", quality=55, exif=exif)
    original.crop((edge, edge, width - edge, height - 2 * edge)).save(near / "dusk-cropped.jpg", quality=88, exif=exif)
    ImageOps.mirror(original).save(near / "dusk-mirrored.jpg", quality=88)
    for index, path in enumerate(sorted(near.iterdir())):
        stamp(path, f"2019-08-02T20:1{index}:00+02:00")


def make_rare_pictures(folder: Path, rng: Generator, scale: float) -> None:
    """Write the kinds that only some programs make: 16 bits a channel, CMYK, an animation, a picture with soft transparency."""
    side = max(int(512 * scale), 32)
    deep = np.asarray(noise(rng, side, side, (4, 4), 7), np.float32) * np.float32(65535)
    Image.fromarray(deep.astype(np.uint16)).save(folder / "Textures/island_height_16bit.png")
    stamp(folder / "Textures/island_height_16bit.png", "2020-05-09T12:00:00+02:00")
    with Image.open(folder / "Art/Posters/Lisboa.jpg") as poster:
        poster.convert("CMYK").save(folder / "Scans/Lisboa proof (CMYK).jpg", quality=85)
    stamp(folder / "Scans/Lisboa proof (CMYK).jpg", "2022-02-07T09:00:00+01:00")
    _animate(folder / "Art/Breathing rings.gif", max(int(360 * scale), 32))
    stamp(folder / "Art/Breathing rings.gif", "2021-11-20T21:00:00+01:00")
    print_ = abstracts.marble(rng, side, side, INK).convert("RGBA")
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    print_.putalpha(Image.fromarray((np.clip((1 - np.hypot(x, y)) * 3, 0, 1) * 255).astype(np.uint8)))
    print_.save(folder / "Art/Soft edge.png")
    stamp(folder / "Art/Soft edge.png", "2021-11-21T12:00:00+01:00")


def _animate(path: Path, side: int) -> None:
    """Write a looping GIF of rings that swell and fade."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    distance = np.hypot(x, y) + 0.06 * np.sin(5 * np.arctan2(y, x))
    places = np.linspace(0, 1, 256)
    stops = (("06122e", 0.0), ("1b6ca8", 0.35), ("43d6b5", 0.6), ("ffe9a8", 0.85), ("ff8c61", 1.0))
    channels = [np.interp(places, [at for _, at in stops], [int(text[i : i + 2], 16) for text, _ in stops]) for i in (0, 2, 4)]
    palette = np.stack(channels, axis=1).astype(np.uint8).tobytes()
    frames = []
    for step in range(20):
        tone = (0.5 + 0.5 * np.sin(distance * 14 - step / 20 * 2 * np.pi)) * np.clip(1.25 - distance, 0, 1)
        frame = Image.fromarray((np.clip(tone, 0, 1) * 31).astype(np.uint8) * 8, "L").convert("P")
        frame.putpalette(palette)
        frames.append(frame)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=60, loop=0)


def make_damaged(folder: Path) -> None:
    """Write a JPEG that ends too early, an empty file and a text that calls itself a JPEG."""
    whole = (folder / "2019/Norway/IMG_0412.JPG").read_bytes()
    roll = folder / "Camera roll"
    for name, data in (
        ("IMG_0420.JPG", whole[: len(whole) * 2 // 5]),
        ("IMG_0421.JPG", b""),
        ("IMG_0422.JPG", b"This is not a picture.\n"),
    ):
        (roll / name).write_bytes(data)
        stamp(roll / name, "2016-12-31T23:59:00+01:00")


def make_other_kinds(folder: Path) -> None:
    """Write the neighbours of pictures: a text, a table, an archive, a sound and a document."""
    papers = folder / "Documents"
    papers.mkdir()
    (papers / "README.txt").write_text(
        "Robin's pictures.\n\nEvery picture in this collection was painted by a program; none shows a real place or person.\n",
        encoding="utf-8",
    )
    (papers / "lenses.csv").write_text("lens,mount,bought\nXF16-55mm,X,2023-02-11\nNIKKOR Z 24-120mm,Z,2022-05-03\n", encoding="utf-8")
    with zipfile.ZipFile(papers / "icons.zip", "w") as archive:
        for path in sorted((folder / "Icons").iterdir()):
            archive.writestr(zipfile.ZipInfo(path.name, (2020, 6, 1, 12, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
    (papers / "bell.wav").write_bytes(_bell())
    made = datetime.fromisoformat("2020-06-01T12:00:00+00:00").timetuple()
    pages = []
    for name in ("Lofoten.jpg", "Lisboa.jpg"):
        with Image.open(folder / "Art/Posters" / name) as poster:
            pages.append(poster.convert("RGB"))
    pages[0].save(papers / "Posters.pdf", save_all=True, append_images=pages[1:], title="Posters", creationDate=made, modDate=made)
    for path in papers.iterdir():
        stamp(path, "2020-06-01T12:00:00+02:00")


def _bell() -> bytes:
    """Make two seconds of a bell: five partials that die away (mono, 16 bits, 22,050 Hz)."""
    rate = 22_050
    partials = ((1.0, 1.0, 1.6), (2.0, 0.6, 2.2), (2.76, 0.45, 3.0), (5.4, 0.25, 5.0), (8.93, 0.12, 8.0))
    t = np.arange(2 * rate) / rate
    sound_wave = sum(level * np.exp(-decay * t) * np.sin(2 * np.pi * 523.25 * ratio * t) for ratio, level, decay in partials)
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((12_000 * np.asarray(sound_wave)).astype("<i2").tobytes())
    return target.getvalue()
