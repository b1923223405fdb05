"""What Photoshop keeps beside the pixels: image resources with EXIF, IPTC, XMP and their like.

They stand in PSD files, in JPEG and in TIFF. Source: Adobe Photoshop File Formats Specification, "Image Resources Section".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import ImageFile

IPTC, EXIF, XMP, IPTC_DIGEST = 0x0404, 0x0422, 0x0424, 0x0425
_NAMES = {EXIF: "exif", XMP: "xmp"}


def photoshop_blocks(picture: ImageFile.ImageFile) -> dict[str, Any]:
    """The metadata blocks of an opened PSD under Pillow's names, and all resources under "photoshop" by their number."""
    resources: dict[int, bytes] = {}
    for number, _name, data in getattr(picture, "resources", ()):
        resources.setdefault(number, data)
    return {_NAMES[number]: data for number, data in resources.items() if number in _NAMES} | {"photoshop": resources}


def resources_of(info: Mapping[Any, Any]) -> dict[int, bytes]:
    """The image resources of an opened picture by their number: none where it has none."""
    found = info.get("photoshop")
    return {number: data for number, data in found.items() if isinstance(data, bytes)} if isinstance(found, dict) else {}
