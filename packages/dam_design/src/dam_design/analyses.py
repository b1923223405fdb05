"""The analyses of fonts and 3D models: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

FONT = Analysis("font.facts", 3, "dam_design.functions.fonts:analyse_font")
FONT_PREVIEW = Analysis("font.preview", 3, FONT.function)
MODEL = Analysis("model.facts", 1, "dam_design.functions.models3d:analyse_model")
MODEL_PREVIEW = Analysis("model.preview", 1, MODEL.function)
