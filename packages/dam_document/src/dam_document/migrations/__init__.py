"""The tables of `dam_document`, as Alembic revisions."""

from __future__ import annotations

REVISIONS = ("dam_document_0001", "dam_document_0002", "dam_document_0003")
"""Oldest first. Named here so that a start needs no look at the files; a test compares them."""
