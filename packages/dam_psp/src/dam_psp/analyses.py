"""The analyses of disk images and games: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

ENTRIES = Analysis("disk_image.entries", 1, "dam_psp.functions.analysis:list_disk_image")
GAME = Analysis("psp.game", 1, "dam_psp.functions.analysis:analyse_game")
PREVIEW = Analysis("psp.preview", 1, GAME.function)
