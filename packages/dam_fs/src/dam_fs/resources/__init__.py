"""Where bytes are kept."""

from __future__ import annotations

from dam_fs.resources.store import FileStorageResource, StoredObject

__all__ = ["FileStorageResource", "StoredObject"]
