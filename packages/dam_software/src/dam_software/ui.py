"""The tab that installs a program, where the settings allow that from a browser."""

from __future__ import annotations

from pathlib import Path

from dam.core.doors import InspectorTab
from dam.core.world import World
from dam_software.settings import SoftwareSettings


def may_install(world: World) -> bool:
    """Whether anything may be installed from a browser."""
    settings = world.get_settings(SoftwareSettings)
    return settings.install_over_http and bool(settings.installers)


install_tab = InspectorTab(
    title="Install",
    folder=Path(__file__).parent / "web",
    module="install.js",
    style="install.css",
    components=("SoftwareInfoComponent",),
    wanted=may_install,
)
