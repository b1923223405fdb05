"""What is known about a game."""

from typing import Any, ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import BigInt, JSONDocument

__all__ = ["PspIsoInfoComponent"]


class PspIsoInfoComponent(UniqueComponent):
    """What a game of the PSP says about itself in its PARAM.SFO.

    `container` is "iso", "cso", "zso", "pbp" or "sfo"; `image_size` the size of the disk image in bytes, uncompressed. `region` is
    told by the disc's id. `parameters` is the PARAM.SFO whole: name to text or number.
    """

    __tablename__ = "component_psp_iso_info"
    derived: ClassVar[bool] = True
    metadata_namespace = "psp"

    container: Mapped[str] = mapped_column(String(8))
    title: Mapped[str | None] = mapped_column(default=None)
    disc_id: Mapped[str | None] = mapped_column(String(32), default=None, index=True)
    disc_version: Mapped[str | None] = mapped_column(String(32), default=None)
    region: Mapped[str | None] = mapped_column(String(32), default=None)
    category: Mapped[str | None] = mapped_column(String(32), default=None)
    system_version: Mapped[str | None] = mapped_column(String(32), default=None)
    image_size: Mapped[int | None] = mapped_column(BigInt, default=None)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
