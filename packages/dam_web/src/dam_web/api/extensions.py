"""What other packages add to the REST interface: routers of their own, and commands."""

from __future__ import annotations

import logging

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from dam.commands.core import BaseCommand
from dam.core.doors import API, load_doors
from dam.core.entry_points import EntryPoint
from dam.core.exceptions import PluginError
from dam.core.plugin import discover
from dam.core.world import World
from dam_web.api.commands import command_router

logger = logging.getLogger(__name__)


def add_extensions(app: FastAPI, world: World, prefix: str) -> dict[str, str]:
    """Add what the entries of the group `dam.api` offer beneath the prefix; gives (and logs) a sentence for each that is broken.

    An entry names a function that takes the World and gives an `APIRouter`, or the class of a command, which can then be started with
    `POST commands/{name of the entry}` (see `dam_web.api.commands`). An entry whose routes are there already counts as
    broken; one that has the name of a plugin is left out where the World does without that plugin.
    """
    known = _operations(app)

    def use(point: EntryPoint, offered: object) -> None:
        router = _router_of(world, point, offered)
        described = FastAPI()
        described.include_router(router, prefix=prefix)
        new = _operations(described)  # a route that cannot be described would take the whole description with it: it fails here
        if taken := sorted(" ".join(one) for one in new & known):
            raise PluginError(f"it takes {', '.join(taken)}, which is there already")
        known.update(new)
        app.include_router(router, prefix=prefix)

    problems = load_doors(API, use, absent=set(discover()) - set(world.plugins))
    for problem in problems.values():
        logger.warning("%s", problem)
    return problems


def _router_of(world: World, point: EntryPoint, offered: object) -> APIRouter:
    if isinstance(offered, type) and issubclass(offered, BaseCommand):
        return command_router(world, point.name, offered)
    router = offered(world) if callable(offered) else None
    if not isinstance(router, APIRouter):
        raise PluginError(f"{point.value} is no command and gives no APIRouter")
    return router


def _operations(app: FastAPI) -> set[tuple[str, str]]:
    """The method and the path of everything that an application describes."""
    described = get_openapi(title="", version="", routes=app.routes)["paths"]
    return {(method.upper(), path) for path, methods in described.items() for method in methods}
