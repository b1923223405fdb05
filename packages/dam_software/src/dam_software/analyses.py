"""The analyses of programs: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

SOFTWARE = Analysis("software.facts", 3, "dam_software.functions.analysis:analyse_software")
PREVIEW = Analysis("software.preview", 2, SOFTWARE.function)
PARTS = Analysis("software.parts", 1, SOFTWARE.function)
