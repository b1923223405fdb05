"""The pages and their addresses."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from nicegui import ui

from dam.core.world import World
from dam_web.settings import WEB
from dam_web.ui.gallery import Gallery
from dam_web.ui.tabs import add_tabs

SECONDS_TO_RECONNECT = 30.0
EARLY_SCRIPT = """<script>
{ let theme = null; try { theme = localStorage.getItem("dam-theme"); } catch {}
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme; }
</script>"""
"""Sets the chosen theme before anything is painted."""


def add_pages(app: FastAPI, world: World) -> None:
    """Add the browser pages to an application, with the tabs that other packages bring."""
    tabs = add_tabs(app, world)

    @ui.page("/", title="dam")
    def library() -> None:
        _library(tabs)

    @ui.page("/a/{asset_id:int}", title="dam")
    def asset() -> None:
        _library(tabs)

    ui.run_with(
        app,
        title="dam",
        favicon=(WEB / "favicon.svg").read_text("utf-8"),
        dark=None,
        tailwind=False,
        reconnect_timeout=SECONDS_TO_RECONNECT,
        show_welcome_message=False,
    )


def _library(tabs: list[dict[str, Any]]) -> None:
    ui.add_head_html(EARLY_SCRIPT)
    ui.add_head_html(f"<style>{(WEB / 'gallery.css').read_text('utf-8')}</style>")
    Gallery(tabs)
