"""The namespaces of metadata, and their schemas."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from dam.assets.functions.documents import check_document, check_namespace
from dam.core.exceptions import RegistrationError, UsageError


class NamespaceRegistry:
    """Schemas by namespace; a namespace without one is kept as it comes, as long as it is sound JSON."""

    def __init__(self) -> None:
        """Empty."""
        self._schemas: dict[str, type[BaseModel]] = {}

    def register(self, named: tuple[str, type[BaseModel]]) -> None:
        """Add a (namespace, schema) pair; raises RegistrationError for a bad name, a schema that is none, or a name that is taken."""
        name, schema = named
        given: Any = schema  # a plugin may hand over anything
        if not (isinstance(given, type) and issubclass(given, BaseModel)):
            raise RegistrationError(f"The schema of the namespace '{name}' must be a Pydantic model, not {schema!r}.")
        if self._schemas.get(name, schema) is not schema:
            raise RegistrationError(f"The namespace '{name}' has a schema already: {self._schemas[name].__name__}.")
        try:
            check_namespace(name)
        except UsageError as error:
            raise RegistrationError(str(error)) from error
        self._schemas[name] = schema

    def schema(self, name: str) -> type[BaseModel] | None:
        """The schema of a namespace, or None."""
        return self._schemas.get(name)

    def check(self, name: str, data: Any) -> dict[str, Any]:
        """The data as it is kept; raises UsageError, naming the key that is wrong."""
        check_namespace(name)
        document = check_document(name, data)
        schema = self._schemas.get(name)
        if schema is None:
            return document
        try:
            return check_document(name, schema.model_validate(document).model_dump(mode="json", exclude_unset=True))
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(f"{'.'.join([name, *map(str, first['loc'])])} is wrong: {first['msg']}.") from error
