"""What reads pictures where it is installed, and what is lost without it."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

EXIFTOOL, JPEG_XL = "exiftool", "JPEG XL"
NO_JPEG_XL = "JPEG XL cannot be shown by this installation: install the extra 'jxl' (pip install 'dam-media-image[jxl]')."


def missing_tools(*, exiftool: bool) -> dict[str, str | None]:
    """Each tool, and what is lost where it is not there (None: it is); `exiftool` says whether ExifTool is wanted."""
    told = {JPEG_XL: None if find_spec("pillow_jxl") else NO_JPEG_XL}
    if exiftool:
        told[EXIFTOOL] = None if shutil.which("exiftool") else "rare picture formats tell little: install ExifTool"
    return told
