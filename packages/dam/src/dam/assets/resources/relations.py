"""The relations that links may have."""

from __future__ import annotations

from dam.assets.models import Relation
from dam.core.exceptions import RegistrationError, UsageError


class RelationRegistry:
    """The known relations: those of the product, and those that plugins add."""

    def __init__(self) -> None:
        """With the product's own."""
        self._known: set[str] = set(Relation)

    def register(self, name: str) -> None:
        """Add a relation; raises RegistrationError when it is no lower-case word with underscores, or known already."""
        if not name.isidentifier() or name != name.lower():
            raise RegistrationError(f"'{name}' is no name for a relation; use lower-case words joined by underscores.")
        if name in self._known:
            raise RegistrationError(f"There is a relation '{name}' already; use it as it is, or give yours another name.")
        self._known.add(name)

    def check(self, name: str) -> None:
        """Raise UsageError for a relation that nobody registered."""
        if name not in self._known:
            raise UsageError(f"'{name}' is no relation; the relations are {', '.join(sorted(self._known))}.")
