"""The analyses of archives: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

ENTRIES = Analysis("archive.entries", 2, "dam_archive.functions.analysis:list_archive", timeout=600.0)
MEMBERS = Analysis("archive.members", 2, "dam_archive.functions.members:read_members", timeout=3600.0)
UNPACK = Analysis("archive.unpack", 1, MEMBERS.function, timeout=3600.0)
PASSWORDS = Analysis("archive.passwords", 1, "dam_archive.functions.passwords:try_passwords", timeout=600.0)
MAPS = Analysis("texture_pack.maps", 3, "dam_archive.functions.textures:analyse_textures", timeout=300.0)
PAGE = Analysis("archive.page", 1, "dam_archive.functions.textures:draw_first_page", timeout=300.0)
PAGE_PREVIEW = Analysis("archive.page_preview", 1, PAGE.function, timeout=300.0)
PREVIEW = Analysis("texture_pack.preview", 1, MAPS.function, timeout=300.0)
