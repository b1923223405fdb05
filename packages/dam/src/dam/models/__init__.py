"""The tables of the engine and the base classes of all others.

The components that every plugin knows can be had from here too: `from dam.models import Entity, TagComponent`. They are loaded when
they are first asked for, so that a base class costs no more than itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_BASES = {
    "Base": "dam.models.core.base_class",
    "BaseComponent": "dam.models.core.base_component",
    "Component": "dam.models.core.base_component",
    "ConfigComponent": "dam.models.config",
    "Entity": "dam.models.entity",
    "SettingsModel": "dam.models.config",
    "UniqueComponent": "dam.models.core.base_component",
}
_ASSETS = "dam.assets.models"


def __getattr__(name: str) -> Any:
    """Load a public name from where it lives (PEP 562)."""
    if name == "__all__":
        return __dir__()
    if name in _BASES:
        return getattr(import_module(_BASES[name]), name)
    if name.endswith("Component") and hasattr(found := import_module(_ASSETS), name):
        return getattr(found, name)
    raise AttributeError(f"module 'dam.models' has no attribute '{name}'")


def __dir__() -> list[str]:
    """The public names."""
    return sorted({*_BASES, *(kind.__name__ for kind in import_module(_ASSETS).COMPONENTS)})
