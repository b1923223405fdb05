"""The spool: contents that have no file of their own, unpacked for a while."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

KEPT_SECONDS = 600.0
"""What was used so recently is not removed, whatever the limit: somebody may be about to open it."""


class ContentSpool:
    """Files by their content (SHA-256), of which the least recently used are removed when they are more than `limit` bytes together.

    All of it can be dropped: it is unpacked again when it is wanted.
    """

    def __init__(self, root: Path, limit: int) -> None:
        """Nothing is made before the first file."""
        self.root = root
        self.limit = limit
        self._lock = threading.Lock()
        self._held: int | None = None

    def find(self, content: bytes) -> Path | None:
        """The file with a content, or None when it is not there.

        That it was used is kept as its time of last access: its time of last change stays, for who reads it would take it for another.
        """
        path = self._path(content)
        try:
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        except OSError:
            return None
        return path

    def take(self, content: bytes, parts: Sequence[Path]) -> Path:
        """Move a file to its place; one that comes in several parts is put together, one of no bytes has none. Raises OSError.

        One that is there already stays, for somebody may be reading it, and would take another one for a change.
        """
        path = self._path(content)
        if self.find(content) is not None:
            for part in parts:
                part.unlink()
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not parts:
            path.touch()
            return path
        first, *others = parts
        if others:
            with first.open("ab") as whole:
                for part in others:
                    with part.open("rb") as piece:
                        shutil.copyfileobj(piece, whole, 1 << 20)
                    part.unlink()
        size = first.stat().st_size
        first.replace(path)
        os.utime(path)
        with self._lock:
            self._held = (self._measure() if self._held is None else self._held + size) if self.limit else 0
            if self._held > self.limit:
                self._held = self._trim()
        return path

    def _path(self, content: bytes) -> Path:
        digest = content.hex()
        return self.root / digest[:2] / digest

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self.root.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_atime, status.st_size, path))
        return sorted(found)

    def _measure(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _trim(self) -> int:
        """Remove what has not been used for longest; gives the bytes that stay."""
        files = self._files()
        held = sum(size for _, size, _ in files)
        young = time.time() - KEPT_SECONDS
        for used, size, path in files:
            if held <= self.limit or used > young:
                break
            path.unlink(missing_ok=True)
            held -= size
        return held
