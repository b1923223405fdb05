"""What files begin with, and what their kinds are called: the tables behind `mime`.

Names are IANA's where it has one. Where `file(1)` has another name that is in wide use, its name is kept, so that people find what
they know (`application/vnd.ms-opentype`, `video/x-msvideo`, `video/x-ms-asf`, `video/x-matroska`, `audio/x-ape`).
"""

from __future__ import annotations

ZIP = "application/zip"
OCTETS = "application/octet-stream"
PLAIN = "text/plain"
EMPTY = "inode/x-empty"

PREFIXES: dict[bytes, str] = {
    # Pictures
    b"\xff\xd8\xff": "image/jpeg",  # ITU-T T.81 B.1.1.3: SOI, then another marker
    b"\xff\xd8\xff\xf7": "image/jls",  # ITU-T T.87 C.1: SOI, SOF55
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": "image/png",  # PNG (W3C) 5.2 and 5.6: signature and first chunk
    b"GIF87a": "image/gif",  # GIF89a specification, 17
    b"GIF89a": "image/gif",
    b"8BPS\0\1": "image/vnd.adobe.photoshop",  # Adobe Photoshop File Formats: version 1 is PSD
    b"8BPS\0\2": "image/vnd.adobe.photoshop",  # version 2 is PSB
    b"gimp xcf ": "image/x-xcf",  # GIMP devel-docs/xcf.txt
    b"qoif": "image/x-qoi",  # QOI specification, header
    b"BPG\xfb": "image/bpg",  # BPG specification, 3.1
    b"II\xbc\1": "image/jxr",  # ITU-T T.832 A.4
    b"\0\0\0\x0cJXL \r\n\x87\n": "image/jxl",  # ISO/IEC 18181-2, 4: the container's first box
    b"\xff\x4f\xff\x51": "image/x-jp2-codestream",  # ITU-T T.800 A.4: SOC, SIZ
    b"icns": "image/x-icns",
    b"\x76\x2f\x31\1": "image/x-exr",  # OpenEXR file layout
    b"#?RADIANCE\n": "image/vnd.radiance",  # Radiance file formats
    b"\x7f\xfe\x80\x01": "audio/vnd.dts",  # ETSI TS 102 114, 5.3: the sync word of the core
    b"\xfe\x7f\x01\x80": "audio/vnd.dts",
    b"\x1f\x07\0": "video/x-dv",  # IEC 61834-2: the header block of a DIF sequence
    b"\0\0\0\1\x67": "video/h264",  # ITU-T H.264, annex B: a sequence parameter set comes first
    b"\0\0\0\1\x09": "video/h264",
    b"\0\0\0\1\x40\1": "video/h265",  # ITU-T H.265, annex B: a video parameter set comes first
    b"AT&TFORM": "image/vnd.djvu",  # DjVu 3 specification, 8
    b"\xabKTX 11\xbb\r\n\x1a\n": "image/ktx",  # Khronos KTX 1, 2.1
    b"\xabKTX 20\xbb\r\n\x1a\n": "image/ktx2",  # Khronos KTX 2, 3.1
    b"DDS \x7c\0\0\0": "image/x-dds",  # DDS_HEADER: its size is 124
    b"\xd7\xcd\xc6\x9a\0\0": "image/wmf",  # MS-WMF 2.3.2.3: META_PLACEABLE
    b"AC10": "image/vnd.dwg",  # Open Design Specification for .dwg, 3: the version string
    b"\x01\xda\0\1\0": "image/x-sgi",  # SGI image file format 1.00: stored, a byte a sample
    b"\x01\xda\1\1\0": "image/x-sgi",  # packed
    b"\x59\xa6\x6a\x95": "image/x-sun-raster",  # rasterfile(5)
    # Raw photos with a signature of their own (the others are TIFF, see `precise_mime_type`)
    b"FUJIFILMCCD-RAW": "image/x-fuji-raf",
    b"IIRO": "image/x-olympus-orf",
    b"IIRS": "image/x-olympus-orf",
    b"MMOR": "image/x-olympus-orf",
    b"IIU\0": "image/x-panasonic-rw2",
    b"FOVb": "image/x-x3f",
    b"\0MRM": "image/x-minolta-mrw",
    # Sound
    b"fLaC": "audio/flac",  # RFC 9639, 6
    b"MThd\0\0\0\6": "audio/midi",  # Standard MIDI Files 1.0: the header chunk is 6 bytes long
    b"wvpk": "audio/x-wavpack",  # WavPack 4 & 5 file format
    b"MAC ": "audio/x-ape",
    b"DSD \x1c\0\0\0\0\0\0\0": "audio/x-dsf",  # Sony DSF specification: chunk of 28 bytes
    b"MPCK": "audio/x-musepack",  # Musepack SV8
    b"MP+": "audio/x-musepack",  # Musepack SV7
    b"TTA1": "audio/x-tta",
    b"#!AMR\n": "audio/amr",  # RFC 4867, 5.1
    b"#!AMR-WB\n": "audio/amr-wb",
    b"caff\0\1\0\0": "audio/x-caf",  # Apple Core Audio Format: version 1
    # Moving pictures
    b"FLV\1": "video/x-flv",  # Adobe FLV 10.1, E.2
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c": "video/x-ms-asf",  # ASF specification, 3.1
    b"\x06\x0e\x2b\x34\2\5\1\1\x0d\1\2\1\1": "application/mxf",  # SMPTE ST 377-1, 7.1: partition pack key
    # Documents and data
    b"%PDF-": "application/pdf",  # ISO 32000-2, 7.5.2
    b"{\\rtf": "text/rtf",
    b"%!PS-Adobe-": "application/postscript",
    b"SQLite format 3\0": "application/vnd.sqlite3",  # SQLite database file format, 1.3
    b"WARC/": "application/warc",  # ISO 28500, 4
    b"wOFF": "font/woff",  # W3C WOFF 1.0, 4
    b"wOF2": "font/woff2",  # W3C WOFF 2.0, 4
    b"OTTO\0": "application/vnd.ms-opentype",  # OpenType: CFF outlines
    b"glTF\1\0\0\0": "model/gltf-binary",
    b"glTF\2\0\0\0": "model/gltf-binary",  # glTF 2.0, 4.4.2
    b"BEGIN:VCARD": "text/vcard",  # RFC 6350, 3.3
    b"BEGIN:VCALENDAR": "text/calendar",  # RFC 5545, 3.4
    b"ITSF\3\0\0\0": "application/vnd.ms-htmlhelp",  # compiled HTML help, version 3
    b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3": "application/onenote",  # MS-ONESTORE 2.3.1
    b"!BDN": "application/vnd.ms-outlook-pst",  # MS-PST 2.2.2.6
    b"PAR1": "application/vnd.apache.parquet",  # Apache Parquet file format
    b"ARROW1\0\0": "application/vnd.apache.arrow.file",  # Apache Arrow, IPC file format
    b"\x93NUMPY": "application/x-numpy-data",  # NumPy, NEP 1
    b"GGUF": "application/x-gguf",  # GGUF specification
    b"LASF": "application/vnd.las",  # LAS 1.4, public header block
    b"bplist00": "application/x-plist",  # Apple, CFBinaryPList
    b"BLENDER": "application/x-blender",  # Blender, "file header"
    b"Kaydara FBX Binary  \0": "model/x-fbx",
    b"\x18FICHIER GUITAR PRO ": "application/x-guitar-pro",
    b"PSID\0": "audio/prs.sid",  # the SID file format
    b"RSID\0": "audio/prs.sid",
    b"tBaK": "audio/x-tak",
    b"FWS": "application/vnd.adobe.flash.movie",  # SWF 19, chapter 2
    b"CWS": "application/vnd.adobe.flash.movie",
    b"ZWS": "application/vnd.adobe.flash.movie",
    b"\0asm\1\0\0\0": "application/wasm",  # WebAssembly 1.0, 5.5.16
    b"\x4c\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46": "application/x-ms-shortcut",  # MS-SHLLINK 2.1
    b"IWAD": "application/x-doom-wad",
    b"PWAD": "application/x-doom-wad",
    b"\x80\x37\x12\x40": "application/x-n64-rom",
    # Archives and disks
    b"7z\xbc\xaf\x27\x1c": "application/x-7z-compressed",  # 7zFormat.txt
    b"Rar!\x1a\7\0": "application/vnd.rar",  # RAR 4
    b"Rar!\x1a\7\1\0": "application/vnd.rar",  # RAR 5.0 archive format, signature
    b"\x1f\x8b\x08": "application/gzip",  # RFC 1952, 2.3.1: method deflate
    b"\xfd7zXZ\0": "application/x-xz",  # The .xz file format, 2.1.1.1
    b"\x28\xb5\x2f\xfd": "application/zstd",  # RFC 8878, 3.1.1
    b"\x04\x22\x4d\x18": "application/x-lz4",  # LZ4 frame format
    b"\x1f\x9d": "application/x-compress",
    b"MSCF\0\0\0\0": "application/vnd.ms-cab-compressed",  # MS-CAB 2.1: CFHEADER
    b"hsqs": "application/vnd.squashfs",  # Linux, squashfs_fs.h
    b"KDMV": "application/x-vmdk-disk",  # VMware Virtual Disk Format 5.0: a sparse extent
    b"vhdxfile": "application/x-vhdx-disk",  # MS-VHDX 2.2.1
    b"conectix": "application/x-vhd-disk",  # Virtual Hard Disk Image Format: the copy of the footer of one that grows
    b"MComprHD": "application/x-mame-chd",  # MAME, chd.h
    b"!<arch>\ndebian": "application/vnd.debian.binary-package",  # deb(5)
    b"!<arch>\n": "application/x-archive",  # ar(5)
    b"070701": "application/x-cpio",  # cpio(5): new ASCII
    b"070702": "application/x-cpio",
    b"070707": "application/x-cpio",
    b"QFI\xfb": "application/x-qemu-disk",
}
"""First bytes → MIME type; the longest that fits wins."""

