"""Finding a file in the image of a file system by its path."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TypeVar

MOST_LINKS, MOST_PARTS = 8, 32

Node = TypeVar("Node")


def find(path: str, root: Node, child: Callable[[Node, str], Node | None], target: Callable[[Node], str | None]) -> Node | None:
    """What lies at a path; links are followed within the image. None when there is nothing.

    `child` gives what lies in a folder by a name, `target` where a link leads.
    """
    for _ in range(MOST_LINKS):
        found: Node | None = root
        parts = [part for part in posixpath.normpath("/" + path).split("/") if part]
        if len(parts) > MOST_PARTS:
            return None
        for number, part in enumerate(parts):
            found = child(found, part) if found is not None else None
            if found is None:
                return None
            leads = target(found)
            if leads is not None:
                path = posixpath.join("/", *parts[:number], leads, *parts[number + 1 :])
                break
        else:
            return found
    return None
