"""The folder of a store on its disk: folders and names that are safe there, temporary files, and locks. It knows of no objects."""

from __future__ import annotations

import errno
import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dam.core.exceptions import DatabaseBusyError

_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.EOPNOTSUPP})

ABANDONED_AFTER = 24 * 3600.0
"""Seconds after the last write to a temporary file, where the file system has no locks to ask."""


class StoreFolder:
    """A folder that many threads and processes write to at once. `fsync` False gives up safety against power failure, for tests."""

    def __init__(self, root: Path, *, fsync: bool) -> None:
        self.root = root
        self._fsync = fsync
        self._synced: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Makes a folder and those above it. Its name is synced too, if this process has not seen to that yet."""
        try:
            folder.mkdir()
        except FileExistsError:
            if folder in self._synced or not folder.is_relative_to(self.root) or folder == self.root:
                return
        except FileNotFoundError:
            self.make(folder.parent)
            self.make(folder)
            return
        self.sync(folder.parent)
        self._synced.add(folder)

    def sync(self, folder: Path) -> None:
        """Makes the names in a folder safe on the disk, where the file system can do that."""
        if not self._fsync:
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _NO_FOLDER_SYNC:
                raise
        finally:
            os.close(descriptor)

    def sync_file(self, descriptor: int) -> None:
        """Makes the content of an open file safe on the disk."""
        if self._fsync:
            os.fsync(descriptor)

    @contextmanager
    def temporary_file(self) -> Iterator[tuple[Path, int]]:
        """A new file in `tmp`, which is gone afterwards (unless it got another name too)."""
        folder = self.root / "tmp"
        self.make(folder)
        while True:
            path = folder / uuid.uuid4().hex
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                break
            os.close(descriptor)  # someone who clears up was there between the two
        try:
            yield path, descriptor
        finally:
            os.close(descriptor)
            with suppress(OSError):  # it has been renamed; or the disk is failing, and the stale file is removed another day
                path.unlink()

    def remove_abandoned(self) -> int:
        """Removes what processes that have died left in `tmp`, and returns how many files that were.

        Who writes a file holds a lock on it, which ends with its process, however that ends. Where the file system has no locks, a file
        is abandoned when nothing was written to it for `ABANDONED_AFTER`.
        """
        removed = 0
        with suppress(FileNotFoundError), os.scandir(self.root / "tmp") as entries:
            for entry in entries:
                with suppress(OSError):  # another process cleans up as well, or is writing it
                    descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                    try:
                        if _is_abandoned(descriptor):
                            Path(entry.path).unlink()
                            removed += 1
                    finally:
                        os.close(descriptor)
        return removed

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lets one thread of one process at a time replace objects."""
        self.make(self.root)
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def keeping_all(self, *, deleting: bool = False) -> Iterator[None]:
        """No object is deleted meanwhile: a backup holds this while it copies, and who deletes objects takes it with `deleting`.

        Raises DatabaseBusyError when the other kind is under way, in any process.
        """
        self.make(self.root)
        descriptor = os.open(self.root / "keep.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_EX if deleting else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DatabaseBusyError("The store is being backed up, or objects are being deleted; wait for that to end.") from error
            yield
        finally:
            os.close(descriptor)


def _is_abandoned(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return time.time() - os.fstat(descriptor).st_mtime > ABANDONED_AFTER
    return True