TAR = (b"ustar\0", b"ustar  \0")
"""At place 257: POSIX.1-1988, and GNU tar."""

OFFSETS: tuple[tuple[int, bytes, str], ...] = (
    (40, b" EMF\0\0\1\0", "image/emf"),  # MS-EMF 2.2.9: signature and version of the header record
    (1024, b"H+\0\4", "application/x-apple-diskimage"),  # Apple TN1150: volume header of a raw HFS Plus image
    (1024, b"HX\0\5", "application/x-apple-diskimage"),
    (64, b"\x7f\x10\xda\xbe", "application/x-vdi-disk"),  # VirtualBox, VDICore.h
    (256, b"NCSD", "application/x-nintendo-3ds-rom"),
    (60, b"BOOKMOBI", "application/x-mobipocket-ebook"),  # a Palm database: its type and creator
    (32769, b"CD001", "application/x-iso9660-image"),  # ECMA-119, 8.1: first volume descriptor
)
"""(place, bytes there, MIME type) for what does not show in the first bytes."""

BRANDS: dict[bytes, str] = {
    b"heic": "image/heic",  # ISO/IEC 23008-12, B.4
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic-sequence",
    b"hevx": "image/heic-sequence",
    b"mif1": "image/heif",
    b"mif2": "image/heif",
    b"msf1": "image/heif-sequence",
    b"avif": "image/avif",  # AV1 Image File Format, 6
    b"avis": "image/avif",
    b"crx ": "image/x-canon-cr3",
    b"qt  ": "video/quicktime",  # QuickTime File Format
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"M4P ": "audio/mp4",
    b"F4A ": "audio/mp4",
    b"F4B ": "audio/mp4",
    b"M4V ": "video/x-m4v",
    b"M4VH": "video/x-m4v",
    b"M4VP": "video/x-m4v",
    b"jp2 ": "image/jp2",  # ITU-T T.800, I.5.2
    b"jpx ": "image/jpx",
    b"jpm ": "image/jpm",
    b"mjp2": "video/mj2",
}
"""Major brand of an ISO base media file (`ftyp`) → MIME type; any other is video/mp4."""

