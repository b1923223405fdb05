"""The shared fixtures, and what the tests import from beside them."""

from __future__ import annotations

import sys
from pathlib import Path

pytest_plugins = ["dam_test_utils.fixtures", "dam_test_utils.browser"]

sys.path.insert(0, str(Path(__file__).parent))
