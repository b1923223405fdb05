"""The options of `dam_fs`."""

from pathlib import Path

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class FsSettings(SettingsModel):
    """How folders are read and where the store is.

    `store` is the store's folder (by default `store` in the data directory). `settle_seconds` is how long a file must have been quiet
    before it is read. `readers` is how many files are read at once (0: one a core). `extra_hashes` are computed beside SHA-256.
    `ignore` are patterns, as in a `.damignore`, for every root; `ignore_names` replaces the names of files and folders that are left out
    by default (`.git`, `Thumbs.db`, ...), a star at the end meaning all that begin so. `reserve` is how many bytes must stay free on the
    store's disk: what would take of them is refused. `verify_rate` is how many bytes a second `dam verify` and `dam fsck` may read (0: as
    many as they can). `probe_seconds` is how long a root may take to answer before it counts as offline.
    Where changes are not told, a watched root is looked through every `poll_seconds`; all watched roots are every `scavenge_seconds`.
    """

    store: Path | None = None
    settle_seconds: float = Field(default=2.0, ge=0)
    readers: int = Field(default=0, ge=0)
    reserve: int = Field(default=64 << 20, ge=0)
    verify_rate: int = Field(default=0, ge=0)
    probe_seconds: float = Field(default=10.0, gt=0)
    poll_seconds: float = Field(default=60.0, gt=0)
    scavenge_seconds: float = Field(default=86_400.0, gt=0)
    extra_hashes: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    ignore_names: tuple[str, ...] | None = None


class FsSettingsComponent(ConfigComponent):
    """The options of `dam_fs`, on an entity that describes a world."""

    __tablename__ = "component_dam_fs_config"
