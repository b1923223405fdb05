"""The reference in docs/reference is the one of the product as it is built."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_reference_is_up_to_date(repository: Path) -> None:
    spec = importlib.util.spec_from_file_location("reference", repository / "script" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    written = {path.name: path.read_text("utf-8") for path in (repository / "docs" / "reference").glob("*.md")}
    current = reference.pages()
    stale = sorted(name for name in {*written, *current} if written.get(name) != current.get(name))
    assert not stale, f"docs/reference/{stale} is not what the product is: run `poe reference`"
