"""`Base`: what every table is made from."""

from __future__ import annotations

from dataclasses import fields
from typing import dataclass_transform

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, deferred, mapped_column, relationship

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints, so that a migration can name what it drops on every database."""


# SQLAlchemy hands `kw_only` and `eq` down to every table; a type checker knows it only by this decorator, which does nothing else.
@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(mapped_column, relationship, deferred))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """A class that is a dataclass and a table at once; its constructor takes keywords only. Two rows are equal when they are one object."""

    # Every start makes dozens of these classes. That is cheaper with one `__repr__` for all, and where the module of the class does without
    # `from __future__ import annotations`: SQLAlchemy would compile each annotation from its text, for each class that inherits it anew.

    metadata = MetaData(naming_convention=NAMING_CONVENTION)

    def __repr__(self) -> str:
        """Tell the fields, as a dataclass does."""
        told = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__qualname__}({told})"
