"""The plugin for programs: its table of contents."""

from __future__ import annotations

from dam.assets.commands import UnpackContentCommand
from dam.assets.commands.tasks import CancelTaskCommand, InstallSoftwareCommand, ListTasksCommand
from dam.assets.models import AssetCategory, AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.resources.clock import WorkClock
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_software.analyses import PREVIEW, SOFTWARE
from dam_software.commands import BeginInstallationCommand
from dam_software.events import SoftwareAssetDetected
from dam_software.resources import Installer
from dam_software.settings import SoftwareSettings, SoftwareSettingsComponent

READ = "dam_software.systems.read"
PROGRAMS = (
    "application/vnd.microsoft.portable-executable", "application/x-dosexec", "application/x-executable", "application/x-pie-executable",
    "application/x-sharedlib", "application/vnd.debian.binary-package", "application/vnd.android.package-archive", "application/x-msi",
    "application/vnd.appimage", "application/x-rpm", "application/x-iso9660-appimage",
)  # fmt: skip


class SoftwarePlugin(Plugin):
    """Knows programs: version, icon and licence, without ever running them."""

    name = "dam_software"
    requires = ("dam_assets",)
    migrations = "dam_software.migrations"
    Settings = SoftwareSettings
    SettingsComponent = SoftwareSettingsComponent

    def build(self, world: World) -> None:
        """Register what programs need."""
        world.register_component(SoftwareSettingsComponent)
        world.register_models(
            "dam_software.models", {"SoftwareInfoComponent": "component_software_info", "InstallationComponent": "component_installation"}
        )
        analysis = AssetAnalysis(
            SOFTWARE, later(f"{READ}:software_findings"), world.get_settings(AssetsSettings).thumbnails(), later(f"{READ}:FOUND")
        )
        world.register_driver(
            AssetDriver(
                AssetType.APP_PACKAGE,
                PROGRAMS,
                AssetCategory.COMPOSITE,
                detected=SoftwareAssetDetected,
                analyses=(analysis,),
                preview=PREVIEW,
            )
        )
        world.register_system(later(f"{READ}:process_software_system"), event_type=SoftwareAssetDetected)
        world.register_handlers(READ, {UnpackContentCommand: "handle_unpack_part"})
        world.register_handlers(
            "dam_software.systems.install",
            {
                InstallSoftwareCommand: "handle_install_software",
                BeginInstallationCommand: "handle_begin_installation",
                ListTasksCommand: "handle_list_installations",
                CancelTaskCommand: "handle_cancel_installation",
            },
        )
        world.add_resource(Installer(world, world.get_resource(WorkClock), world.get_settings(SoftwareSettings).install_timeout))
