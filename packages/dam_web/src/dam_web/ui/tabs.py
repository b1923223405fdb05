"""The tabs that other packages add to the inspector: their files, and what the page is told of them."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from dam.core.doors import UI, InspectorTab, load_doors
from dam.core.entry_points import EntryPoint
from dam.core.plugin import discover
from dam.core.world import World

logger = logging.getLogger(__name__)

TABS = "/tabs"


def add_tabs(app: FastAPI, world: World) -> list[dict[str, Any]]:
    """Serve the files of every installed tab; gives what the page must know of each, as the component `Gallery` takes it.

    A broken one is logged, by its name. A tab that has the name of a plugin is left out where the World does without that plugin.
    """
    tabs: list[dict[str, Any]] = []

    def use(point: EntryPoint, tab: InspectorTab) -> None:
        if tab.wanted is not None and not tab.wanted(world):
            return
        folder = f"{TABS}/{point.name}"
        app.mount(folder, StaticFiles(directory=tab.folder))
        style = f"{folder}/{tab.style}" if tab.style else None
        about = {"name": point.name, "title": tab.title, "components": list(tab.components)}
        tabs.append({**about, "module": f"{folder}/{tab.module}", "style": style})

    for problem in load_doors(UI, use, absent=set(discover()) - set(world.plugins)).values():
        logger.warning("%s", problem)
    return tabs
