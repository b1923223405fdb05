"""What a walk leaves out: names that systems make, patterns that a person has set, `.damignore` files, and folders with `.nomedia`.

A `.damignore` is written like a `.gitignore` and counts for its folder and all below it; what a deeper one says comes before what a higher
one says, and both before the setting. As in git, nothing in a folder that is left out can be taken in again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dam.assets.functions.beneath import open_quietly

RULES_FILE = b".damignore"
NO_MEDIA = b".nomedia"
LONGEST_RULES = 1 << 20


@dataclass(frozen=True)
class IgnoreRules:
    """Names that are left out wherever they occur, whether of a file or of a folder: exact ones, and ones that begin so.

    `patterns` are lines in the syntax of `.gitignore`, relative to the root.
    """

    names: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def matches(self, name: str) -> bool:
        """Whether a name is left out."""
        return name in self.names or name.startswith(self.prefixes)


DEFAULT_IGNORE = IgnoreRules(
    names=frozenset(
        {
            ".git",
            ".hg",
            ".svn",
            ".dam",
            "@eaDir",
            ".DS_Store",
            "Thumbs.db",
            "desktop.ini",
            "$RECYCLE.BIN",
            "System Volume Information",
            "lost+found",
        }
    ),
    prefixes=(".Trash-",),
)
"""What systems and tools put beside people's files. Other names that begin with a dot are kept."""


class IgnoreTree:
    """The rules of one walk, with the `.damignore` files that it has met so far."""

    def __init__(self, rules: IgnoreRules = DEFAULT_IGNORE) -> None:
        self.rules = rules
        self._closed: set[bytes] = set()  # folders with .nomedia
        self._specs: dict[bytes, Any] = {}
        if rules.patterns:
            self._specs[b""] = _compile(rules.patterns)

    def enter(self, folder: bytes, descriptor: int) -> bool:
        """Take in the rules of an open folder; False if it is left out because of `.nomedia` (which a root itself is not)."""
        if folder and _is_there(NO_MEDIA, descriptor):
            self._closed.add(folder)
            return False
        lines = _read(descriptor)
        if lines is not None:
            self._specs[folder] = _compile([*(self.rules.patterns if not folder else ()), *lines])
        return True

    def has_patterns(self, folder: bytes) -> bool:
        """Whether any pattern counts in a folder."""
        return any(not above or folder == above or folder.startswith(above + b"/") for above in self._specs)

    def is_ignored(self, path: bytes, *, is_folder: bool) -> bool:
        """Whether patterns leave out a path; those of the deepest folder that say anything about it decide."""
        folder = path.rpartition(b"/")[0]
        while True:
            spec = self._specs.get(folder)
            if spec is not None:
                relative = os.fsdecode(path[len(folder) + 1 :] if folder else path)
                include = spec.check_file(relative + "/" if is_folder else relative).include
                if include is not None:
                    return bool(include)
            if not folder:
                return False
            folder = folder.rpartition(b"/")[0]

    def covers(self, path: bytes) -> bool:
        """Whether a file at a path is left out, by itself or with one of its folders, as far as the walk has come."""
        parts = path.split(b"/")
        for count in range(1, len(parts) + 1):
            above = b"/".join(parts[:count])
            if self.rules.matches(os.fsdecode(parts[count - 1])) or above in self._closed:
                return True
            if self._specs and self.is_ignored(above, is_folder=count < len(parts)):
                return True
        return False


def _compile(lines: Sequence[str]) -> Any:
    """Compile patterns; a line that is none is left out."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only few folders have rules

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines([line for line in lines if _is_pattern(line)])


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - as above

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _is_there(name: bytes, descriptor: int) -> bool:
    try:
        os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError:
        return False
    return True


def _read(descriptor: int) -> list[str] | None:
    """The lines of the folder's `.damignore`, or None. It is a file that a person wrote: neither a link nor endless."""
    try:
        file = open_quietly(RULES_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, descriptor)
    except OSError:
        return None
    try:
        return os.read(file, LONGEST_RULES).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    finally:
        os.close(file)
