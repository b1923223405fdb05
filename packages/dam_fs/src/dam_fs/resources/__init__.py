"""Where bytes are kept, and what looks after that."""

from __future__ import annotations

from dam_fs.resources.prober import Prober
from dam_fs.resources.store import FileStorageResource, StoredObject
from dam_fs.resources.watch_state import WatchState

__all__ = ["FileStorageResource", "Prober", "StoredObject", "WatchState"]
