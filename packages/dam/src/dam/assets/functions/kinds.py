"""What kind of asset a MIME type is, where no plugin says more."""

from __future__ import annotations

from dam.assets.models import AssetType

KINDS: tuple[tuple[AssetType, tuple[str, ...]], ...] = (
    (AssetType.OTHER, ("*",)),
    (AssetType.IMAGE, ("image/*", "application/x-krita")),
    (AssetType.VIDEO, ("video/*", "application/mxf", "application/vnd.rn-realmedia")),
    (AssetType.AUDIO, ("audio/*", "application/ogg")),
    (AssetType.DOCUMENT, ("text/*", "application/pdf", "application/rtf", "application/msword", "application/vnd.oasis.opendocument.*")),
    (
        AssetType.DOCUMENT,
        ("application/vnd.openxmlformats-officedocument.*", "application/vnd.ms-*", "application/epub+zip", "message/rfc822"),
    ),
    (
        AssetType.DOCUMENT,
        (
            "application/postscript",
            "application/x-mobipocket-ebook",
            "application/json",
            "application/xml",
            "application/x-subrip",
            "application/vnd.apple.*",
        ),
    ),
    (
        AssetType.ARCHIVE,
        ("application/zip", "application/x-7z-compressed", "application/x-rar", "application/vnd.rar", "application/x-tar"),
    ),
    (AssetType.ARCHIVE, ("application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd", "application/x-compress")),
    (AssetType.ARCHIVE, ("application/vnd.ms-cab-compressed", "application/x-cpio", "application/warc", "application/x-archive")),
    (
        AssetType.DISK_IMAGE,
        ("application/x-iso9660-image", "application/x-compressed-iso", "application/x-apple-diskimage", "application/x-ima"),
    ),
    (
        AssetType.DISK_IMAGE,
        (
            "application/x-qemu-disk",
            "application/x-vdi-disk",
            "application/x-vhd-disk",
            "application/x-vhdx-disk",
            "application/x-vmdk-disk",
            "application/x-mame-chd",
            "application/vnd.squashfs",
        ),
    ),
    (AssetType.FONT, ("font/*", "application/vnd.ms-opentype", "application/vnd.ms-fontobject")),
    (AssetType.MODEL, ("model/*",)),
)
"""Asset type and MIME types, where `*` stands for anything; the general before the special."""
