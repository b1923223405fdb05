"""Every object store keeps the contract: the one on disk, and its twin in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from dam.assets.resources import ObjectStore
from dam_fs.resources import FileStorageResource
from dam_test_utils.memory_store import MemoryObjectStore
from dam_test_utils.object_stores import ObjectStoreContract


class TestMemoryStore(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> MemoryObjectStore:
        return MemoryObjectStore()

    def damage(self, store: MemoryObjectStore, identifier: str) -> None:
        store.objects[identifier] = b"HELLO"


class TestFileStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FileStorageResource:
        return FileStorageResource(tmp_path / "store")

    def damage(self, store: FileStorageResource, identifier: str) -> None:
        path = store.get_file_path(identifier)
        assert path is not None
        path.chmod(0o644)
        path.write_bytes(b"HELLO")


def test_the_stores_have_the_shape_of_the_protocol(object_store: MemoryObjectStore, tmp_path: Path) -> None:
    stores: list[ObjectStore] = [object_store, FileStorageResource(tmp_path)]
    assert [list(store.identifiers()) for store in stores] == [[], []]
