"""The tables of `dam_media_video`, as Alembic revisions."""

from __future__ import annotations

REVISIONS = ("dam_media_video_0001",)
"""Oldest first. Named here so that a start needs no look at the files; a test compares them."""
