"""The three component base classes.

Component           the abstract root
├── BaseComponent   an entity may have many of these
└── UniqueComponent an entity has at most one of these
"""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry, relationship

from dam.models.core.base_class import Base
from dam.models.entity import Entity
from dam.models.types import BigInt, UTCDateTime, utc_now


class Component(Base, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """Facts about an entity: a dataclass that is a table.

    `derived` says where the facts come from: True for what can be computed again from the file (and may be dropped at any time),
    False for what a person said (and is never dropped by the program, and copied to a new version of the asset). `bookkeeping` is True
    for what is neither: what the program notes for itself, as where a file is. `metadata_namespace` is the namespace whose schema the
    class is, if it is one: its columns (or those of its one column `data`) are what `show` and `export` tell under `metadata`.
    """

    # A registry of their own: SQLAlchemy configures all classes of a registry, with their relationships, when the first one is used as an
    # object. A look through folders that have not changed uses none, and so costs a tenth less.
    __abstract__ = True
    registry = registry(metadata=Base.metadata)
    derived: ClassVar[bool] = False
    bookkeeping: ClassVar[bool] = False
    metadata_namespace: ClassVar[str | None] = None


def mapped_classes() -> Iterator[type[Base]]:
    """Every class that is a table, of all packages that have been imported; components and the others."""
    for known in (Base.registry, Component.registry):
        yield from (mapper.class_ for mapper in known.mappers)


def is_human(kind: type[Component]) -> bool:
    """Whether a kind of component holds what people say."""
    return not (kind.derived or kind.bookkeeping)


class BaseComponent(Component):
    """A component of which an entity may have many."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False, repr=True)
    entity_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"), index=True, default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False, repr=False)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, onupdate=utc_now, init=False, repr=False)

    @declared_attr
    @classmethod
    def entity(cls) -> Mapped[Entity]:
        """The entity that this component describes; loaded only when asked for."""
        return relationship(Entity, foreign_keys=lambda: [cls.entity_id], lazy="raise", default=None, repr=False)


class UniqueComponent(Component):
    """A component of which an entity has at most one."""

    __abstract__ = True

    entity_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"), primary_key=True, default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False, repr=False)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, onupdate=utc_now, init=False, repr=False)

    @declared_attr
    @classmethod
    def entity(cls) -> Mapped[Entity]:
        """The entity that this component describes; loaded only when asked for."""
        return relationship(Entity, foreign_keys=lambda: [cls.entity_id], lazy="raise", default=None, repr=False)
