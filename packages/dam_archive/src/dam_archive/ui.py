"""The tab that shows in the browser what is in an archive, folder by folder."""

from __future__ import annotations

from pathlib import Path

from dam.core.doors import InspectorTab

contents_tab = InspectorTab(
    title="Contents",
    folder=Path(__file__).parent / "web",
    module="contents.js",
    style="contents.css",
    components=("ArchiveMetadataComponent",),
)
