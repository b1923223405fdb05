"""The analyses of sound: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

AUDIO = Analysis("audio.facts", 2, "dam_media_audio.functions.analysis:analyse_audio")
PREVIEW = Analysis("audio.preview", 1, AUDIO.function)
FINGERPRINT = Analysis("audio.fingerprint", 1, "dam_media_audio.functions.fingerprint:fingerprint_audio")
