"""The analyses of films: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

VIDEO = Analysis("video.facts", 3, "dam_media_video.functions.analysis:analyse_video")
PREVIEW = Analysis("video.preview", 1, VIDEO.function)
