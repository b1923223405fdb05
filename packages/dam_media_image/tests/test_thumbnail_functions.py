"""Thumbnails of single files, outside any library."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest
from PIL import Image

from dam.core.exceptions import ContentError
from dam_media_image.functions import thumbnail_functions
from dam_test_utils.fixtures import MakeFiles
from dam_test_utils.pictures import jpeg


async def test_a_thumbnail_is_made_beside_nothing_of_the_users(make_files: MakeFiles, tmp_path: Path) -> None:
    assert inspect.iscoroutinefunction(thumbnail_functions.generate)
    path = make_files({"wide one.jpg": jpeg(600, 300)}) / "wide one.jpg"
    before = (path.read_bytes(), sorted(path.parent.iterdir()))
    here, there = await asyncio.gather(
        thumbnail_functions.generate(path, tmp_path / "made"), thumbnail_functions.generate(path, tmp_path / "large", size=400)
    )
    assert before == (path.read_bytes(), sorted(path.parent.iterdir()))
    for made, size in ((here, (200, 100)), (there, (400, 200))):
        with Image.open(made) as picture:
            assert (picture.format, picture.size) == ("WEBP", size)
    assert sorted((tmp_path / "made").iterdir()) == [here]


async def test_what_is_no_picture_is_refused(make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"text.jpg": "no picture", "damaged.jpg": jpeg(200, 200)[:300]})
    for name in ("text.jpg", "damaged.jpg"):
        with pytest.raises(ContentError):
            await thumbnail_functions.generate(root / name, tmp_path / "made")
    with pytest.raises(FileNotFoundError):
        await thumbnail_functions.generate(root / "nowhere.jpg")
    assert list((tmp_path / "made").iterdir()) == []
