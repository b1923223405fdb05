"""The shared fixtures, and lets the tests of `dam_web` import what they share."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["dam_test_utils.fixtures", "dam_test_utils.browser"]
