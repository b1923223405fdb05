"""The options of `dam_design`."""

from dam.models.config import ConfigComponent, SettingsModel


class DesignSettings(SettingsModel):
    """How fonts and 3D models are read."""


class DesignSettingsComponent(ConfigComponent):
    """The options of `dam_design`, on an entity that describes a world."""

    __tablename__ = "component_dam_design_config"
