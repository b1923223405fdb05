"""The plugin for archives: its table of contents."""

from __future__ import annotations

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_archive.events import ArchiveAssetDetected
from dam_archive.models import ArchiveFactsComponent, ArchiveMembersComponent, TexturePackComponent
from dam_archive.settings import ArchiveSettings, ArchiveSettingsComponent
from dam_archive.systems.listing import ENTRIES, FOUND, found_entries, handle_process_archive, process_archive_system

ARCHIVES = (
    "application/zip", "application/x-7z-compressed", "application/x-rar", "application/vnd.rar", "application/x-tar",
    "application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd",
)  # fmt: skip


class ArchivePlugin(Plugin):
    """Knows archives."""

    name = "dam_archive"
    requires = ("dam_assets",)
    migrations = "dam_archive.migrations"
    Settings = ArchiveSettings
    SettingsComponent = ArchiveSettingsComponent

    def build(self, world: World) -> None:
        """Register what archives need."""
        world.register_components(ArchiveFactsComponent, ArchiveMembersComponent, TexturePackComponent, ArchiveSettingsComponent)
        settings = world.get_settings(ArchiveSettings)
        told = {"limits": settings.limits(), "passwords": list(settings.passwords)}
        entries = AssetAnalysis(ENTRIES, found_entries, told, component_types=FOUND)
        world.register_driver(AssetDriver(AssetType.ARCHIVE, ARCHIVES, detected=ArchiveAssetDetected, analyses=(entries,)))
        world.register_system(process_archive_system)
        world.register_system(handle_process_archive)
