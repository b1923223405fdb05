"""The content-addressed store: every content once, under its SHA-256.

    <root>/ab/cd/abcd…      an object: whole, read-only, never changed
    <root>/tmp/…            what is being written, locked by its writer; worth nothing after a crash
    <root>/empty/…          files without bytes, each under the SHA-256 of its name: they have no content to be one by
    <root>/quarantine/…     objects whose bytes were no longer what their name says, kept for a person to look at
    <root>/lock             held while a wrong object is replaced
    <root>/keep.lock        held while the store is backed up: nothing is deleted then

An object gets its name only when it is whole and safe on the disk: it is written to `tmp`, synced, linked to its name, and then the
folder is synced. So the process may be killed, and the power may fail, at any instant.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from dam.assets.functions.beneath import content_error, open_beneath
from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnreadableError, PathNotFoundError
from dam.core.faults import fault
from dam_fs.functions.blocks import read_file, read_stream, write_blocks
from dam_fs.resources.store_folder import StoreFolder

_IDENTIFIER = re.compile(r"[0-9a-f]{64}")
_SHARD = re.compile(r"[0-9a-f]{2}")
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

EMPTY_FILES = "empty"
READ_EACH_TIME = 1 << 20
"""Bytes. To read so few again takes a millisecond; rot leaves no trace by which it could be noticed otherwise."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What became of a content: its SHA-256 (hexadecimal), its size in bytes, whether it was new to the store, and where it lies."""

    sha256: str
    size: int
    created_new: bool
    path: Path


