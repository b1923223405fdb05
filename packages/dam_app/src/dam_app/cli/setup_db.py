"""Makes or updates the database (the same as `db upgrade`)."""

from __future__ import annotations

from dam_app.cli.db import setup_db

__all__ = ["setup_db"]
