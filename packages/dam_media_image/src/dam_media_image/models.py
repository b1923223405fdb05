"""What is known about a picture."""

from typing import ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dam.assets.models import ImagePerceptualAHashComponent, ImagePerceptualDHashComponent, ImagePerceptualPHashComponent
from dam.models.core.base_component import UniqueComponent

__all__ = [
    "ImageMetadataComponent",
    "ImagePerceptualAHashComponent",
    "ImagePerceptualDHashComponent",
    "ImagePerceptualPHashComponent",
]


class ImageMetadataComponent(UniqueComponent):
    """A picture's measures: its format (as Pillow names it), colour mode, number of frames, and its size as stored.

    `width` and `height` are pixels as stored; `orientation` is EXIF's, 1 to 8 (1: as stored).
    """

    __tablename__ = "component_image_metadata"
    derived: ClassVar[bool] = True

    format: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    mode: Mapped[str | None] = mapped_column(String(32), default=None)
    frames: Mapped[int] = mapped_column(default=1)
    orientation: Mapped[int] = mapped_column(default=1)
    has_alpha: Mapped[bool] = mapped_column(default=False)
