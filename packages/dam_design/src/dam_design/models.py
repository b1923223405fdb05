"""What is known about fonts and 3D models."""

from typing import Any, ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import BigInt, JSONDocument

__all__ = ["FontMetadataComponent", "ModelMetadataComponent"]


class FontMetadataComponent(UniqueComponent):
    """A font: its names as it says them itself (OpenType's `name` table), and what it can write.

    `weight` is 100 (thin) to 900 (black); `axes` are those of a variable font, {tag: [least, usual, most]}; `faces` is how many fonts the
    file holds, of which the first is described.
    """

    __tablename__ = "component_font_metadata"
    derived: ClassVar[bool] = True
    metadata_namespace = "font"

    format: Mapped[str] = mapped_column(String(16))
    family: Mapped[str | None] = mapped_column(default=None)
    style: Mapped[str | None] = mapped_column(default=None)
    full_name: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[str | None] = mapped_column(default=None)
    copyright: Mapped[str | None] = mapped_column(default=None)
    weight: Mapped[int | None] = mapped_column(default=None)
    italic: Mapped[bool] = mapped_column(default=False)
    glyphs: Mapped[int | None] = mapped_column(default=None)
    characters: Mapped[int | None] = mapped_column(default=None)
    faces: Mapped[int] = mapped_column(default=1)
    axes: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class ModelMetadataComponent(UniqueComponent):
    """A 3D model: how much geometry it holds, and the box around it.

    `bounds` is [[least x, y, z], [most x, y, z]] in the file's own units.
    """

    __tablename__ = "component_model_metadata"
    derived: ClassVar[bool] = True
    metadata_namespace = "model"

    format: Mapped[str] = mapped_column(String(16))
    meshes: Mapped[int] = mapped_column(default=0)
    vertices: Mapped[int] = mapped_column(BigInt, default=0)
    triangles: Mapped[int] = mapped_column(BigInt, default=0)
    bounds: Mapped[list[list[float]] | None] = mapped_column(JSONDocument, default=None)
