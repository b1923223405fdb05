"""The components of `dam_web`: its options alone; what it shows belongs to others."""

from __future__ import annotations

from dam_web.settings import WebSettingsComponent

__all__ = ["WebSettingsComponent"]
