"""The tables of `dam_software`, as Alembic revisions."""

from __future__ import annotations

REVISIONS = ("dam_software_0001", "dam_software_0002", "dam_software_0003")
"""Oldest first. Named here so that a start needs no look at the files; a test compares them."""
