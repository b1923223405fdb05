"""Things without bytes of their own."""

from typing import ClassVar

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent


class VirtualEntityComponent(UniqueComponent):
    """What kind of thing a virtual entity is, and what it is called: the two parts of its URN, `virtual://<kind>/<name>`.

    The same kind and name is the same entity. `name_hash` is the SHA-256 of the name in UTF-8: a name may be too long for an index.
    """

    bookkeeping: ClassVar[bool] = True
    __tablename__ = "component_virtual_entity"
    __table_args__ = (UniqueConstraint("kind", "name_hash"),)

    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str]
    name_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
