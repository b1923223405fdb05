"""The gallery: one custom component, which reads the REST interface by itself."""

from __future__ import annotations

from typing import Any

from nicegui.element import Element

from dam_web.settings import WEB


class Gallery(Element, component=WEB / "gallery.js", esm={"dam-web": str(WEB)}):
    """The whole page: search, the justified grid, and the viewer. The server holds nothing of what it shows.

    What it shows first (a search, one asset) stands in the page's address, which it reads itself.
    """

    def __init__(self, tabs: list[dict[str, Any]]) -> None:
        """`tabs` are those that other packages bring (see `dam_web.ui.tabs`)."""
        super().__init__()
        self._props["tabs"] = tabs
