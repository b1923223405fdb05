"""Walk a folder: every regular file beneath it with its `stat`, safely and fast.

The walk goes by open descriptors, never by joined paths (see `beneath`): links are not followed, even ones that appear while it
runs, and neither the depth of the tree nor the length of its paths is limited.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from dam.assets.functions.beneath import is_not_there, is_relative_path, open_root
from dam.core.exceptions import PathNotFoundError, RootError
from dam_fs.functions.file_system import file_system_type, is_made_up
from dam_fs.functions.folder_chain import FolderChain
from dam_fs.functions.ignore import DEFAULT_IGNORE, IgnoreRules, IgnoreTree

__all__ = ["DEFAULT_IGNORE", "FolderListing", "IgnoreRules", "Problem", "join_path", "walk_folder"]

_BATCH = 1000
"""Files in one listing: a huge folder comes in several."""

_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
"""What `os.fsencode` uses; spelled out because it is called for every file."""


class Problem(NamedTuple):
    """A path that could not be looked at, and why. It says nothing about whether the files at or below it are still there."""

    path: bytes
    reason: str


class FolderListing(NamedTuple):
    """What was found in one folder (or in a part of it, if it is large).

    `folder` is relative to the root (b"" is the root itself); `files` are the names and `os.stat_result`s of the regular files;
    `skipped` counts links, pipes, sockets and devices.
    """

    folder: bytes
    files: list[tuple[bytes, os.stat_result]]
    problems: list[Problem]
    skipped: int


def join_path(folder: bytes, name: bytes) -> bytes:
    """The path of a name in a folder, both relative to the same root."""
    return folder + b"/" + name if folder else name


def walk_folder(
    root: bytes | Path,
    *,
    below: bytes = b"",
    ignore: IgnoreRules | IgnoreTree = DEFAULT_IGNORE,
    one_file_system: bool = False,
    exclude: Collection[bytes | Path] = (),
) -> Iterator[FolderListing]:
    """Lists every folder beneath a root, in the order of their names; `below` narrows the walk to a folder or a file.

    Names are raw bytes. What cannot be read becomes a `Problem` and the walk goes on. `one_file_system` stays on the root's file
    system. `exclude` are folders (absolute paths) that are left out wherever they are met. Nothing at `below` yields nothing.
    What the system itself makes up (/proc, /sys) is left out: it holds no files of anybody, and to read it may never end.
    Raises, when the first listing is asked for, PathNotFoundError if the root is not there and RootError if it cannot be opened.
    """
    if not is_relative_path(below or b"root"):
        raise PathNotFoundError(f"{os.fsdecode(below)!r} is no path beneath the root.")
    tree = ignore if isinstance(ignore, IgnoreTree) else IgnoreTree(ignore)
    excluded = _identities(exclude)
    chain = FolderChain(_open_root(root))
    try:
        device = chain.identity()[0]
        made_up = {device: False}  # by the number of the device; what the root lies on is what a person said
        pending = [below] if _take_rules_above(chain, tree, below) else []
        while pending:
            folder = pending.pop()
            try:
                descriptor = chain.enter(folder)
            except OSError as error:
                yield from _explain(chain, folder, error, is_start=folder == below)
                continue
            identity = chain.identity()
            if identity[0] not in made_up:
                met = os.path.join(os.path.realpath(os.fsencode(root)), folder)  # noqa: PTH118 - the path is bytes
                made_up[identity[0]] = is_made_up(file_system_type(met))
            if identity in excluded or made_up[identity[0]]:
                continue
            if chain.is_loop() or (one_file_system and identity[0] != device):
                reason = "the folder contains itself" if chain.is_loop() else "the folder is on another file system"
                yield FolderListing(folder, [], [Problem(folder, reason)], 0)
                continue
            if not tree.enter(folder, descriptor):
                continue
            folders: list[bytes] = []
            yield from _list_folder(descriptor, folder, tree, folders)
            pending += [join_path(folder, name) for name in sorted(set(folders), reverse=True)]
    finally:
        chain.close()


def _take_rules_above(chain: FolderChain, tree: IgnoreTree, below: bytes) -> bool:
    """Take in the rules of the folders above the walk's start; False if one of them, or the start itself, is left out."""
    parts = below.split(b"/") if below else []
    for count in range(len(parts)):
        above = b"/".join(parts[:count])
        try:
            if not tree.enter(above, chain.enter(above)):
                return False
        except OSError:
            return True  # that the walk itself will find, and explain
    return not below or not tree.covers(below)


def _open_root(root: bytes | Path) -> int:
    try:
        return open_root(root)
    except OSError as error:
        kind = PathNotFoundError if is_not_there(error) else RootError
        raise kind(f"The folder {os.fsdecode(root)!r} cannot be opened: {error.strerror}. Check the path and its permissions.") from error


def _identities(folders: Collection[bytes | Path]) -> set[tuple[int, int]]:
    """Device and inode of the folders that exist."""
    identities = set()
    for folder in folders:
        try:
            status = os.stat(folder)  # noqa: PTH116 - the path may be bytes
        except OSError:
            continue  # what is not there cannot be met
        identities.add((status.st_dev, status.st_ino))
    return identities


def _explain(chain: FolderChain, folder: bytes, error: OSError, *, is_start: bool) -> Iterator[FolderListing]:
    """What to yield for a folder that did not open: nothing if it is gone, the file if the walk's start is one, else a problem."""
    if not is_not_there(error):
        yield FolderListing(folder, [], [Problem(folder, error.strerror or str(error))], 0)
    elif is_start and error.errno == errno.ENOTDIR:
        parent, _, name = folder.rpartition(b"/")
        try:
            files = [(entry, status) for entry, status in _regular_files(chain.enter(parent), name)]
        except OSError:
            return  # a link or a file stands in the place of one of the folders above it
        yield FolderListing(parent, files, [], 0 if files else 1)


def _regular_files(parent: int, name: bytes) -> list[tuple[bytes, os.stat_result]]:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    return [(name, status)] if stat.S_ISREG(status.st_mode) else []


def _list_folder(descriptor: int, folder: bytes, tree: IgnoreTree, folders: list[bytes]) -> Iterator[FolderListing]:
    """Lists one open folder; the names of its folders are added to `folders`. The loop is the hot path of a scan."""
    names, prefixes = tree.rules.names, tree.rules.prefixes
    patterns = tree.has_patterns(folder)
    files: list[tuple[bytes, os.stat_result]] = []
    problems: list[Problem] = []
    skipped = 0
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                name = entry.name
                if name in names or name.startswith(prefixes):
                    continue
                try:
                    if patterns and tree.is_ignored(join_path(folder, os.fsencode(name)), is_folder=entry.is_dir(follow_symlinks=False)):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        files.append((name.encode(_ENCODING, _ERRORS), entry.stat(follow_symlinks=False)))
                        if len(files) == _BATCH:
                            yield FolderListing(folder, files, [], 0)
                            files = []
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(os.fsencode(name))
                    else:
                        skipped += 1
                except FileNotFoundError:
                    continue  # it was removed since the folder was read
                except PermissionError:
                    raise  # the folder may be listed but not entered: that holds for all its names
                except OSError as error:
                    problems.append(Problem(join_path(folder, os.fsencode(name)), error.strerror or str(error)))
    except OSError as error:
        problems.append(Problem(folder, error.strerror or str(error)))
    yield FolderListing(folder, files, problems, skipped)
