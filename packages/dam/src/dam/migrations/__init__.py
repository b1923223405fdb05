"""The engine's own tables and those of the built-in plugin, as Alembic revisions."""

from __future__ import annotations

REVISIONS = (
    "dam_0001",
    "dam_0002",
    "dam_0003",
    "dam_0004",
    "dam_0005",
    "dam_0006",
    "dam_0007",
    "dam_0008",
    "dam_0009",
    "dam_0010",
    "dam_0011",
    "dam_0012",
    "dam_0013",
    "dam_0014",
    "dam_0015",
    "dam_0016",
)
"""Oldest first. Named here so that a start needs no look at the files; a test compares them."""
