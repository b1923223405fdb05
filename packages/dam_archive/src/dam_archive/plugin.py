"""The plugin for archives: its table of contents."""

from __future__ import annotations

from dam.assets.commands import ListMembersCommand, OpenArchiveCommand
from dam.assets.events import AssetExamined
from dam.assets.models import AssetCategory, AssetType, ThumbnailComponent
from dam.assets.resources import AssetAnalysis, AssetDriver, DriverRegistry
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_archive.events import ArchiveAssetDetected
from dam_archive.models import ArchiveFactsComponent, ArchiveMembersComponent, TexturePackComponent
from dam_archive.resources import PasswordKeeper
from dam_archive.settings import ArchiveSettings, ArchiveSettingsComponent
from dam_archive.systems.listing import ENTRIES, FOUND, found_entries, handle_process_archive, is_later_volume, process_archive_system
from dam_archive.systems.members import MEMBERS, handle_unpack_content, member_findings, settings_of_archive, settings_of_members
from dam_archive.systems.textures import MAPS, PAGE, PAGE_PREVIEW, PREVIEW, found_maps, found_page, holds_pages, holds_textures

ARCHIVES = (
    "application/zip", "application/x-7z-compressed", "application/x-rar", "application/vnd.rar", "application/x-tar",
    "application/vnd.ms-cab-compressed", "application/x-cpio",
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
        told = {"limits": settings.limits()}
        world.add_resource(PasswordKeeper(world, world.settings.data_directory / "archive.key"))
        found_members = member_findings(world.get_resource(DriverRegistry))
        analyses = (
            AssetAnalysis(ENTRIES, found_entries, told, component_types=FOUND, settings_for=settings_of_archive),
            AssetAnalysis(MEMBERS, found_members, told, component_types=(ArchiveMembersComponent,), settings_for=settings_of_members),
        )
        world.register_driver(AssetDriver(AssetType.ARCHIVE, ARCHIVES, detected=ArchiveAssetDetected, analyses=analyses))
        world.register_driver(
            AssetDriver(
                AssetType.OTHER, ("application/octet-stream",), recognises=is_later_volume, name="archive_volume", analyses=analyses[:1]
            )
        )
        drawn = told | world.get_settings(AssetsSettings).thumbnails()
        page = AssetAnalysis(PAGE, found_page, drawn, component_types=(ThumbnailComponent,), settings_for=settings_of_archive)
        world.register_driver(
            AssetDriver(
                AssetType.ARCHIVE, ARCHIVES, recognises=holds_pages, name="comic",
                detected=ArchiveAssetDetected, analyses=(page,), preview=PAGE_PREVIEW,
            )
        )  # fmt: skip
        maps = AssetAnalysis(
            MAPS, found_maps, drawn, component_types=(TexturePackComponent, ThumbnailComponent), settings_for=settings_of_archive
        )
        world.register_driver(
            AssetDriver(
                AssetType.TEXTURE_PACK, ARCHIVES, AssetCategory.COMPOSITE, holds_textures, "texture_pack",
                detected=ArchiveAssetDetected, analyses=(maps,), preview=PREVIEW,
            )
        )  # fmt: skip
        world.register_system(handle_unpack_content)
        world.register_handlers(
            "dam_archive.systems.opening", {OpenArchiveCommand: "handle_open_archive", ListMembersCommand: "handle_list_members"}
        )
        world.register_system(process_archive_system)
        world.register_system(later("dam_archive.systems.volumes:join_volumes_system"), event_type=AssetExamined)
        world.register_system(handle_process_archive)

    def optional(self, world: World) -> dict[str, str | None]:  # noqa: ARG002 - it is the same for every World
        """What is packed in a RAR needs a program."""
        from dam_archive.functions.formats.rar_file import NO_TOOL, RAR, has_tool  # noqa: PLC0415 - rarfile is only loaded to look

        return {RAR: None if has_tool() else f"packed members of RAR archives are listed but not read: {NO_TOOL[0].lower()}{NO_TOOL[1:]}"}
