"""The options of `dam_app`."""

from dam.models.config import ConfigComponent, SettingsModel


class AppSettings(SettingsModel):
    """The command line has no options of its own yet."""


class AppSettingsComponent(ConfigComponent):
    """The options of `dam_app`, on an entity that describes a world."""

    __tablename__ = "component_dam_app_config"
