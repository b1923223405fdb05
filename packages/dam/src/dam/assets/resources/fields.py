"""The fields of the search language: those of the product, and those that plugins add."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TypeDecorator

from dam.assets.functions.field_values import Kind
from dam.assets.functions.search import FIELDS
from dam.core.exceptions import RegistrationError
from dam.models.core.base_component import Component

KINDS: tuple[tuple[type, Kind], ...] = ((bool, "bool"), (int, "number"), (float, "number"), (str, "text"), (datetime, "date"))
"""The kind of a column by its Python type; the first that fits counts, for True is an int too."""


@dataclass(frozen=True, slots=True)
class QueryField:
    """A field that searches understand: its name, the column of a component that it looks into, and how values are compared."""

    name: str
    column: Any
    kind: Kind


class FieldRegistry:
    """The fields that plugins registered, by name."""

    def __init__(self) -> None:
        """Empty."""
        self._fields: dict[str, QueryField] = {}

    def register(self, named: tuple[str, Any]) -> None:
        """Add a (name, column of a component) pair; raises RegistrationError for a bad name, no such column, or a name that is taken."""
        name, attribute = named
        if not re.fullmatch(r"[a-z][a-z_]*", name):
            raise RegistrationError(f"'{name}' is no name for a query field; use lower-case letters and underscores.")
        owner = getattr(attribute, "class_", None)
        if not (isinstance(owner, type) and issubclass(owner, Component) and hasattr(attribute, "type")):
            raise RegistrationError(
                f"The query field '{name}' needs a column of a component, as in MyComponent.size; {attribute!r} is none."
            )
        kind = next((kind for python, kind in KINDS if issubclass(_python_type(attribute), python)), None)
        if kind is None:
            raise RegistrationError(f"The query field '{name}' cannot look into {attribute}: it holds no text, number, date or yes and no.")
        known = self._fields.get(name)
        if name in FIELDS or (known is not None and known.column is not attribute):
            raise RegistrationError(f"There is a query field '{name}' already ({known.column if known else 'of the product itself'}).")
        self._fields[name] = QueryField(name, attribute, kind)

    @property
    def fields(self) -> Mapping[str, QueryField]:
        """The fields by name."""
        return self._fields


def _python_type(attribute: Any) -> type:
    stored = attribute.type
    while isinstance(stored, TypeDecorator):
        stored = stored.impl_instance
    try:
        found: type = stored.python_type
    except NotImplementedError:
        return object
    return found
