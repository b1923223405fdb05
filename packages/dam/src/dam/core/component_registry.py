"""`ComponentRegistry`: which types of components a World knows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from dam.core.exceptions import RegistrationError
from dam.core.later import later
from dam.models.core.base_class import Base
from dam.models.core.base_component import Component


@dataclass(frozen=True, slots=True)
class KnownComponent:
    """One type: its name, its table and its module; and the type itself, unless its module is loaded later."""

    name: str
    table: str
    module: str
    loaded: type[Component] | None = None

    def is_same(self, other: KnownComponent) -> bool:
        """Whether both are one type."""
        if self.loaded is not None and other.loaded is not None:
            return self.loaded is other.loaded
        return (self.module, self.name) == (other.module, other.name)

    def load(self) -> type[Component]:
        """The type; raises RegistrationError where the module has no such type with that table."""
        if self.loaded is not None:
            return self.loaded
        found = later(f"{self.module}:{self.name}").load()
        if not is_component(found) or found.__tablename__ != self.table:
            raise RegistrationError(f"{self.module} was to bring the component {self.name} with the table '{self.table}', and does not.")
        kind: type[Component] = found
        return kind


class ComponentRegistry:
    """The component types of one World, in the order of registration.

    Those of a module that was named are loaded when somebody asks for all types.
    """

    def __init__(self, known: Sequence[KnownComponent] = ()) -> None:
        """With these."""
        self._known = list(known)
        self._types: list[type[Component]] | None = None

    def copy(self) -> Self:
        """Another one that knows the same."""
        return type(self)(self._known)

    def register(self, given: Any) -> None:
        """Take a type; it counts once. Raises RegistrationError for what is no component, or has the table or name of another one."""
        if not is_component(given):
            raise RegistrationError(f"{given!r} is not a component: it must be a table that derives from BaseComponent or UniqueComponent.")
        try:
            self._add(KnownComponent(given.__name__, given.__tablename__, given.__module__, given))
        except RegistrationError:
            for known in self._known:
                make_room(known)
            raise

    def register_named(self, module: str, components: Mapping[str, str]) -> None:
        """Take the types of a module by their names, each with its table; the module is loaded later."""
        for name, table in components.items():
            new = KnownComponent(name, table, module)
            self._add(new)
            make_room(new)

    def _add(self, new: KnownComponent) -> None:
        for known in self._known:
            if known.is_same(new):
                return
            if known.table == new.table:
                raise RegistrationError(f"{new.name} wants the table '{new.table}', which {known.module} has already.")
            if known.name == new.name:
                raise RegistrationError(
                    f"{new.module} brings a {new.name}, but {known.module} has one already; people see "
                    "components by these names, so give it another."
                )
        self._known.append(new)
        self._types = None

    @property
    def types(self) -> list[type[Component]]:
        """All types; the modules that were named are loaded."""
        if self._types is None:
            self._types = [one.load() for one in self._known]
        return self._types


def make_room(known: KnownComponent) -> None:
    """Take a stranger's table out of the metadata, where it has the name of one whose module is loaded later: that would fail."""
    if known.module not in sys.modules and known.table in Base.metadata.tables:
        Base.metadata.remove(Base.metadata.tables[known.table])


def is_component(given: Any) -> bool:
    """Whether it is a component type with a table."""
    return isinstance(given, type) and issubclass(given, Component) and hasattr(given, "__table__")
