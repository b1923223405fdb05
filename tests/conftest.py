"""What every test below this folder is given: where the repository lies."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["dam_test_utils.fixtures"]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent
