"""The EXIF fields: ExifTool's names where Pillow has another, and how to read those that are not plain numbers or text.

A further field is one line in one of these tables. Names: https://exiftool.org/TagNames/EXIF.html and .../GPS.html, values as
`exiftool -n` gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dam_media_image.functions.exif_values import (
    apex_aperture,
    apex_shutter,
    byte_list,
    clock,
    degrees,
    first_byte,
    plain_bytes_text,
    prefixed_text,
    utf16_text,
)

# Where ExifTool's name of a tag differs from the one in PIL.ExifTags.TAGS.
EXIFTOOL_NAMES: dict[int, str] = {
    0x00FE: "SubfileType",
    0x00FF: "OldSubfileType",
    0x0101: "ImageHeight",
    0x0109: "CellLength",
    0x0132: "ModifyDate",
    0x0143: "TileLength",
    0x1000: "RelatedImageFileFormat",
    0x1002: "RelatedImageHeight",
    0x828E: "CFAPattern2",
    0x8827: "ISO",
    0x9004: "CreateDate",
    0x9204: "ExposureCompensation",
    0x9214: "SubjectArea",
    0x9216: "TIFF-EPStandardID",
    0x9290: "SubSecTime",
    0x9291: "SubSecTimeOriginal",
    0x9292: "SubSecTimeDigitized",
    0xA000: "FlashpixVersion",
    0xA405: "FocalLengthIn35mmFormat",
    0xA430: "OwnerName",
    0xA431: "SerialNumber",
    0xA432: "LensInfo",
}

# Not facts about the picture: places in the file, tables of the codec, embedded files, makers' own notes.
LEFT_OUT: frozenset[int] = frozenset(
    {
        *(0x0111, 0x0117, 0x0120, 0x0121, 0x0123, 0x012D, 0x0140, 0x0144, 0x0145, 0x014A, 0x0157, 0x015B),
        *(0x0200, 0x0201, 0x0202, 0x0203, 0x0205, 0x0206, 0x0207, 0x0208, 0x0209, 0x02BC),
        *(0x83BB, 0x8649, 0x8769, 0x8773, 0x8825, 0x8828, 0x920C, 0x927C, 0xA005, 0xA20C, 0xA302, 0xA40B, 0xA462),
        *(0xC4A5, 0xC618, 0xC634, 0xC68B, 0xC68C, 0xC68F, 0xC691, 0xC6FA, 0xC6FB, 0xC6FC, 0xC726, 0xC740, 0xC741, 0xC74E, 0xEA1C),
    }
)

# How to read a tag of the first IFD, the Exif IFD or the Interoperability IFD that is neither a plain number nor plain text.
EXIF_READERS: dict[int, Callable[[Any], Any]] = {
    0x0002: plain_bytes_text,  # InteropVersion
    0x9000: plain_bytes_text,  # ExifVersion
    0x9101: byte_list,  # ComponentsConfiguration
    0x9201: apex_shutter,  # ShutterSpeedValue
    0x9202: apex_aperture,  # ApertureValue
    0x9205: apex_aperture,  # MaxApertureValue
    0x9216: byte_list,  # TIFF-EPStandardID
    0x9286: prefixed_text,  # UserComment
    0x9C9B: utf16_text,  # XPTitle
    0x9C9C: utf16_text,  # XPComment
    0x9C9D: utf16_text,  # XPAuthor
    0x9C9E: utf16_text,  # XPKeywords
    0x9C9F: utf16_text,  # XPSubject
    0xA000: plain_bytes_text,  # FlashpixVersion
    0xA300: first_byte,  # FileSource
    0xA301: first_byte,  # SceneType
    0xC612: byte_list,  # DNGVersion
    0xC613: byte_list,  # DNGBackwardVersion
    0xC615: plain_bytes_text,  # LocalizedCameraModel
}

GPS_READERS: dict[int, Callable[[Any], Any]] = {
    0x00: byte_list,  # GPSVersionID
    0x02: degrees,  # GPSLatitude
    0x04: degrees,  # GPSLongitude
    0x05: first_byte,  # GPSAltitudeRef
    0x07: clock,  # GPSTimeStamp
    0x14: degrees,  # GPSDestLatitude
    0x16: degrees,  # GPSDestLongitude
    0x1B: prefixed_text,  # GPSProcessingMethod
    0x1C: prefixed_text,  # GPSAreaInformation
}
