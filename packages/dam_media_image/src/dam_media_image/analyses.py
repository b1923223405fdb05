"""The analyses of pictures: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

PICTURE = Analysis("image.picture", 3, "dam_media_image.functions.analysis:analyse_picture")
SIDECAR = Analysis("image.sidecar", 1, "dam_media_image.functions.sidecar:analyse_sidecar")
PREVIEW = Analysis("image.preview", 1, PICTURE.function)
