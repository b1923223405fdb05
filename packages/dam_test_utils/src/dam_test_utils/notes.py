"""A small analysis, for tests of what happens around analyses. It imports little, so that a child process starts fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.core.analysis import Analysis, Content

NOTE = Analysis("test.note", 1, "dam_test_utils.notes:write_note")


def write_note(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - every analysis is given some
    """The size of the file, which is also left as text in the scratch folder's `note.txt`."""
    with open(content.path, "rb") as source:  # noqa: PTH123 - pathlib is slow to import
        size = len(source.read(1 << 20))
    with open(f"{content.scratch}/note.txt", "w", encoding="ascii") as note:  # noqa: PTH123 - as above
        note.write(str(size))
    return {"size": size}
