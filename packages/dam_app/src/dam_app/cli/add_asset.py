"""Takes copies of files into the store (the same as `add`)."""

from __future__ import annotations

from dam_app.cli.add import add

__all__ = ["add"]
