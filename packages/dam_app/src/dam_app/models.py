"""The history of imports."""

from typing import ClassVar

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import BaseComponent


class ImportRecordComponent(BaseComponent):
    """A path from which an asset was taken into the store, as raw bytes; another content that comes from there takes it over."""

    bookkeeping: ClassVar[bool] = True
    __tablename__ = "component_import_record"

    source_path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
