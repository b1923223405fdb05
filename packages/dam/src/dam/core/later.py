"""`later`: a thing of a plugin that is named by its import path, and loaded when it is first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dam.core.exceptions import RegistrationError


class Later:
    """A function (or another object) of a module that is not imported before somebody needs it.

    Two of the same path are equal. Called, it calls the function.
    """

    __slots__ = ("_loaded", "path")

    def __init__(self, path: str) -> None:
        """Take the path, `package.module:name`; raises RegistrationError for anything else."""
        module, _, name = path.partition(":")
        if not all(part.isidentifier() for part in (*module.split("."), name)):
            raise RegistrationError(f"'{path}' is no import path: name a thing of a module as 'package.module:name'.")
        self.path = path
        self._loaded: Any = None

    def __repr__(self) -> str:
        """Tell the path."""
        return f"later({self.path!r})"

    def __eq__(self, other: object) -> bool:
        """Whether the other names the same thing."""
        return isinstance(other, Later) and other.path == self.path

    def __hash__(self) -> int:
        """Go by the path."""
        return hash(self.path)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function, which is loaded now if it was not."""
        return self.load()(*arguments, **named)

    def load(self) -> Any:
        """The thing itself; raises RegistrationError if the module has no such thing, and what its import raises."""
        if self._loaded is None:
            module, _, name = self.path.partition(":")
            found = import_module(module)
            if not hasattr(found, name):
                raise RegistrationError(f"'{self.path}' was named for later, but {module} has no '{name}'.")
            self._loaded = getattr(found, name)
        return self._loaded


def later(path: str) -> Any:
    """Name a thing by its import path, `package.module:name`: where a plugin may give it, its module is loaded on first use.

    A plugin whose table of contents names things like this costs the start of the program next to nothing.
    Raises RegistrationError if it is no such path; a name that is wrong shows when it is loaded, and in the contract tests of plugins.
    """
    return Later(path)
