"""Logging to stderr, at the level that `DAM_LOG_LEVEL` says."""

from __future__ import annotations

import logging
import os
import sys

FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"

CHATTY = ("aiosqlite", "asyncio", "PIL", "pyvips", "python_multipart")
"""Libraries whose debug messages drown everyone else's."""


def setup_logging(default: int = logging.INFO) -> None:
    """Log to stderr; the level is `DAM_LOG_LEVEL` (a standard name, any case), or the default when that is not set or unknown."""
    wanted = logging.getLevelNamesMapping().get(os.environ.get("DAM_LOG_LEVEL", "").upper(), default)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(max(wanted, logging.INFO))
    logging.basicConfig(level=wanted, format=FORMAT, stream=sys.stderr, force=True)
