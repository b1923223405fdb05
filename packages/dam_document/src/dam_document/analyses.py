"""The analyses of documents: their names, versions and functions.

The plugin names them at every start, so nothing else is loaded here.
"""

from __future__ import annotations

from dam.core.analysis import Analysis

VERSION = 4
"""Of all that reads documents: the text that is in a document and that in its pixels may both tell its kind, so they change together."""

DOCUMENT = Analysis("document.facts", VERSION, "dam_document.functions.analysis:analyse_document")
PREVIEW = Analysis("document.preview", VERSION, "dam_document.functions.analysis:preview_document")
RECOGNITION = Analysis("document.ocr", VERSION, "dam_document.functions.recognition:recognise_text", memory=2 << 30, late=True)
