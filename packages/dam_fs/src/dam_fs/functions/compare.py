"""Compare what a walk finds with what is known, without opening a file."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from dam.assets.functions.file_numbers import kept_time, signed
from dam_fs.functions.walk import FolderListing, Problem

SAMPLES = 32
"""Files that a comparison keeps as samples of what it has met."""

Known = tuple[int, int, int, int, int]
"""A known file: id of its location, size in bytes, mtime and ctime in nanoseconds, inode (as `signed`)."""


_PACKED = struct.Struct("=qqqqq")
_LOOK = struct.Struct("=qqqQ")
"""The last four of these five: the same bytes, though `stat` gives an inode without a sign."""

pack_known = _PACKED.pack
"""A known file (the five numbers) in 40 bytes: a million of them are held while a folder is walked."""


class Candidate(NamedTuple):
    """A file that must be read: one that is new (`known` is None) or looks different from what is known of it."""

    path: bytes
    known: Known | None
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    links: int = 1


@dataclass
class ScanDifference:
    """What a walk found: the files to read, the known ones that are gone or that a rule leaves out now, what could not be looked at.

    `files` and `bytes` count every regular file seen, `skipped` the links, pipes, sockets and devices.
    """

    candidates: list[Candidate] = field(default_factory=list)
    vanished: list[tuple[bytes, Known]] = field(default_factory=list)
    ignored: list[tuple[bytes, Known]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    unchanged: int = 0
    skipped: int = 0


class ListingComparison:
    """Compares listings, as they come, with the known files of a root.

    `known` maps paths to what is known of them (`pack_known`); it is used up: a path that is found is taken out, and what stays has
    vanished.
    A file is unchanged if size, mtime, ctime and inode are the same; where ctime or inode do not last (`stable_inodes` False: exFAT,
    FUSE, network disks), if size and mtime are. `below` is the part of the root that is walked; known files elsewhere are not judged.
    """

    def __init__(self, known: dict[bytes, bytes], *, below: bytes = b"", stable_inodes: bool = True) -> None:
        self.difference = ScanDifference()
        self._known = known
        self._below = below
        self._stable_inodes = stable_inodes
        self._folder: bytes | None = None
        self._met: set[bytes] = set()
        self._chance = random.Random(0)  # noqa: S311 - samples need no secret
        self._listings = 0
        self.samples: list[tuple[bytes, int, int]] = []

    def add(self, listing: FolderListing) -> None:
        """Takes in one listing. The listings of one folder follow each other; a name that is listed twice counts once."""
        folder, files, problems, skipped = listing
        if folder != self._folder:
            self._folder, self._met = folder, set()
        difference, met, take, pack, stable = self.difference, self._met, self._known.pop, _LOOK.pack, self._stable_inodes
        meet, prefix = met.add, folder + b"/" if folder else b""
        seen = unchanged = total = 0
        for name, status in files:  # the hot path of a scan: an unchanged file costs one look-up and one comparison
            if name in met:
                continue
            meet(name)
            seen += 1
            total += status.st_size
            packed = take(prefix + name, None)
            if packed is not None:
                try:
                    look = pack(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
                except struct.error:  # a time that is beyond what is kept
                    look = pack(status.st_size, kept_time(status.st_mtime_ns), kept_time(status.st_ctime_ns), status.st_ino)
                if packed.endswith(look) or (not stable and packed[8:24] == look[:16]):
                    unchanged += 1
                    continue
            known = None if packed is None else _PACKED.unpack(packed)
            difference.candidates.append(_candidate(prefix + name, known, status))
        if files:
            self._sample(prefix, files)
        difference.files += seen
        difference.bytes += total
        difference.unchanged += unchanged
        difference.skipped += skipped
        difference.problems += problems

    def _sample(self, prefix: bytes, files: list[tuple[bytes, os.stat_result]]) -> None:
        """Keep a few files of the whole walk (path, size, mtime): reservoir sampling by listing, so that it costs nothing a file."""
        self._listings += 1
        room = SAMPLES - len(self.samples)
        self.samples += [(prefix + name, status.st_size, status.st_mtime_ns) for name, status in files[: max(0, room)]]
        place = self._chance.randrange(self._listings) if room <= 0 else SAMPLES
        if place < SAMPLES:
            name, status = self._chance.choice(files)
            self.samples[place] = (prefix + name, status.st_size, status.st_mtime_ns)

    def finish(self, is_ignored: Callable[[bytes], bool] = lambda _path: False) -> ScanDifference:
        """Says what has vanished, once all listings are in: known files below the walked part that were not met.

        Those that `is_ignored` knows are listed apart: a rule leaves them out.

        A path with a problem says nothing about the files at or below it, so they have not vanished.
        """
        unclear = {problem.path for problem in self.difference.problems}
        gone: list[tuple[bytes, Known]] = [
            (path, _PACKED.unpack(packed)) for path, packed in self._known.items() if is_below(path, self._below)
        ]
        for entry in gone:
            if is_ignored(entry[0]):
                self.difference.ignored.append(entry)
            elif not unclear or not _is_unclear(entry[0], unclear):
                self.difference.vanished.append(entry)
        return self.difference


def compare_listing(
    known: dict[bytes, Known], listings: Iterable[FolderListing], *, below: bytes = b"", stable_inodes: bool = True
) -> ScanDifference:
    """Compares a whole walk with the known files of a root, which stay as they are; see `ListingComparison`."""
    packed = {path: pack_known(*one) for path, one in known.items()}
    comparison = ListingComparison(packed, below=below, stable_inodes=stable_inodes)
    for listing in listings:
        comparison.add(listing)
    return comparison.finish()


def _candidate(path: bytes, known: Known | None, status: os.stat_result) -> Candidate:
    times = kept_time(status.st_mtime_ns), kept_time(status.st_ctime_ns)
    return Candidate(path, known, status.st_size, *times, signed(status.st_ino), signed(status.st_dev), status.st_nlink)


def is_below(path: bytes, folder: bytes) -> bool:
    """Whether a path is the folder (or file) itself or lies below it; b"" is the root."""
    return not folder or path == folder or path.startswith(folder + b"/")


def _is_unclear(path: bytes, unclear: set[bytes]) -> bool:
    """Whether the path or one of the folders above it could not be looked at."""
    if b"" in unclear:
        return True
    while path:
        if path in unclear:
            return True
        path = path.rpartition(b"/")[0]
    return False