RIFF_FORMS: dict[bytes, str] = {
    b"WEBP": "image/webp",
    b"WAVE": "audio/wav",  # IANA: audio/vnd.wave; browsers and players say audio/wav
    b"AVI ": "video/x-msvideo",
    b"RMID": "audio/midi",
}
IFF_FORMS: dict[bytes, str] = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}

OGG_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
OGG_PICTURES = (b"\x80theora", b"BBCD\0", b"\x01video", b"OVP80\1")
"""First bytes of a logical stream's first packet (RFC 5334, 10, and the codecs' mappings)."""

OFFICE_FOLDERS: tuple[tuple[str, str], ...] = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("visio/", "application/vnd.ms-visio.drawing.main+xml"),
)
"""Folder of the main part in an Open Packaging Conventions file (ECMA-376 part 2) → MIME type."""

OLE_CLASSES: dict[str, str] = {
    "00020906-0000-0000-c000-000000000046": "application/msword",
    "00020900-0000-0000-c000-000000000046": "application/msword",
    "00020820-0000-0000-c000-000000000046": "application/vnd.ms-excel",
    "00020810-0000-0000-c000-000000000046": "application/vnd.ms-excel",
    "64818d10-4f9b-11cf-86ea-00aa00b929e8": "application/vnd.ms-powerpoint",
    "00020d0b-0000-0000-c000-000000000046": "application/vnd.ms-outlook",
    "00021a13-0000-0000-c000-000000000046": "application/vnd.visio",
    "00021a14-0000-0000-c000-000000000046": "application/vnd.visio",
    "00021201-0000-0000-00c0-000000000046": "application/vnd.ms-publisher",
    "000c1084-0000-0000-c000-000000000046": "application/x-msi",
    "000c1086-0000-0000-c000-000000000046": "application/x-msi",
}
"""Class of the root storage (MS-CFB 2.6.1) → MIME type."""

OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("WordDocument", "application/msword"),  # MS-DOC 2.1
    ("Workbook", "application/vnd.ms-excel"),  # MS-XLS 2.1
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),  # MS-PPT 2.1
    ("__properties_version1.0", "application/vnd.ms-outlook"),  # MS-OXMSG 2.4
    ("VisioDocument", "application/vnd.visio"),
    ("Quill", "application/vnd.ms-publisher"),
)
"""Stream beneath the root → MIME type; the first that is there wins."""

XML_ROOTS: dict[str, str] = {
    "svg": "image/svg+xml",
    "html": "text/html",
    "collada": "model/vnd.collada+xml",
}
"""Local name of an XML file's outermost element, in lower case → MIME type."""

ALIASES: dict[str, str] = {
    "application/cdfv2": "application/x-ole-storage",
    "application/x-gzip": "application/gzip",
    "application/x-rar": "application/vnd.rar",
    "application/x-empty": EMPTY,
    "application/x-ms-msg": "application/vnd.ms-outlook",
    "application/x-zip": ZIP,
    "audio/mid": "audio/midi",
    "audio/x-aiff": "audio/aiff",
    "audio/x-hx-aac-adif": "audio/aac",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/x-m4a": "audio/mp4",
    "audio/x-unknown": "audio/x-voc",
    "audio/x-mp4a-latm": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "image/x-ms-bmp": "image/bmp",
    "image/x-portable-greymap": "image/x-portable-graymap",
    "image/x-xpmi": "image/x-xpixmap",
}
"""Name that libmagic gives, in lower case → the name used here."""

PRECISE_XML: dict[str, str] = {
    "kml": "application/vnd.google-earth.kml+xml",
    "gpx": "application/gpx+xml",
    "xmpmeta": "application/rdf+xml",
    "rdf": "application/rdf+xml",
}
"""As XML_ROOTS, for what file(1) calls no more than XML or text."""
