"""The shared fixtures, and a hand that gives a document to the analysis."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type
from dam.core.analysis import Content

sys.path.insert(0, str(Path(__file__).parent))  # the documents that these tests make are beside them

pytest_plugins = ["dam_test_utils.fixtures"]

Give = Callable[..., Content]


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """Make a `Content` of bytes, with a scratch folder of its own; its type is told by the bytes unless it is given."""
    numbers = itertools.count()

    def make(data: bytes, mime_type: str | None = None) -> Content:
        number = next(numbers)
        path, scratch = tmp_path / f"file{number}", tmp_path / f"scratch{number}"
        path.write_bytes(data)
        scratch.mkdir()
        kind: Any = mime_type or detect_mime_type(data[:HEAD_BYTES], len(data), data[-TAIL_BYTES:])
        return Content(str(path), kind, len(data), str(scratch))

    return make
