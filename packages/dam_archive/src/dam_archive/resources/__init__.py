"""What lives as long as a World: the passwords of archives."""

from __future__ import annotations

from dam_archive.resources.passwords import PasswordKeeper

__all__ = ["PasswordKeeper"]
