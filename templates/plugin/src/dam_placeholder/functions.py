"""Reads placeholder files. It runs in a child process, without World, database or network: plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam import Content, ContentRefusedError

LONGEST_FIRST_LINE = 200


def read_file(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Count the lines: {"lines", "first_line"}.

    Raises a ContentError, whose sentence the person sees, for a file that is not read; it stops no other file.
    """
    if content.size > settings["most_bytes"]:
        raise ContentRefusedError(f"The file is larger than {settings['most_bytes']} bytes (most_bytes): it is not read.")
    with content.open() as file:
        lines = file.read(settings["most_bytes"]).decode("utf-8", "replace").splitlines()
    return {"lines": len(lines), "first_line": lines[0][:LONGEST_FIRST_LINE] if lines else ""}
