"""The options of `dam_software`."""

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class SoftwareSettings(SettingsModel):
    """How programs are read, and whether any may be installed.

    `installers` says, for a MIME type, what installs such a file: a list of words, of which `{path}` stands for the file, as in
    {"application/vnd.debian.binary-package": ["apt-get", "install", "{path}"]}. It is empty, so nothing is ever installed.
    `install_timeout` is in seconds. `install_over_http` lets the browser and the REST interface ask for it, too; they must type a code that
    `dam serve` shows in its terminal.
    """

    installers: dict[str, list[str]] = Field(default_factory=dict)
    install_timeout: float = Field(default=600.0, gt=0)
    install_over_http: bool = False


class SoftwareSettingsComponent(ConfigComponent):
    """The options of `dam_software`, on an entity that describes a world."""

    __tablename__ = "component_dam_software_config"
