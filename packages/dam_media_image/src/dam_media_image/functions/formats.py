"""Which picture format a file is in, by its first bytes and never by its name."""

from __future__ import annotations

import re

# Pillow's format name for each beginning, in the order in which they are tried. A new format is one line.
_SIGNATURES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("GIF", re.compile(rb"GIF8[79]a")),
    ("RAW", re.compile(rb"II\*\x00.{4}CR\x02|....ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|MMOR|IIU\x00|FOVb|\x00MRM", re.DOTALL)),
    ("TIFF", re.compile(rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+")),
    ("BMP", re.compile(rb"BM")),
    ("AVIF", re.compile(rb"....ftyp(?:avi[fs]|mif1.{4}(?:.{4}){0,8}?avif)", re.DOTALL)),
    ("HEIF", re.compile(rb"....ftyp(?:hei[cmsx]|hevc|hevx|mif[12]|msf1|miaf)", re.DOTALL)),
    ("JXL", re.compile(rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n")),
    ("JPEG2000", re.compile(rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51\x00")),
    ("ICO", re.compile(rb"\x00\x00\x01\x00[^\x00]\x00")),
    ("ICNS", re.compile(rb"icns")),
    ("PSD", re.compile(rb"8BPS\x00\x01")),
    ("PSB", re.compile(rb"8BPS\x00\x02")),
    ("ORA", re.compile(rb"PK\x03\x04.{26}mimetype(?:image/openraster|application/x-krita)", re.DOTALL)),
    ("QOI", re.compile(rb"qoif")),
    ("DDS", re.compile(rb"DDS \x7c\x00\x00\x00")),
    ("PCX", re.compile(rb"\x0a[\x00\x02\x03\x05]\x01[\x01\x02\x04\x08]")),
    ("XPM", re.compile(rb"/\* XPM \*/")),
    ("SGI", re.compile(rb"\x01\xda[\x00\x01][\x01\x02]\x00[\x01-\x03]")),
    ("SUN", re.compile(rb"\x59\xa6\x6a\x95")),
    ("CUR", re.compile(rb"\x00\x00\x02\x00[^\x00]\x00")),
    ("PPM", re.compile(rb"P[1-7fF]\s")),
    ("JXR", re.compile(rb"II\xbc\x01")),
    ("BPG", re.compile(rb"BPG\xfb")),
    ("XCF", re.compile(rb"gimp xcf ")),
    ("WMF", re.compile(rb"\xd7\xcd\xc6\x9a\x00\x00")),
    ("EMF", re.compile(rb"\x01\x00\x00\x00.{36} EMF", re.DOTALL)),
    ("DJVU", re.compile(rb"AT&TFORM....DJV[UM]", re.DOTALL)),
    ("EXR", re.compile(rb"v/1\x01")),
    ("HDR", re.compile(rb"#\?(?:RADIANCE|RGBE)\n")),
    ("FLIF", re.compile(rb"FLIF[1-8]")),
    ("MNG", re.compile(rb"\x8aMNG\r\n\x1a\n")),
    # What may stand before the element; each part is taken whole, so that no text makes the search slow.
    (
        "SVG",
        re.compile(
            rb"(?:\xef\xbb\xbf)?(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE(?>[^>\[]*)(?>\[.*?\]\s*)?>)*<(?:\w+:)?svg[\s>]", re.DOTALL
        ),
    ),
)
_TGA_FOOTER = b"TRUEVISION-XFILE.\x00"
_TGA_HEADER = re.compile(
    rb".(?:\x01[\x01\x09].{4}[\x0f\x10\x18\x20]|\x00[\x02\x03\x0a\x0b].{5}).{4}(?:.[^\x00]|[^\x00].){2}[\x08\x0f\x10\x18\x20]", re.DOTALL
)
"""The header of a TGA without a footer (Truevision TGA 1.0): no signature, but few values that its fields may have."""

PILLOW_PLUGINS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "WEBP": "WebPImagePlugin",
    "GIF": "GifImagePlugin",
    "TIFF": "TiffImagePlugin",
    "BMP": "BmpImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "ICO": "IcoImagePlugin",
    "ICNS": "IcnsImagePlugin",
    "PSD": "PsdImagePlugin",
    "QOI": "QoiImagePlugin",
    "DDS": "DdsImagePlugin",
    "PCX": "PcxImagePlugin",
    "XPM": "XpmImagePlugin",
    "PPM": "PpmImagePlugin",
    "SGI": "SgiImagePlugin",
    "SUN": "SunImagePlugin",
    "CUR": "CurImagePlugin",
    "TGA": "TgaImagePlugin",
}
"""The module of Pillow that reads each format; only the one that is needed is imported."""

ONLY_EXIFTOOL = frozenset({"JXR", "BPG", "XCF", "WMF", "EMF", "DJVU", "EXR", "HDR", "FLIF", "MNG"})
"""Formats whose pixels nothing here decodes; where ExifTool is installed it tells what they say about themselves."""

HEAD_LENGTH = 4096
"""How many first bytes are looked at: an SVG may begin with remarks."""

SHRINK_ON_LOAD = frozenset({"JPEG", "WEBP"})
"""Formats that can be decoded at a fraction of their size, so that a large picture stays cheap."""

READ_BY_VIPS = frozenset({"JPEG", "PNG", "WEBP", "TIFF"})
"""Formats that libvips decodes; the rest goes through Pillow.

GIF is not among them: libvips forgets the colour that lies under a transparent pixel, which the hashes see.
"""


def picture_format(head: bytes, tail: bytes = b"") -> str | None:
    """Name the picture format that a file's bytes are in, or None when it is none that is read here.

    `head` is the first HEAD_LENGTH bytes, `tail` the last 26 (the signature of TGA is at its end). The names are Pillow's where it has one.
    """
    for name, signature in _SIGNATURES:
        if signature.match(head):
            return name
    return "TGA" if tail.endswith(_TGA_FOOTER) or _TGA_HEADER.match(head) else None
