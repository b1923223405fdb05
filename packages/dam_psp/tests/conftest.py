"""The shared fixtures."""

from __future__ import annotations

pytest_plugins = ["dam_test_utils.fixtures"]
