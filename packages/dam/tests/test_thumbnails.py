"""The thumbnails that any plugin's analysis can have made of a picture."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from dam.assets.functions.thumbnails import average_color, write_thumbnails
from dam.assets.resources import CacheResource


def sizes(folder: Path, names: dict[str, str]) -> dict[str, tuple[int, int]]:
    found = {}
    for name, file in names.items():
        with Image.open(folder / file) as picture:
            found[name] = picture.size
    return found


def test_each_size_is_written_and_none_is_larger_than_the_picture(tmp_path: Path) -> None:
    settings = {"thumbnail_sizes": {"small": 40, "medium": 160, "large": 900}}
    names, color = write_thumbnails(Image.new("RGB", (400, 200), "#336699"), settings, str(tmp_path))
    assert sizes(tmp_path, names) == {"large": (400, 200), "medium": (160, 80), "small": (40, 20)}
    assert color == "336699"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_can_be_written(mode: str, tmp_path: Path) -> None:
    names, _ = write_thumbnails(Image.new(mode, (30, 20)), {}, str(tmp_path))
    assert set(sizes(tmp_path, names).values()) == {(30, 20)}


def test_what_cannot_be_seen_has_no_colour() -> None:
    picture = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 5, 10))
    assert average_color(picture) == "0000ff"


async def test_who_asks_meanwhile_gets_what_is_being_made(tmp_path: Path) -> None:
    cache = CacheResource(tmp_path)
    made: list[Path] = []
    go_on = asyncio.Event()

    async def make() -> Path:
        await go_on.wait()
        made.append(tmp_path / "small.webp")
        return made[-1]

    asking = [asyncio.create_task(cache.once(b"x" * 32, "small.webp", make)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    go_on.set()
    assert [await one for one in asking[1:]] == made * 2
    assert len(made) == 1
    with pytest.raises(asyncio.CancelledError):
        await asking[0]
