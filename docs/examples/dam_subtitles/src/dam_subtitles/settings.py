"""The options of `dam_subtitles`."""

from __future__ import annotations

from pydantic import Field

from dam import ConfigComponent, SettingsModel


class SubtitlesSettings(SettingsModel):
    """How subtitles are read.

    Set in dam.toml under `[worlds.main.plugins.dam_subtitles]`, or by variables such as `DAM_SUBTITLES__TAG`.
    """

    tag: str = Field(default="subtitles", description="The tag that every subtitle gets; none when empty.")
    fallback_encoding: str = Field(default="cp1252", description="The encoding of files that are not in Unicode.")
    most_bytes: int = Field(default=1 << 24, gt=0, description="Larger files are not read.")


class SubtitlesSettingsComponent(ConfigComponent):
    """The options of `dam_subtitles`, on an entity that describes a world."""

    __tablename__ = "component_dam_subtitles_config"
