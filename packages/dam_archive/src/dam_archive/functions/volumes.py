"""Archives in several files: which of the files in a folder belong together, by their names, and their bytes as one.

name.part1.rar, name.part2.rar …     RAR since 3.0
name.rar, name.r00, name.r01 …       RAR before
name.7z.001, name.zip.001 …          cut by 7-Zip
name.z01, name.z02 …, name.zip       ZIP (APPNOTE.TXT, 8): the last one comes last
"""

from __future__ import annotations

import bisect
import io
import os
import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import IO

_PATTERNS = (
    re.compile(r"(?P<stem>.*\.part)(?P<number>\d{1,4})(?P<end>\.rar)", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?P<stem>.*\.)(?P<end>r)(?P<number>ar|\d{2,3})", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?P<stem>.*\.(?:7z|zip|rar|tar)\.)(?P<end>)(?P<number>\d{3,4})", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?P<stem>.*\.)(?P<end>z)(?P<number>ip|\d{2,3})", re.IGNORECASE | re.DOTALL),
)
_FIRST = (1, 0, 1, 2)
"""The number that `_number` gives the first file of each pattern (of the last, the first that has a number)."""
_LAST = 10**6


def volume_set(filename: str) -> tuple[str, int] | None:
    """What all names of a set have in common, and the place of one among them; None for what is no part of a set."""
    found = _number(filename)
    return (f"{found[0]} {found[1]}", found[2]) if found is not None else None


def stem_of_set(path: bytes) -> bytes | None:
    """The beginning that the paths of all files of a set have in common; None for what is no part of a set."""
    folder, slash, name = path.rpartition(b"/")
    found = (pattern.fullmatch(name.decode("utf-8", "surrogateescape")) for pattern in _PATTERNS)
    return next((folder + slash + one["stem"].encode("utf-8", "surrogateescape") for one in found if one is not None), None)


def is_volume_name(filename: str) -> bool:
    """Whether a file is called as the second or a later part of an archive is."""
    number = _number(filename)
    return number is not None and 0 < number[2] < _LAST


def volumes_of(path: str) -> list[str]:
    """The paths of all files of the archive that a file belongs to, in their order; the file alone where there is no other."""
    folder, filename = os.path.split(path)
    own = _number(filename)
    if own is None:
        return [path]
    found = []
    with os.scandir(folder or ".") as entries:
        for entry in entries:
            number = _number(entry.name)
            if number is not None and number[:2] == own[:2] and entry.is_file(follow_symlinks=False):
                found.append((number[2], entry.path))
    return [one for _, one in sorted(found)] or [path]


def main_volume(volumes: Sequence[str]) -> str:
    """The file that stands for the whole archive: the one that says what is in it."""
    number = _number(PurePath(volumes[-1]).name)
    return volumes[-1] if number is not None and number[2] == _LAST else volumes[0]


def is_split_zip(volumes: Sequence[str]) -> bool:
    """Whether these are name.z01, name.z02 … and name.zip: what is in it can be listed without the parts before the last."""
    number = _number(PurePath(volumes[-1]).name)
    return number is not None and number[2] == _LAST


def is_numbered(path: str) -> bool:
    """Whether a file's name says that it is a part of an archive in several files, the first one or another."""
    number = _number(PurePath(path).name)
    return number is not None and number[2] < _LAST and (number[0] != 1 or number[2] > 0)


def missing_part(volumes: Sequence[str]) -> int | None:
    """The number (1 is the first) of a part that does not lie beside the others, as far as their names tell; None when none is missing."""
    numbers = [found for found in (_number(PurePath(path).name) for path in volumes) if found is not None]
    counted = [number - _FIRST[place] + 1 for place, _, number in numbers if number < _LAST]
    return next((wanted for wanted, number in enumerate(counted, 1) if wanted != number), None)


def _number(filename: str) -> tuple[int, str, int] | None:
    """Which pattern a name follows, what all names of its set have in common, and its place among them."""
    for place, pattern in enumerate(_PATTERNS):
        found = pattern.fullmatch(filename)
        if found is not None:
            number, common = found["number"], (found["stem"] + found["end"]).lower()
            if number.isdecimal():
                return place, common, int(number) + (place in (1, 3))  # the first of these two has no number
            return place, common, 0 if place == 1 else _LAST
    return None


class JoinedFile(io.RawIOBase):
    """Several files read as one."""

    def __init__(self, files: Sequence[IO[bytes]]) -> None:
        """Of open files, in their order; closing this one closes them."""
        self._files = files
        self.starts = [0]
        for file in files:
            self.starts.append(self.starts[-1] + file.seek(0, os.SEEK_END))
        self._place = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.starts[-1]}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the base class takes any buffer
        """Read from the file in which the place lies, and no further."""
        number = bisect.bisect_right(self.starts, self._place) - 1
        if number >= len(self._files):
            return 0
        file = self._files[number]
        file.seek(self._place - self.starts[number])
        data = file.read(min(len(buffer), self.starts[number + 1] - self._place))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()
        super().close()
