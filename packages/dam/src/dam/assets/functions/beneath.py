"""Open files and folders beneath a root, so that no symbolic link can lead out of it.

Every component of a path is opened relative to the descriptor of the one before it and may not be a link. That is safe against a
folder that is swapped for a link at any moment, and it has no limit on the length of a path.
"""

from __future__ import annotations

import errno
import os
import stat

from dam.core.exceptions import ContentUnreadableError, DamError, PathNotFoundError

_NO_ATIME = getattr(os, "O_NOATIME", 0)
_PASS_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe must not wait for its other end. O_NOCTTY: opening a terminal must not adopt it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

_NO_NAMES = frozenset({b"", b".", b".."})
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


def is_relative_path(path: bytes) -> bool:
    """Whether a path names something beneath a root: it is not empty or absolute and goes neither up nor in circles."""
    return not (_NO_NAMES & set(path.split(b"/")))


def is_not_there(error: OSError) -> bool:
    """Whether the error says that there is nothing at the path, or that a link stands in its way."""
    return error.errno in _NOT_THERE


def content_error(error: OSError, path: bytes) -> DamError:
    """The error for a person, from the one that the system gave for a file."""
    if is_not_there(error):
        return PathNotFoundError(f"There is no file at {os.fsdecode(path)!r}: {error.strerror}. Check the path, or index its folder again.")
    return ContentUnreadableError(f"{os.fsdecode(path)!r} cannot be read: {error.strerror}. Check its permissions and its disk.")


def open_root(root: bytes | os.PathLike[str]) -> int:
    """Opens the folder at the top; it alone may be named through symbolic links. Raises OSError."""
    return os.open(root, _FOLDER & ~os.O_NOFOLLOW)


def open_folder(name: bytes, parent: int) -> int:
    """Opens a folder by its name in an open folder, for listing. Raises OSError."""
    return open_quietly(name, _FOLDER, parent)


def open_beneath(root: bytes | os.PathLike[str], path: bytes) -> int:
    """Opens a regular file beneath a root for reading; the caller closes the descriptor.

    Where that is permitted (to its owner), reading leaves the time of last access alone. Raises PathNotFoundError when there is no
    file at the path or a symbolic link stands in its way, ContentUnreadableError when it cannot be opened or is no regular file.
    """
    try:
        return _regular(_open_path(root, path), path)
    except OSError as error:
        raise content_error(error, path) from error


def look_beneath(root: bytes | os.PathLike[str], path: bytes) -> os.stat_result:
    """What lies at a path beneath a root, without opening it; a link at the path is told as one.

    Raises OSError, also when a link stands in the way: what lies behind it lies elsewhere.
    """
    parent = _enter_path(root, path)
    try:
        return os.stat(path.rpartition(b"/")[2], dir_fd=parent, follow_symlinks=False)
    finally:
        os.close(parent)


def open_located(path: bytes) -> int:
    """Opens a regular file by its whole path, which the program itself has found, and not through a link that has taken its place.

    The rest is as for `open_beneath`.
    """
    try:
        return _regular(open_quietly(path, _FILE, None), path)
    except OSError as error:
        raise content_error(error, path) from error


def _regular(descriptor: int, path: bytes) -> int:
    """The descriptor, if it is one of a regular file."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ContentUnreadableError(f"{os.fsdecode(path)!r} is no regular file, so it is not read.")
    return descriptor


def _open_path(root: bytes | os.PathLike[str], path: bytes) -> int:
    """Opens a path component by component."""
    parent = _enter_path(root, path)
    try:
        return open_quietly(path.rpartition(b"/")[2], _FILE, parent)
    finally:
        os.close(parent)


def _enter_path(root: bytes | os.PathLike[str], path: bytes) -> int:
    """Opens the folder in which a path ends, component by component."""
    if not is_relative_path(path):
        raise FileNotFoundError(errno.ENOENT, "it is no path beneath the root")
    parent = os.open(root, _PASS_THROUGH & ~os.O_NOFOLLOW)
    try:
        for folder in path.split(b"/")[:-1]:
            child = os.open(folder, _PASS_THROUGH, dir_fd=parent)
            os.close(parent)
            parent = child
    except OSError:
        os.close(parent)
        raise
    return parent


def open_file(path: bytes | os.PathLike[str]) -> int:
    """Opens a file that a person has named, through links too, for reading without touching its access time. Raises OSError."""
    return open_quietly(path, _FILE & ~os.O_NOFOLLOW, None)


def open_quietly(path: bytes | os.PathLike[str], flags: int, parent: int | None) -> int:
    """Opens without changing the time of last access, where the system permits that: to the owner and to root."""
    try:
        return os.open(path, flags | _NO_ATIME, dir_fd=parent)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
    return os.open(path, flags, dir_fd=parent)
