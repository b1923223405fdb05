"""Stand in one folder of a tree after another, however deep it is, with few open descriptors."""

from __future__ import annotations

import os

from dam.assets.functions.beneath import open_folder

_OPEN_FOLDERS = 32
"""Descriptors that are kept open on the way down."""


class FolderChain:
    """The open folder and its ancestors. Only the nearest ones keep their descriptors; the others are opened again when needed."""

    def __init__(self, root: int) -> None:
        self._names: list[bytes] = []
        self._descriptors = [root]  # of the root, then of each name; -1 where it was closed for want of room
        self._identities = [_identity(root)]
        self._ancestors = {self._identities[0]: 1}

    def enter(self, folder: bytes) -> int:
        """Moves to a folder (relative to the root) and returns its descriptor, which stays ours. Raises OSError."""
        names = folder.split(b"/") if folder else []
        while self._names != names[: len(self._names)]:
            self._leave()
        self._reopen()
        for name in names[len(self._names) :]:
            self._push(name)
        return self._descriptors[-1]

    def identity(self) -> tuple[int, int]:
        """Device and inode of the folder."""
        return self._identities[-1]

    def is_loop(self) -> bool:
        """Whether the folder is one of its own ancestors, as only a broken file system has it."""
        return self._ancestors[self._identities[-1]] > 1

    def close(self) -> None:
        """Closes all descriptors."""
        for descriptor in self._descriptors:
            if descriptor >= 0:
                os.close(descriptor)

    def _push(self, name: bytes) -> None:
        descriptor = open_folder(name, self._descriptors[-1])
        identity = _identity(descriptor)
        self._names.append(name)
        self._descriptors.append(descriptor)
        self._identities.append(identity)
        self._ancestors[identity] = self._ancestors.get(identity, 0) + 1
        self._forget(len(self._descriptors) - 1 - _OPEN_FOLDERS)

    def _leave(self) -> None:
        self._names.pop()
        descriptor, identity = self._descriptors.pop(), self._identities.pop()
        if descriptor >= 0:
            os.close(descriptor)
        self._ancestors[identity] -= 1
        if not self._ancestors[identity]:
            del self._ancestors[identity]

    def _reopen(self) -> None:
        """Opens the folder at hand again if its descriptor was given up, and with it the nearest of its ancestors."""
        level = len(self._descriptors) - 1
        while self._descriptors[level] < 0:
            level -= 1
        for deeper in range(level + 1, len(self._descriptors)):
            self._descriptors[deeper] = open_folder(self._names[deeper - 1], self._descriptors[deeper - 1])
            self._forget(deeper - _OPEN_FOLDERS)

    def _forget(self, level: int) -> None:
        """Closes the descriptor of a level, but never the root's."""
        if level > 0 and self._descriptors[level] >= 0:
            os.close(self._descriptors[level])
            self._descriptors[level] = -1


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