class FileStorageResource:
    """Keeps contents in a folder of this machine, each once, named by its SHA-256: an `ObjectStore` of `dam.assets.resources`.

    Threads and processes may use the same folder at once. `fsync` False gives up safety against power failure, for tests. `reserve`
    is how many bytes must stay free on the disk: what would take of them is refused. The folder is made with the first object.
    """

    def __init__(self, root: Path, *, fsync: bool = True, reserve: int = 0) -> None:
        self.root = root.absolute()
        self._folder = StoreFolder(self.root, fsync=fsync)
        self._reserve = reserve
        self._verified: dict[str, tuple[int, ...]] = {}  # objects that this process has seen to be right, and how they looked then

    async def __aenter__(self) -> Self:
        """Clear up after processes that have died."""
        if (self.root / "tmp").is_dir():
            await asyncio.to_thread(self.remove_abandoned_temporary_files)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to stop."""

    def store_file(self, file_content: bytes, original_filename: str = "") -> str:
        """Keeps bytes that are in memory and returns their identifier; a content that is there already is not written again.

        The name only serves messages. Raises ContentError if the store cannot be written (disk full, no permission, no free space but
        the reserve).
        """
        identifier = hashlib.sha256(file_content).hexdigest()
        try:
            known = self._is_sound(identifier, len(file_content))
        except OSError as error:
            raise self._store_error(error, original_filename) from error
        return identifier if known else self._store([file_content], original_filename, len(file_content)).sha256

    def store_stream(self, source: BinaryIO | Path, original_filename: str = "") -> StoredObject:
        """Keeps what a binary stream holds from where it stands, or a file that a person has named, in one pass of flat memory.

        Raises ContentError if the store cannot be written; ContentUnreadableError, PathNotFoundError or ContentChangedError for the
        source. After an error nothing is left behind.
        """
        if isinstance(source, Path):
            size = source.stat().st_size if self._reserve and source.exists() else 0
            return self._store(read_file(source), original_filename or str(source), size)
        return self._store(read_stream(source, original_filename), original_filename)

    def keep_empty(self, original_filename: str) -> Path:
        """Keeps a file without bytes, which is known by its name alone, and returns where it lies. Raises ContentError."""
        return self._make_empty(hashlib.sha256(os.fsencode(original_filename)).hexdigest(), original_filename)

    def bring_back_empty(self, path: bytes) -> bool:
        """Makes a file without bytes anew at the place, beneath the root, that `keep_empty` gave it; False for any other place.

        Raises ContentError.
        """
        folder, _, name = os.fsdecode(path).partition("/")
        if folder != EMPTY_FILES or not _IDENTIFIER.fullmatch(name):
            return False
        self.store_file(b"")
        self._make_empty(name, name)
        return True

    def _make_empty(self, name: str, shown: str) -> Path:
        path = self.root / EMPTY_FILES / name
        try:
            self._folder.make(path.parent)
            descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o444)
            os.close(descriptor)
            self._folder.sync(path.parent)
        except OSError as error:
            raise self._store_error(error, shown) from error
        return path

    def get_file_path(self, file_identifier: str) -> Path | None:
        """Where an object lies; None if there is none of that identifier, or if it is no identifier at all."""
        if not _IDENTIFIER.fullmatch(file_identifier):
            return None
        path = self._path(file_identifier)
        try:
            return path if stat.S_ISREG(os.lstat(path).st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, identifier: str) -> BinaryIO:
        """Opens an object for reading, after a look whether it is sound.

        Raises PathNotFoundError, ContentUnreadableError, and ContentCorruptError for one whose bytes are not those of its name.
        """
        with ExitStack() as stack:
            stream = stack.enter_context(self._open(identifier))
            if not self._reads_right(identifier, stream):
                raise ContentCorruptError(f"The object {identifier!r} is damaged; check the store with `dam fsck`.")
            stream.seek(0)
            stack.pop_all()
        return stream

    def is_sound(self, identifier: str) -> bool:
        """Whether an object may be handed out as what its name says.

        One of at most `READ_EACH_TIME` bytes is read each time; a larger one when this process has not read it yet, and when anything
        has touched it since. Raises ContentUnreadableError.
        """
        try:
            with self._open(identifier) as stream:
                return self._reads_right(identifier, stream)
        except PathNotFoundError:
            return False

    def _open(self, identifier: str) -> BinaryIO:
        """Opens an object, whatever its bytes are."""
        path = self.get_file_path(identifier)
        if path is None:
            raise PathNotFoundError(f"The store has no object {identifier!r}. Check the store with `dam fsck`.")
        return os.fdopen(open_beneath(self.root, os.fsencode(path.relative_to(self.root))), "rb")

    def _reads_right(self, identifier: str, stream: BinaryIO) -> bool:
        found = os.fstat(stream.fileno())
        if found.st_size > READ_EACH_TIME and self._verified.get(identifier) == _look(found):
            return True
        self._verified.pop(identifier, None)
        sha256 = hashlib.sha256()
        for block in read_stream(stream, identifier):
            sha256.update(block)
        if sha256.hexdigest() != identifier:
            return False
        if found.st_size > READ_EACH_TIME:
            self._verified[identifier] = _look(found)
        return True

    def verify(self, identifier: str) -> bool:
        """Reads an object again: whether it is there and its bytes are still those of its name. Raises ContentUnreadableError."""
        path = self.get_file_path(identifier)
        try:
            return path is not None and self._has_right_bytes(identifier, path)
        except OSError as error:
            raise content_error(error, os.fsencode(identifier)) from error

    def quarantine(self, identifier: str) -> Path:
        """Moves an object aside, whatever its bytes are, and returns its new place. Raises PathNotFoundError and ContentError."""
        try:
            with self._folder.lock():
                path = self.get_file_path(identifier)
                if path is None:
                    raise PathNotFoundError(f"The store has no object {identifier!r}.")
                return self._set_aside(path)
        except OSError as error:
            raise self._store_error(error, identifier) from error

    def quarantine_wrong(self, identifier: str) -> Path | None:
        """`quarantine`, but None, and nothing done, if the object is right: somebody may just have stored it anew."""
        try:
            with self._folder.lock():
                path = self.get_file_path(identifier)
                if path is None:
                    raise PathNotFoundError(f"The store has no object {identifier!r}.")
                return None if self._has_right_bytes(identifier, path) else self._set_aside(path)
        except OSError as error:
            raise self._store_error(error, identifier) from error

    def set_aside(self, path: Path) -> Path:
        """Moves a file beneath the store's folder into quarantine, and returns its new place. Raises PathNotFoundError and ContentError."""
        try:
            with self._folder.lock():
                return self._set_aside(path)
        except FileNotFoundError as error:
            raise PathNotFoundError(f"There is no {str(path)!r} in the store any more.") from error
        except OSError as error:
            raise self._store_error(error, path.name) from error

    def replace(self, identifier: str, blocks: Iterable[bytes], *, mtime_ns: int | None = None) -> bool:
        """Puts a good copy in the place of an object that is wrong or gone; False, and nothing done, if the copy is not its content.

        The wrong object goes into quarantine, and only when the good one is safe on the disk. `mtime_ns` is the modification time that
        it gets. Raises ContentError, and what reading the blocks raises.
        """
        self._verified.pop(identifier, None)
        try:
            with self._folder.temporary_file() as (temporary, descriptor):
                found, size = write_blocks(blocks, descriptor)
                if found != identifier:
                    return False
                if mtime_ns is not None:
                    os.utime(descriptor, ns=(mtime_ns, mtime_ns))
                with suppress(PermissionError):  # a file system that knows no permissions
                    os.fchmod(descriptor, 0o444)
                self._folder.sync_file(descriptor)
                self._publish(temporary, identifier, size)
        except OSError as error:
            raise self._store_error(error, identifier) from error
        return True

    def delete(self, identifier: str) -> int:
        """Deletes an object for good and returns how many bytes it had, 0 when there was none; who calls it holds `keeping_all`.

        Raises ContentError.
        """
        try:
            with self._folder.lock():
                path = self.get_file_path(identifier)
                if path is None:
                    return 0
                size = os.lstat(path).st_size
                path.unlink()
                self._verified.pop(identifier, None)
                self._folder.sync(path.parent)
                return size
        except OSError as error:
            raise self._store_error(error, identifier) from error

    @contextmanager
    def keeping_all(self, *, deleting: bool = False) -> Iterator[None]:
        """No object is deleted meanwhile: a backup holds this while it copies, and who deletes objects takes it with `deleting`.

        Raises DatabaseBusyError when the other kind is under way, in any process.
        """
        with self._folder.keeping_all(deleting=deleting):
            yield

    def remove_abandoned_temporary_files(self) -> int:
        """Removes what processes that have died left in `tmp`, and returns how many files that were."""
        return self._folder.remove_abandoned()

    def identifiers(self) -> Iterator[str]:
        """The identifiers of all objects, in order."""
        for first in _names(self.root, _SHARD):
            for second in _names(self.root / first, _SHARD):
                for name in _names(self.root / first / second, _IDENTIFIER):
                    if name.startswith(first + second):
                        yield name

    def _path(self, identifier: str) -> Path:
        return self.root / identifier[:2] / identifier[2:4] / identifier

    def _store(self, blocks: Iterable[bytes], name: str, size: int = 0) -> StoredObject:
        """Writes a temporary file, and gives it its name if the content is new; `size` is how large it will be, as far as is known."""
        try:
            self._check_space(name, size)
            with self._folder.temporary_file() as (temporary, descriptor):
                fault("store.before_write")
                identifier, size = write_blocks(blocks, descriptor)
                created_new = not self._is_sound(identifier, size)
                if created_new:
                    with suppress(PermissionError):  # a file system that knows no permissions
                        os.fchmod(descriptor, 0o444)
                    fault("store.before_fsync")
                    self._folder.sync_file(descriptor)
                    created_new = self._publish(temporary, identifier, size)
        except OSError as error:
            raise self._store_error(error, name) from error
        return StoredObject(identifier, size, created_new, self._path(identifier))

    def _check_space(self, name: str, size: int) -> None:
        """Refuse, with ContentError, what would take of the reserve."""
        if not self._reserve:
            return
        folder = next(folder for folder in (self.root, *self.root.parents) if folder.exists())
        free = shutil.disk_usage(folder).free
        if free - size < self._reserve:
            raise ContentError(
                f"{name or 'The content'!r} was not taken into the store {str(self.root)!r}: it has {size:,} bytes, and of the {free:,} "
                f"that are free, {self._reserve:,} are kept in reserve. Free some space, or lower the setting `reserve` of dam_fs."
            )

    def _store_error(self, error: OSError, name: str) -> ContentError:
        return ContentError(
            f"{name or 'The content'!r} could not be kept in the store {str(self.root)!r}: {error.strerror}. "
            "Free some space or check the disk and its permissions, then try again."
        )

    def _publish(self, temporary: Path, identifier: str, size: int) -> bool:
        """Gives a synced temporary file its name; False if a right object turned out to have it already."""
        path = self._path(identifier)
        self._folder.make(path.parent)
        fault("store.before_rename")
        try:
            path.hardlink_to(temporary)
            temporary.unlink()
        except OSError as error:
            if not isinstance(error, FileExistsError) and error.errno not in _NO_LINKS:
                raise
            with self._folder.lock():
                if self._is_sound(identifier, size):
                    return False
                if os.path.lexists(path):
                    self._set_aside(path)
                temporary.rename(path)
        fault("store.after_rename")
        self._folder.sync(path.parent)
        self._verified[identifier] = _look(os.lstat(path))
        fault("store.after_sync")
        return True

    def _is_sound(self, identifier: str, size: int) -> bool:
        """Whether the object is there with the right bytes; those are read unless this process knows them and nothing touched them."""
        path = self.get_file_path(identifier)
        if path is None:
            return False
        try:
            found = os.lstat(path)
            return found.st_size == size and (self._verified.get(identifier) == _look(found) or self._has_right_bytes(identifier, path))
        except (FileNotFoundError, ContentUnreadableError):
            return False

    def _has_right_bytes(self, identifier: str, path: Path) -> bool:
        """Reads an object, and makes sure that it is on the disk: another process may not have come to that."""
        self._verified.pop(identifier, None)
        try:
            with self._open(identifier) as stream:
                found = os.fstat(stream.fileno())
                sha256 = hashlib.sha256()
                for block in read_stream(stream, identifier):
                    sha256.update(block)
                if sha256.hexdigest() != identifier:
                    return False
                self._folder.sync_file(stream.fileno())
        except PathNotFoundError:
            return False  # another process has set it aside
        for folder in (path.parent, path.parent.parent, self.root):
            self._folder.sync(folder)
        self._verified[identifier] = _look(found)
        return True

    def _set_aside(self, path: Path) -> Path:
        """Moves an object into quarantine."""
        folder = self.root / "quarantine"
        self._folder.make(folder)
        target = folder / f"{path.name}-{uuid.uuid4().hex}"
        path.rename(target)
        self._verified.pop(path.name, None)
        self._folder.sync(folder)
        self._folder.sync(path.parent)
        return target


def _look(found: os.stat_result) -> tuple[int, ...]:
    """How a file looks from outside; it looks different after any change."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    """The names in a folder that fit, in order."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(path.name for path in folder.iterdir() if pattern.fullmatch(path.name))
    return []
