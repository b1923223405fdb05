"""Where bytes are kept, and what looks after that."""

from __future__ import annotations

from dam_fs.resources.prober import Prober
from dam_fs.resources.store import FileStorageResource, StoredObject

__all__ = ["FileStorageResource", "Prober", "StoredObject"]
