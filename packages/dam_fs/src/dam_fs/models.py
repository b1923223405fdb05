"""Where bytes are. The tables are shared with every plugin, so they live in `dam.assets`; this is their home's door."""

from __future__ import annotations

from dam.assets.models.location import File, FileLocationComponent, LocationStatus, Root, RootStatus, StorageType

__all__ = ["File", "FileLocationComponent", "LocationStatus", "Root", "RootStatus", "StorageType"]
