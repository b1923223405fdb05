"""The cache: derived files, kept by the content that they are derived from."""

from __future__ import annotations

import shutil
from pathlib import Path


class CacheResource:
    """Derived files (thumbnails, posters, text) at `cache/<aa>/<bb>/<sha256>/<name>`; all of it can be dropped and made again."""

    def __init__(self, root: Path) -> None:
        """Nothing is made before the first file."""
        self.root = root

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
        return made.replace(folder / name)

    def drop(self, content: bytes) -> None:
        """Remove everything that was derived from one content."""
        shutil.rmtree(self.folder(content), ignore_errors=True)
