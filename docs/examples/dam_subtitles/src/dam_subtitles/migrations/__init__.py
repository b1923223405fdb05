"""The tables of `dam_subtitles`, as Alembic revisions."""

from __future__ import annotations

REVISIONS = ("dam_subtitles_0001",)
"""Oldest first. `dam db revision dam_subtitles -m "What changes"` writes the next file and adds its name here."""
