"""The cache: derived files, kept by the content that they are derived from."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self

from dam.core.faults import fault


class CacheResource:
    """Derived files (thumbnails, posters, text) at `cache/<aa>/<bb>/<sha256>/<name>`; all of it can be dropped and made again."""

    def __init__(self, root: Path) -> None:
        """Nothing is made before the first file."""
        self.root = root
        self._being_made: dict[tuple[bytes, str], asyncio.Task[Path | None]] = {}

    @property
    def scratch(self) -> Path:
        """A folder in the same file system, for files that are being made."""
        return self.root / "tmp"

    def folder(self, content: bytes) -> Path:
        """The folder of one content (32 bytes)."""
        digest = content.hex()
        return self.root / digest[:2] / digest[2:4] / digest

    def find(self, content: bytes, name: str) -> Path | None:
        """A derived file, or None when it is not there."""
        path = self.folder(content) / name
        return path if path.is_file() else None

    def take(self, content: bytes, made: Path, name: str) -> Path:
        """Move a file that was made in the scratch folder to its place; a file that is there already is replaced."""
        folder = self.folder(content)
        folder.mkdir(parents=True, exist_ok=True)
        fault("cache.before_take")
        taken = made.replace(folder / name)
        fault("cache.after_take")
        return taken

    async def once(self, content: bytes, name: str, make: Callable[[], Coroutine[Any, Any, Path | None]]) -> Path | None:
        """Make a derived file, or wait for the one who is making it already; an asker who leaves does not stop the others."""
        key = (content, name)
        task = self._being_made.get(key)
        if task is None:
            task = self._being_made[key] = asyncio.create_task(make())
            task.add_done_callback(lambda _: self._being_made.pop(key, None))
        return await asyncio.shield(task)

    async def __aenter__(self) -> Self:
        """Nothing to start."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop what is being made."""
        tasks = list(self._being_made.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def drop(self, content: bytes) -> None:
        """Remove everything that was derived from one content."""
        shutil.rmtree(self.folder(content), ignore_errors=True)
