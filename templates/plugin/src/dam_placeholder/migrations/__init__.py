"""The tables of `dam_placeholder`, as Alembic revisions."""

from __future__ import annotations

REVISIONS = ("dam_placeholder_0001",)
"""Oldest first. `dam db revision dam_placeholder -m "What changes"` writes the next file and adds its name here."""
