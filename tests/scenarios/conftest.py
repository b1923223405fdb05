"""Lets the scenarios import what they share (`tests.scenarios...`), and what the tests of the packages make their files with."""

from __future__ import annotations

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent

sys.path[:0] = [str(REPOSITORY), *map(str, sorted(REPOSITORY.glob("packages/*/tests")))]
