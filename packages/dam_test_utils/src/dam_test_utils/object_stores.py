"""The contract suite of object stores: every implementation of `dam.assets.resources.ObjectStore` passes it.

class TestContract(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> MyStore: ...

    def damage(self, store: MyStore, identifier: str) -> None: ...
"""

# ruff: noqa: S101 - assertions are what a suite of tests is made of

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dam.assets.resources import ObjectStore
from dam.core.exceptions import ContentCorruptError, ContentUnreadableError, PathNotFoundError

CONTENT = b"hello"
IDENTIFIER = hashlib.sha256(CONTENT).hexdigest()
NO_IDENTIFIERS = ("", "..", "../x", IDENTIFIER.upper(), IDENTIFIER[:-1], IDENTIFIER + "0", IDENTIFIER + "\n", "\0" * 64, "/" + IDENTIFIER)


class _FailingStream(io.RawIOBase):
    """Gives a block, and then the disk fails."""

    def __init__(self) -> None:
        self._given = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - a stream may give less than it is asked for
        if self._given:
            raise OSError(5, "Input/output error")
        self._given = True
        return b"x" * 1000


class ObjectStoreContract:
    """A content is kept once, whole, under its SHA-256; what is wrong is noticed; a failure leaves nothing behind."""

    @pytest.fixture
    def store(self) -> Any:
        """An empty store; the subclass says which."""
        raise NotImplementedError("Give the suite a fixture `store`: an empty store.")

    def damage(self, store: Any, identifier: str) -> None:
        """Change the bytes of an object behind the store's back; the subclass says how."""
        raise NotImplementedError("Tell the suite, in `damage`, how to change the bytes of an object behind the store's back.")

    def test_a_content_is_kept_once(self, store: ObjectStore) -> None:
        """Twice equals once, as bytes or as a stream."""
        assert store.store_file(CONTENT, "a.txt") == IDENTIFIER
        assert store.store_file(CONTENT, "b.txt") == IDENTIFIER
        again = store.store_stream(io.BytesIO(CONTENT))
        assert (again.sha256, again.size, again.created_new) == (IDENTIFIER, len(CONTENT), False)
        assert list(store.identifiers()) == [IDENTIFIER]
        assert store.verify(IDENTIFIER)

    def test_streams_and_files(self, store: ObjectStore, tmp_path: Path) -> None:
        """A stream is kept from where it stands, a file whole, an empty one too; the source is only read."""
        content = os.urandom((2 << 20) + 3)
        source = tmp_path / "source"
        source.write_bytes(content)
        before = source.stat()
        stored = store.store_stream(source)
        assert (stored.sha256, stored.size, stored.created_new) == (hashlib.sha256(content).hexdigest(), len(content), True)
        stream = io.BytesIO(b"skipped" + content)
        stream.seek(7)
        assert store.store_stream(stream).sha256 == stored.sha256
        assert store.store_stream(io.BytesIO(b"")).size == 0
        with store.open(stored.sha256) as opened:
            assert opened.read() == content
            opened.seek(1 << 20)
            assert opened.read(5) == content[1 << 20 :][:5]
        after = source.stat()
        assert (before.st_mtime_ns, before.st_size, before.st_ino) == (after.st_mtime_ns, after.st_size, after.st_ino)

    def test_what_is_there_has_the_right_bytes_on_disk(self, store: ObjectStore) -> None:
        """Where a store gives a path, the path holds the content."""
        path = store.get_file_path(store.store_file(CONTENT))
        assert path is None or path.read_bytes() == CONTENT

    @pytest.mark.parametrize("name", [IDENTIFIER, *NO_IDENTIFIERS])
    def test_what_is_not_there(self, store: ObjectStore, name: str) -> None:
        """An unknown identifier, or what is none at all, is no object; nothing else happens."""
        if name != IDENTIFIER:
            store.store_file(CONTENT)
        assert store.get_file_path(name) is None
        assert store.verify(name) is False
        assert store.is_sound(name) is False
        for call in (store.open, store.quarantine):
            with pytest.raises(PathNotFoundError):
                call(name)

    def test_identifiers_in_order(self, store: ObjectStore) -> None:
        """All of them, each once, in order."""
        stored = [store.store_file(str(number).encode()) for number in range(20)]
        assert list(store.identifiers()) == sorted(stored)

    def test_damage_is_noticed_and_made_good(self, store: ObjectStore) -> None:
        """A wrong object is not handed out, nor verified, and keeping its content again replaces it."""
        store.store_file(CONTENT)
        assert store.is_sound(IDENTIFIER)
        self.damage(store, IDENTIFIER)
        assert store.is_sound(IDENTIFIER) is False
        with pytest.raises(ContentCorruptError):
            store.open(IDENTIFIER)
        assert store.verify(IDENTIFIER) is False
        assert store.store_stream(io.BytesIO(CONTENT)).created_new
        assert store.verify(IDENTIFIER)
        with store.open(IDENTIFIER) as opened:
            assert opened.read() == CONTENT

    def test_quarantine(self, store: ObjectStore) -> None:
        """What was set aside is no object any more, and can be kept anew."""
        store.store_file(CONTENT)
        store.quarantine(IDENTIFIER)
        assert list(store.identifiers()) == []
        assert store.verify(IDENTIFIER) is False
        assert store.store_stream(io.BytesIO(CONTENT)).created_new

    def test_a_source_that_fails_leaves_nothing(self, store: ObjectStore, tmp_path: Path) -> None:
        """Neither a disk that fails in the middle nor a file that is not there leaves an object."""
        with pytest.raises(ContentUnreadableError):
            store.store_stream(_FailingStream(), "failing")  # type: ignore[arg-type]  # as much of a stream as is read
        with pytest.raises(PathNotFoundError):
            store.store_stream(tmp_path / "missing")
        assert list(store.identifiers()) == []

    def test_threads_keep_the_same_contents(self, store: ObjectStore) -> None:
        """Eight threads keep five contents; each is there once and right, and one thread only was told that it is new."""
        contents = [bytes([number]) * 1000 for number in range(5)] * 8
        with ThreadPoolExecutor(8) as pool:
            stored = list(pool.map(lambda content: store.store_stream(io.BytesIO(content)), contents))
        assert sorted({one.sha256 for one in stored}) == list(store.identifiers())
        assert sum(one.created_new for one in stored) == 5
        assert all(map(store.verify, store.identifiers()))
