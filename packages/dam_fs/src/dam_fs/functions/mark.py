"""The mark of a root: how a folder is recognised when it comes back, or is found at another path. Its sampled files decide."""

from __future__ import annotations

import os
import stat
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from dam.assets.functions.file_numbers import signed
from dam_fs.functions.compare import SAMPLES

ENOUGH = 0.9

Sample = tuple[bytes, int, int]
"""A file that is sampled: path beneath the root, size in bytes, mtime in nanoseconds."""


def take_mark(root: bytes, samples: list[Sample]) -> dict[str, Any]:
    """The mark of a folder, as JSON can hold it: its file system's id, its own device and inode, and the samples. Raises OSError."""
    found = os.stat(root)  # noqa: PTH116 - the path is bytes
    file_system = signed(os.statvfs(root).f_fsid)
    kept = [[quote_from_bytes(path), size, mtime_ns] for path, size, mtime_ns in samples[:SAMPLES]]
    return {"file_system": file_system, "device": signed(found.st_dev), "inode": signed(found.st_ino), "samples": kept}


def samples_of(mark: dict[str, Any]) -> list[Sample]:
    """The samples of a mark."""
    return [(unquote_to_bytes(path), size, mtime_ns) for path, size, mtime_ns in mark.get("samples", [])]


def matching_samples(root: bytes, samples: list[Sample]) -> int:
    """How many of the samples lie beneath a folder with the same size and time (to two seconds: not every disk keeps more)."""
    matching = 0
    for path, size, mtime_ns in samples:
        try:
            found = os.lstat(root + b"/" + path)
        except OSError:
            continue
        same = found.st_size == size and abs(found.st_mtime_ns - mtime_ns) < 2_000_000_000
        matching += stat.S_ISREG(found.st_mode) and same
    return matching
