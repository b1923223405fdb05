"""Settings: a plugin's options as a typed model, and as a component so that a world can be described by an entity."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import JSONDocument


class SettingsModel(BaseModel):
    """The options of one plugin; an unknown option is an error, so that a typing mistake is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConfigComponent(UniqueComponent):
    """One plugin's options, kept on an entity that describes a world."""

    bookkeeping: ClassVar[bool] = True
    __abstract__ = True

    settings: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
