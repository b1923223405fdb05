"""The options of `dam_archive`."""

from typing import Any

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class ArchiveSettings(SettingsModel):
    """How archives are read.

    Limits of one archive: `entries` (members), `bytes` (of all members), `ratio` (bytes unpacked for each packed one) and `depth`
    (archives within archives). `passwords` are tried on every encrypted archive.
    """

    entries: int = Field(default=50_000, ge=1)
    bytes: int = Field(default=64 << 30, ge=1)
    ratio: int = Field(default=200, ge=1)
    depth: int = Field(default=3, ge=1)
    passwords: tuple[str, ...] = Field(default=(), repr=False)

    def limits(self) -> dict[str, Any]:
        """The limits as an analysis is told them."""
        return {"entries": self.entries, "bytes": self.bytes, "ratio": self.ratio, "depth": self.depth}


class ArchiveSettingsComponent(ConfigComponent):
    """The options of `dam_archive`, on an entity that describes a world."""

    __tablename__ = "component_dam_archive_config"
