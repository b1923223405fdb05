"""Whether what lies at a root's path is the root: an unplugged or another disk must never look like files that were deleted.

The sampled files decide: where half of them lie as they were, it is the root, whatever numbers the system gives it today. Where they do
not, it is the root only if folder and file system are the very same, so that somebody has changed what is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dam.assets.functions.file_numbers import signed
from dam_fs.functions.mark import samples_of

SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a root found.

    `problem` says why it could not be looked at. `numbers` are the file system's id, and device and inode of the folder; `matching` is how
    many of the mark's samples lie there as they were, `late` whether there was no answer in time.
    """

    problem: str | None = None
    empty: bool = False
    numbers: Sequence[int] = (0, 0, 0)
    matching: int = 0
    late: bool = False


def is_very_folder(mark: dict[str, Any], sight: Sight) -> bool:
    """Whether it is the same folder of the same file system, by their numbers."""
    file_system, device, inode = (signed(number) for number in sight.numbers)
    same_system = mark["file_system"] == file_system if mark.get("file_system") and file_system else mark.get("device") == device
    return same_system and mark.get("inode") == inode


def why_offline(mark: dict[str, Any], sight: Sight, *, emptied: bool = False) -> str | None:
    """Why what lies at a root's path is not to be believed, as a sentence about "it"; None if it is the root.

    `emptied`: it is known otherwise that the files in it were deleted one by one, so that the very folder may be empty.
    """
    if sight.problem is not None:
        return f"cannot be reached ({sight.problem}); is its disk plugged in?"
    samples = samples_of(mark)
    if not samples:
        return None
    very = is_very_folder(mark, sight)
    if sight.empty and not (emptied and very):
        return "is empty, though files are known in it; is its disk plugged in?"
    if not very and sight.matching < SHARE * len(samples):
        return "holds other files than it did; is another disk plugged in there?"
    return None
