"""Which of the lost places a found file came from: by file id, name, folder and path order; and how sure one can be of a guess."""

from __future__ import annotations

import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar

SURE = 0.9
"""From this confidence on an edited file that is found elsewhere is taken for the lost one without asking."""

WORTH_ASKING = 0.45
"""From this confidence on a person is asked."""


class Spot(Protocol):
    """Where a file is or was, and its number in the file system."""

    @property
    def path(self) -> bytes:
        """The path beneath its root."""

    @property
    def file_id(self) -> tuple[int, int]:
        """Device and inode."""


Found = TypeVar("Found", bound=Spot)
Lost = TypeVar("Lost", bound=Spot)


def name_of(path: bytes) -> bytes:
    """The last part of a path."""
    return path.rpartition(b"/")[2]


def folder_of(path: bytes) -> bytes:
    """All but the last part of a path."""
    return path.rpartition(b"/")[0]


def pair(found: Sequence[Found], lost: Sequence[Lost], *, file_ids: bool = True) -> list[tuple[Found, Lost]]:
    """Pair files that were found with places of the same content that were lost, one to one.

    First those with the same file id (unless `file_ids` do not last), then those of the same name, then those in the same folder, then
    the rest in the order of their paths. Among equals the order of `lost` decides. Linear in the number of both, but for sorting.
    """
    stages: list[Callable[[Spot], Hashable]] = [
        lambda spot: name_of(spot.path),
        lambda spot: folder_of(spot.path),
        lambda _spot: None,
    ]
    if file_ids:
        stages.insert(0, lambda spot: spot.file_id)
    pairs: list[tuple[Found, Lost]] = []
    waiting = sorted(found, key=lambda one: one.path)
    left = list(lost)
    for key in stages:
        if not waiting or not left:
            break
        places: defaultdict[Hashable, deque[Lost]] = defaultdict(deque)
        for one in left:
            places[key(one)].append(one)
        still = []
        for spot in waiting:
            if places[key(spot)]:
                pairs.append((spot, places[key(spot)].popleft()))
            else:
                still.append(spot)
        waiting, left = still, [one for group in places.values() for one in group]
    return pairs


def is_proof(found_born_ns: int | None, lost_ctime_ns: int) -> bool:
    """Whether an equal file id proves that it is the same file: it was made before the lost place was last looked at.

    File systems give the number of a deleted file to the next new one, so an equal number alone proves nothing.
    """
    return found_born_ns is not None and found_born_ns <= lost_ctime_ns


def confidence(found: Spot, lost: Spot, born_ns: int | None, lost_ctime_ns: int, *, same_kind: bool, file_ids: bool = True) -> float:
    """How sure it is that a file with other bytes is the lost one, moved and edited: from 0 (no reason at all) to 1 (proved).

    The same file id counts 0.6 where the file system does not tell when a file was made, 1 where that proves it, and nothing where that
    disproves it. The same name (but for upper and lower case) counts 0.4, the same folder 0.15, the same kind of content 0.1.
    """
    same_file = file_ids and found.file_id == lost.file_id
    if same_file and is_proof(born_ns, lost_ctime_ns):
        return 1.0
    points = 0.6 if same_file and born_ns is None else 0.0
    points += 0.4 if folded(name_of(found.path)) == folded(name_of(lost.path)) else 0.0
    points += 0.15 if folder_of(found.path) == folder_of(lost.path) else 0.0
    points += 0.1 if same_kind else 0.0
    return round(min(points, 0.99), 2)


def folded(name: bytes) -> str:
    """A name without the difference of upper and lower case and of composed letters; undecodable bytes stay apart from each other."""
    return unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()
