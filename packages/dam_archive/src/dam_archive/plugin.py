"""The plugin for archives: its table of contents."""

from __future__ import annotations

from functools import partial

from dam.assets.commands import ListMembersCommand, OpenArchiveCommand, UnpackContentCommand
from dam.assets.events import AssetExamined
from dam.assets.models import AssetCategory, AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver, DriverRegistry
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_archive.analyses import ENTRIES, MAPS, MEMBERS, PAGE, PAGE_PREVIEW, PREVIEW
from dam_archive.commands import ProcessArchiveCommand
from dam_archive.events import ArchiveAssetDetected
from dam_archive.resources import PasswordKeeper
from dam_archive.settings import ArchiveSettings, ArchiveSettingsComponent

LISTING, MEMBERS_OF, TEXTURES = "dam_archive.systems.listing", "dam_archive.systems.members", "dam_archive.systems.textures"
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
        world.register_component(ArchiveSettingsComponent)
        world.register_models(
            "dam_archive.models",
            {
                "ArchiveFactsComponent": "component_archive_facts",
                "ArchiveMembersComponent": "component_archive_members",
                "TexturePackComponent": "component_texture_pack",
            },
        )
        settings = world.get_settings(ArchiveSettings)
        told = {"limits": settings.limits()}
        world.add_resource(PasswordKeeper(world, world.settings.data_directory / "archive.key"))
        found_members = partial(later(f"{MEMBERS_OF}:found_members"), world.get_resource(DriverRegistry))
        of_archive = later(f"{MEMBERS_OF}:settings_of_archive")
        analyses = (
            AssetAnalysis(ENTRIES, later(f"{LISTING}:found_entries"), told, later(f"{LISTING}:FOUND"), settings_for=of_archive),
            AssetAnalysis(
                MEMBERS, found_members, told, later(f"{MEMBERS_OF}:FOUND"), settings_for=later(f"{MEMBERS_OF}:settings_of_members")
            ),
        )
        world.register_driver(AssetDriver(AssetType.ARCHIVE, ARCHIVES, detected=ArchiveAssetDetected, analyses=analyses))
        world.register_driver(
            AssetDriver(
                AssetType.OTHER,
                ("application/octet-stream",),
                recognises=later(f"{LISTING}:is_later_volume"),
                name="archive_volume",
                analyses=analyses[:1],
            )
        )
        drawn = told | world.get_settings(AssetsSettings).thumbnails()
        page = AssetAnalysis(PAGE, later(f"{TEXTURES}:found_page"), drawn, later(f"{TEXTURES}:FOUND_PAGE"), settings_for=of_archive)
        world.register_driver(
            AssetDriver(
                AssetType.ARCHIVE, ARCHIVES, recognises=later(f"{TEXTURES}:holds_pages"), name="comic",
                detected=ArchiveAssetDetected, analyses=(page,), preview=PAGE_PREVIEW,
            )
        )  # fmt: skip
        maps = AssetAnalysis(MAPS, later(f"{TEXTURES}:found_maps"), drawn, later(f"{TEXTURES}:FOUND_MAPS"), settings_for=of_archive)
        world.register_driver(
            AssetDriver(
                AssetType.TEXTURE_PACK, ARCHIVES, AssetCategory.COMPOSITE, later(f"{TEXTURES}:holds_textures"), "texture_pack",
                detected=ArchiveAssetDetected, analyses=(maps,), preview=PREVIEW,
            )
        )  # fmt: skip
        world.register_handlers(MEMBERS_OF, {UnpackContentCommand: "handle_unpack_content"})
        world.register_handlers(
            "dam_archive.systems.opening", {OpenArchiveCommand: "handle_open_archive", ListMembersCommand: "handle_list_members"}
        )
        world.register_system(later(f"{LISTING}:process_archive_system"), event_type=ArchiveAssetDetected)
        world.register_system(later("dam_archive.systems.volumes:join_volumes_system"), event_type=AssetExamined)
        world.register_handlers(LISTING, {ProcessArchiveCommand: "handle_process_archive"})

    def optional(self, world: World) -> dict[str, str | None]:  # noqa: ARG002 - it is the same for every World
        """What is packed in a RAR needs a program."""
        from dam_archive.functions.formats.rar_file import NO_TOOL, RAR, has_tool  # noqa: PLC0415 - rarfile is only loaded to look

        return {RAR: None if has_tool() else f"packed members of RAR archives are listed but not read: {NO_TOOL[0].lower()}{NO_TOOL[1:]}"}
