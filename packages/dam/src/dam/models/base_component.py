"""The component base classes under the path that older documents name."""

from __future__ import annotations

from dam.models.core.base_component import BaseComponent, Component, UniqueComponent

__all__ = ["BaseComponent", "Component", "UniqueComponent"]
