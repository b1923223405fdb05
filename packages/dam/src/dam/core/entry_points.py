"""Entry points of installed packages: who offers plugins and command line verbs.

`importlib.metadata` does the same and more, but importing it takes longer than Python's own start, and every `dam` command would pay
for that (see `docs/adr/0005-entry-points-by-hand.md`). The format is that of the packaging specification "Entry points".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

FILE = "entry_points.txt"
METADATA = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One name that a package offers in a group, and the object `module:attribute` behind it."""

    name: str
    value: str
    group: str
    rivals: tuple[str, ...] = ()
    """What other packages offer under the same name."""

    @property
    def module(self) -> str:
        """The module that the object is in."""
        return self.value.partition(":")[0].strip()

    @property
    def rivalry(self) -> str:
        """The sentence about packages that offer something under one name, of which the first is used; empty where there is one only."""
        if not self.rivals:
            return ""
        others = ", ".join(self.rivals)
        return f"'{self.name}' ({self.group}) is offered by several packages: {self.value} is used, not {others}. Remove one of them."

    def load(self) -> Any:
        """Import the module and give the object."""
        found: Any = import_module(self.module)
        for part in filter(None, self.value.partition(":")[2].partition("[")[0].strip().split(".")):
            found = getattr(found, part)
        return found


def entry_points(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name, sorted; of two of one name that which is found first on the import path."""
    found: dict[str, EntryPoint] = {}
    for text in _files():
        for name, value in _section(text, group):
            known = found.setdefault(name, EntryPoint(name, value, group))
            if value not in (known.value, *known.rivals):
                found[name] = replace(known, rivals=(*known.rivals, value))
    return dict(sorted(found.items()))


def _files() -> Iterator[str]:
    """What the installed packages on the import path say; a package that says nothing has no such file."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - as below
        except OSError:
            continue
        for name in sorted(names):
            if name.endswith(METADATA):
                try:
                    with open(os.path.join(folder, name, FILE), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - pathlib costs as much as all of this
                        yield file.read()
                except OSError:
                    continue


def _section(text: str, group: str) -> Iterator[tuple[str, str]]:
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and line and line[0] not in "#;":
            name, separator, value = line.partition("=")
            if separator:
                yield name.strip(), value.strip()
