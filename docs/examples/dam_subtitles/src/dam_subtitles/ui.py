"""The tab "Cues" of the inspector."""

from __future__ import annotations

from pathlib import Path

from dam.core.doors import InspectorTab

TAB = InspectorTab(
    title="Cues",
    folder=Path(__file__).parent / "web",
    module="cues.js",
    style="cues.css",
    components=("SubtitleComponent",),
)
