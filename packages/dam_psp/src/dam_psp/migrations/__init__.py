"""The tables of `dam_psp`, as Alembic revisions."""

from __future__ import annotations

REVISIONS = ("dam_psp_0001",)
"""Oldest first. Named here so that a start needs no look at the files; a test compares them."""
