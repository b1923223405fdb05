"""What people say about an asset. What the file itself says is kept beside it, and a person's word wins.

`origin` is "person", or where else the value comes from: "sidecar" for what a file beside it says, "file:<analysis>" for what an
analysis read in the file itself. A person's word wins, then the sidecar's, then the file's.
"""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import BaseComponent

PERSON = "person"
SIDECAR = "sidecar"
FILE = "file:"
"""What the origin of a file's own words begins with; the name of the analysis that read them follows."""


class TitleComponent(BaseComponent):
    """A title; one an origin."""

    __tablename__ = "component_title"
    __table_args__ = (UniqueConstraint("entity_id", "origin"),)

    value: Mapped[str]
    origin: Mapped[str] = mapped_column(String(64), default=PERSON)


class DescriptionComponent(BaseComponent):
    """A description; one an origin."""

    __tablename__ = "component_description"
    __table_args__ = (UniqueConstraint("entity_id", "origin"),)

    value: Mapped[str]
    origin: Mapped[str] = mapped_column(String(64), default=PERSON)


class RatingComponent(BaseComponent):
    """A rating from 0 to 5, or -1 for rejected; one an origin."""

    __tablename__ = "component_rating"
    __table_args__ = (UniqueConstraint("entity_id", "origin"),)

    value: Mapped[int]
    origin: Mapped[str] = mapped_column(String(64), default=PERSON)


class TagComponent(BaseComponent):
    """A tag; levels are parted by a slash (`animal/cat`)."""

    __tablename__ = "component_tag"
    __table_args__ = (UniqueConstraint("entity_id", "tag_name", name="uq_tag_entity_name"),)

    tag_name: Mapped[str] = mapped_column(String(255), index=True)
    origin: Mapped[str] = mapped_column(String(64), default=PERSON)
