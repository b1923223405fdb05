"""Whether a known file is gone, seen from a pass that does not look through its folder."""

from __future__ import annotations

import os
import stat

from dam.assets.functions.beneath import is_not_there, look_beneath


def is_gone(root: bytes, path: bytes) -> bool:
    """Whether a file is gone from a root that is there: not merely out of reach, nor on a disk that is not plugged in.

    What lies behind a link that has taken the place of a folder lies elsewhere, and a folder or a pipe at the path is no file.
    """
    try:
        return not stat.S_ISREG(look_beneath(root, path).st_mode)
    except OSError as error:
        return is_not_there(error) and is_inhabited(root)


def is_inhabited(root: bytes) -> bool:
    """Whether a root can be opened and holds anything; the mount point of a disk that is not plugged in is there, but empty."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
