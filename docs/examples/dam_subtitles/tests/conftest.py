"""The fixtures of dam: `world`, `make_world`, `make_files` and more."""

from __future__ import annotations

pytest_plugins = ["dam_test_utils.fixtures"]
