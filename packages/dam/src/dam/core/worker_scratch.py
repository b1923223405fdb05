"""The folder in which the workers of one process keep what they are working on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "workers-"


class ScratchFolder:
    """A new folder in `parent`, made when it is needed.

    It is alive as long as somebody holds a lock on it, which ends with its process, however that ends. Where the file system
    has no locks, nothing is taken for abandoned.
    """

    def __init__(self, parent: Path) -> None:
        """Nothing is made yet."""
        self._parent = parent
        self._path: Path | None = None
        self._lock = contextlib.ExitStack()

    @property
    def exists(self) -> bool:
        """Whether it was made."""
        return self._path is not None

    @property
    def parent_exists(self) -> bool:
        """Whether the folder is there in which it is made."""
        return self._parent.is_dir()

    @property
    def path(self) -> Path:
        """Where it is; raises RuntimeError before `make`."""
        if self._path is None:
            raise RuntimeError("This scratch folder was not made yet.")
        return self._path

    def make(self) -> Path:
        """Make it, unless it is there, and give its path. Raises OSError when it cannot be made."""
        if self._path is None:
            self._parent.mkdir(parents=True, exist_ok=True)
            with _locked(self._parent, wait=True):  # so that nobody finds it before it is locked
                self._path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._parent)).resolve()
                self._lock.enter_context(_locked(self._path, wait=False))
        return self._path

    def remove(self) -> None:
        """Remove it with all that is in it."""
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            self._lock.close()
            self._path = None

    def remove_abandoned(self) -> None:
        """Remove the folders of processes that have died."""
        with contextlib.ExitStack() as abandoned:
            with _locked(self._parent, wait=True):
                folders = [path for path in self._parent.glob(PREFIX + "*") if abandoned.enter_context(_locked(path, wait=False))]
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of a folder; False when it is not to be had."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held = False
        else:
            held = True
        yield held
    finally:
        os.close(descriptor)
