"""The options of the built-in plugin."""

from typing import Any

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class AssetsSettings(SettingsModel):
    """How assets are analysed.

    `workers` is how many child processes read files (0: one a core). `lease_seconds` is how long what a process has taken to work on
    stays its own when nothing is heard of it. `visibility` is what a new asset gets. `thumbnail_small`,
    `thumbnail_medium` and `thumbnail_large` are the longest sides of thumbnails in pixels; `thumbnail_quality` and
    `thumbnail_effort` are WebP's. `unpacked` is how many bytes of members of archives are kept unpacked in the cache.
    `trash_days` is how long something is in the trash before `dam trash --empty --expired` means it; with `trash_expires`, `dam serve`
    deletes it for good by itself, once a day.
    `undo_days` and `undo_actions` are how long, and how many, actions of people can be undone.
    """

    workers: int = Field(default=0, ge=0)
    lease_seconds: float = Field(default=60.0, ge=0.5, le=3600)
    visibility: str = Field(default="private", pattern="^(private|shared|public)$")
    thumbnail_small: int = Field(default=200, ge=16, le=1000)
    thumbnail_medium: int = Field(default=800, ge=16, le=4000)
    thumbnail_large: int = Field(default=1920, ge=16, le=8000)
    thumbnail_quality: int = Field(default=80, ge=1, le=100)
    thumbnail_effort: int = Field(default=2, ge=0, le=6)
    unpacked: int = Field(default=2 << 30, ge=0)
    trash_days: int = Field(default=30, ge=0)
    trash_expires: bool = False
    undo_days: int = Field(default=90, ge=0)
    undo_actions: int = Field(default=1000, ge=0)

    def thumbnails(self, *sizes: str) -> dict[str, Any]:
        """What an analysis that makes thumbnails is told: which sizes (by default those made when a file is indexed), and how."""
        return {
            "thumbnail_sizes": {size: getattr(self, f"thumbnail_{size}") for size in sizes or ("small", "medium")},
            "thumbnail_quality": self.thumbnail_quality,
            "thumbnail_effort": self.thumbnail_effort,
        }


class AssetsSettingsComponent(ConfigComponent):
    """The options of the built-in plugin, on an entity that describes a world."""

    __tablename__ = "component_dam_assets_config"
