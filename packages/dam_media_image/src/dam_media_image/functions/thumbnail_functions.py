"""Thumbnails of single files, outside any library."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from dam.core.analysis import Analysis
from dam.core.exceptions import ContentCorruptError

PREVIEW = Analysis("image.thumbnail", 1, "dam_media_image.functions.analysis:analyse_picture")


async def generate(file_path: Path, folder: Path | None = None, *, size: int = 200) -> Path:
    """Make a WebP of a picture whose longer side has `size` pixels, in a child process; gives its path.

    It lies in `folder`, or in a new temporary one, under the picture's name and is the caller's to remove. Raises ContentError for
    what is no picture or a damaged one, and OSError.
    """
    from dam.assets.functions.mime import HEAD_BYTES, detect_mime_type  # noqa: PLC0415 - its tables take 10 ms to load
    from dam.core.worker_pool import WorkerPool  # noqa: PLC0415 - needed by whoever makes thumbnails by hand alone

    def look() -> tuple[int, str, Path]:
        with file_path.open("rb") as file:
            head, length = file.read(HEAD_BYTES), file.seek(0, 2)
        made = folder or Path(tempfile.mkdtemp(prefix="dam-thumbnail-"))
        made.mkdir(parents=True, exist_ok=True)
        return length, detect_mime_type(head, length), made

    length, mime_type, target = await asyncio.to_thread(look)
    settings = {"thumbnail_sizes": {"thumb": size}, "thumbnail_quality": 80, "thumbnail_effort": 2}
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        async with (
            WorkerPool(scratch=Path(scratch), size=1) as pool,
            pool.run(PREVIEW, str(file_path), mime_type=mime_type, size=length, settings=settings) as answer,
        ):
            name = answer.value["thumbnails"].get("thumb")
            if name is None:
                raise ContentCorruptError(answer.value["problem"] or f"No thumbnail can be made of {file_path.name}.")
            thumbnail: Path = (answer.scratch / name).replace(target / f"{file_path.name}.webp")
            return thumbnail
