"""Zstandard, which Python has from 3.14 on, and before it by the same names in a package: `from ...zstandard import zstd`."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["zstd"]
