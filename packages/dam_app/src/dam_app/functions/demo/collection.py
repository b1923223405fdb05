"""Making the demo collection as a whole: all of it or nothing, and once only."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from dam.core.exceptions import UsageError

EDITION = 1
"""Grows whenever the same seed gives other files."""


@dataclass(frozen=True)
class DemoSummary:
    """What the demo collection holds: how many files and bytes there are, and which seed and scale made them."""

    folder: Path
    files: int
    bytes: int
    seed: int
    scale: float


def make_demo_collection(folder: Path, *, seed: int = 1, scale: float = 1.0, stopped: Callable[[], bool] = lambda: False) -> DemoSummary:
    """Write a small, varied collection of painted pictures and other files, to try the program on.

    `folder` must be new or empty. The same seed and scale give the same files; `scale` shrinks the pictures' sides. The files
    are made in a sibling folder that is renamed at the end, so an interrupted run leaves no half-made collection; a hidden
    file beside the folder remembers a finished one, so that a second call returns at once. `stopped` is asked between pictures
    whether nobody waits any more. Raises UsageError where the folder holds anything else, and DamError when it was stopped.
    """
    folder = folder.expanduser().resolve()
    marker = folder.with_name(f".{folder.name}.demo.json")
    finished = _read_marker(marker, folder, seed, scale)
    if finished is not None:
        return finished
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"The demo collection cannot be made in {folder}, because it is not an empty folder. Name a new folder.")
    partial = folder.with_name(f".{folder.name}.demo-in-the-making")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    try:
        from dam_app.functions.demo.drawing import draw_collection  # noqa: PLC0415 - loads numpy and Pillow, which only this needs

        draw_collection(partial, seed, scale, stopped)
        sizes = [path.stat().st_size for path in partial.rglob("*") if path.is_file()]
        summary = DemoSummary(folder, len(sizes), sum(sizes), seed, scale)
        _write_marker(marker, partial, summary)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return summary


def _identity(folder: Path) -> list[int]:
    status = folder.stat()
    return [status.st_dev, status.st_ino]


def _write_marker(marker: Path, partial: Path, summary: DemoSummary) -> None:
    """Remember a finished collection; the folder's inode, which a rename keeps, tells it from another one of the same name."""
    record = {**asdict(summary), "folder": os.fspath(summary.folder), "edition": EDITION, "identity": _identity(partial)}
    fresh = marker.with_name(marker.name + ".new")
    fresh.write_text(json.dumps(record), encoding="utf-8")
    fresh.replace(marker)


def _read_marker(marker: Path, folder: Path, seed: int, scale: float) -> DemoSummary | None:
    """Return the summary of the collection that lies in the folder, or None if the folder holds no finished one like this."""
    if not marker.is_file() or not folder.is_dir():
        return None
    try:
        record = json.loads(marker.read_text(encoding="utf-8"))
        wanted = [EDITION, seed, scale, *_identity(folder)]
        if [record["edition"], record["seed"], record["scale"], *record["identity"]] != wanted:
            return None
        return DemoSummary(folder, record["files"], record["bytes"], seed, scale)
    except (ValueError, KeyError, TypeError):  # a damaged marker remembers nothing
        return None
