"""The options of `dam_psp`."""

from dam.models.config import ConfigComponent, SettingsModel


class PspSettings(SettingsModel):
    """How game images are read."""


class PspSettingsComponent(ConfigComponent):
    """The options of `dam_psp`, on an entity that describes a world."""

    __tablename__ = "component_dam_psp_config"
