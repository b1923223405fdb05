"""An asset as one typed record: the read model that programs get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from dam.assets.models.asset import AssetCategory, AssetStatus, AssetType, Visibility


class Asset(BaseModel):
    """One asset with everything that is known of it, as it was when it was read; it is never written back.

    `size` is in bytes, `width` and `height` are pixels as displayed, `duration` is in seconds. `hash` is the SHA-256 in hexadecimal
    digits, `phash` the perceptual hash. `thumbnails` maps "small", "medium" and "large" to URNs. `metadata` holds only the namespaces
    of which something is known; an unknown asset type of a plugin stays text.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    owner_id: int | None = None
    created_at: datetime
    updated_at: datetime
    filename: str
    size: int | None = None
    mime_type: str | None = None
    is_virtual: bool = False
    category: AssetCategory
    status: AssetStatus
    error_message: str | None = None
    visibility: Visibility
    storage_urn: str
    hash: str | None = None
    phash: str | None = None
    asset_type: AssetType | str = Field(union_mode="left_to_right")
    tags: list[str] = Field(default_factory=list)
    thumbnail_urn: str | None = None
    thumbnails: dict[str, str] = Field(default_factory=dict)
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    title: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    version: int = 1

    @classmethod
    def from_whole(cls, whole: Mapping[str, Any]) -> Self:
        """Make it of an asset in the shape of `show --json`."""
        metadata = {namespace: known for namespace, facts in whole["metadata"].items() if (known := _known(facts))}
        own = {name: whole[name] for name in cls.model_fields if name in whole}
        return cls.model_validate(own | {"asset_type": whole["type"], "hash": whole["sha256"], "metadata": metadata})


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a namespace that are not unknown."""
    return {name: value for name, value in facts.items() if value not in (None, [])}
