"""`Resources`: live objects by their type, opened and closed with their World."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, TypeVar, cast

from dam.core.exceptions import RegistrationError, ResourceNotFoundError

R = TypeVar("R")


class Resources:
    """A container of objects that are asked for by type.

    An object that is an asynchronous context manager is entered when the World opens, in the order of adding, and left in reverse.
    """

    def __init__(self) -> None:
        """Empty."""
        self._by_type: dict[type[Any], Any] = {}
        self._stack = AsyncExitStack()

    def add(self, resource: Any, as_type: type[Any] | None = None) -> None:
        """Offer an object under its own type, or under `as_type`; raises RegistrationError when that type is taken."""
        offered = as_type or type(resource)
        if offered in self._by_type:
            raise RegistrationError(f"Two resources of the type {offered.__name__} were added; there can be one.")
        self._by_type[offered] = resource

    def offered(self) -> dict[type[Any], Any]:
        """The objects by the types under which they are offered."""
        return dict(self._by_type)

    def restore(self, offered: dict[type[Any], Any]) -> None:
        """Offer exactly these again."""
        self._by_type = dict(offered)

    def get(self, wanted: type[R]) -> R:
        """The object of that type; raises ResourceNotFoundError, naming the type, when none was added."""
        try:
            return cast("R", self._by_type[wanted])
        except KeyError:
            raise ResourceNotFoundError(f"No resource of the type {wanted.__name__} was added to this World.") from None

    def __contains__(self, wanted: type[Any]) -> bool:
        """Whether there is one of that type."""
        return wanted in self._by_type

    def __iter__(self) -> Any:
        """All objects, in the order of adding."""
        return iter(self._by_type.values())

    async def open(self) -> None:
        """Begin the life of every object that has one."""
        for resource in {id(one): one for one in self._by_type.values()}.values():  # one may be offered under two types
            if hasattr(resource, "__aenter__"):
                await self._stack.enter_async_context(resource)

    async def close(self) -> None:
        """End them, in reverse order."""
        await self._stack.aclose()
