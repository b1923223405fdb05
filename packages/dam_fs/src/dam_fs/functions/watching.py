"""How a root is watched, and which parts of it are looked at again: plain decisions about paths and file systems."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from dam_fs.functions.file_system import file_system_type
from dam_fs.functions.ignore import NO_MEDIA, RULES_FILE
from dam_fs.functions.pairing import folder_of, name_of
from dam_fs.functions.walk import DEFAULT_IGNORE, IgnoreRules, join_path, walk_folder

NETWORK = frozenset({"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "virtiofs"})
"""File systems whose changes are made on other machines, which the system tells nobody of."""

LIMITS = (Path("/proc/sys/fs/inotify/max_user_watches"), Path("/proc/sys/user/max_inotify_watches"))
"""How many folders one user may watch (inotify(7)); the second counts in a user namespace."""

RULES = frozenset({NO_MEDIA, RULES_FILE})
"""The files that say what is left out."""

MANY = 1000
"""So many changed paths are cheaper looked through by folder than one by one."""


def why_polled(root: bytes, *, limits: Iterable[Path] = LIMITS) -> str | None:
    """Why a folder cannot be watched live, as the rest of a sentence; None if it can. Raises OSError if it cannot be reached."""
    kind = file_system_type(root)
    if kind is not None and (kind in NETWORK or kind.startswith("fuse.")):
        return f"it lies on a network file system ({kind}), which does not tell of changes"
    limit = watch_limit(limits)
    if limit is not None and count_folders(root, limit) > limit:
        return f"it has more folders than the {limit} that the system watches (raise fs.inotify.max_user_watches)"
    return None


def watch_limit(limits: Iterable[Path] = LIMITS) -> int | None:
    """How many folders may be watched; None where the system does not say."""
    found = []
    for path in limits:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):
            continue
    return min(found, default=None)


def count_folders(root: bytes, limit: int) -> int:
    """How many folders there are, with the root itself; counting ends beyond the limit. What cannot be opened is passed over."""
    count, pending = 1, [root]
    while pending and count <= limit:
        try:
            with os.scandir(pending.pop()) as entries:
                inner = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        count += len(inner)
        pending += inner
    return count


def changed_since(root: bytes, since_ns: int, ignore: IgnoreRules = DEFAULT_IGNORE, exclude: Collection[bytes] = ()) -> list[bytes]:
    """The files and folders beneath a root with a time of change since then, by looking at all; a folder changes when a name in it does."""
    changed = []
    for folder, files, _problems, _skipped in walk_folder(root, ignore=ignore, exclude=exclude):
        with suppress(OSError):
            if os.lstat(join_path(root, folder) if folder else root).st_ctime_ns >= since_ns:
                changed.append(folder)
        changed += [join_path(folder, name) for name, status in files if status.st_ctime_ns >= since_ns]
    return changed


def without_nested(paths: Iterable[bytes]) -> tuple[bytes, ...]:
    """The paths that lie beneath none of the others, in their order; b"" is above all."""
    kept: list[bytes] = []
    for path in sorted(set(paths), key=lambda path: path.split(b"/") if path else []):
        if not kept or not (kept[-1] == b"" or path.startswith(kept[-1] + b"/")):
            kept.append(path)
    return tuple(kept)


def to_look_at(paths: Collection[bytes], many: int = MANY) -> tuple[bytes, ...]:
    """What to look through for these changed paths of a root: themselves, or of very many the folders that they lie in.

    A file with rules says what is left out of its folder, so all of that is looked through.
    """
    wanted = without_nested(folder_of(path) if name_of(path) in RULES else path for path in paths)
    while len(wanted) > many:
        wanted = without_nested(folder_of(path) for path in wanted)
    return wanted
