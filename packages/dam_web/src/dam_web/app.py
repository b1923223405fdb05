"""The web application put together, and served."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from dam.core.exceptions import ConfigurationError, UsageError
from dam.core.signals import heard_signals
from dam.core.world import World
from dam_web.api.answers import JSON
from dam_web.api.assets import assets_router, numbers_router
from dam_web.api.content import content_router
from dam_web.api.conversations import conversations_router
from dam_web.api.errors import add_error_handlers, error_response
from dam_web.api.events import events_router
from dam_web.api.extensions import add_extensions
from dam_web.api.jobs import jobs_router
from dam_web.api.links import links_router
from dam_web.api.schemas import ErrorAnswer
from dam_web.api.tags import tags_router
from dam_web.api.trash import trash_router, undo_router
from dam_web.guard import Guard, is_loopback
from dam_web.resources import Broadcaster, Conversations
from dam_web.settings import WEB, WebSettings

PREFIX = "/api/dam"
BACKLOG = 2048
GRACE_SECONDS = 3


def create_api(world: World) -> ASGIApp:
    """The REST interface alone, behind the guard: an ASGI application that does not load NiceGUI."""
    return Guard(_build(world), world.get_settings(WebSettings).allowed_hosts)


def create_app(world: World) -> ASGIApp:
    """The REST interface and the browser pages, behind the guard. NiceGUI allows one such application a process."""
    from dam_web.ui.pages import add_pages  # noqa: PLC0415 - NiceGUI takes most of a second to load

    app = _build(world)
    add_pages(app, world)
    return Guard(app, world.get_settings(WebSettings).allowed_hosts)


async def serve(world: World, host: str | None = None, port: int | None = None, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve the browser interface until SIGINT, SIGTERM or the cancellation of this task; the World is opened if it is not open.

    `on_ready` is called with the address once requests are answered. Raises UsageError for an address that other machines reach,
    and ConfigurationError when the port is taken.
    """
    settings = world.get_settings(WebSettings)
    bound = bind(host or settings.host, settings.port if port is None else port)
    try:
        await world.open()
        app = await asyncio.to_thread(create_app, world)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, ws="websockets-sansio", timeout_graceful_shutdown=GRACE_SECONDS
        )
        server = _Server(config, world, _url(bound), on_ready)
        task = asyncio.ensure_future(server.serve(sockets=[bound]))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            server.should_exit = True
            await task
            raise
    finally:
        bound.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket at an address of this machine; raises UsageError for another address, ConfigurationError for a taken port."""
    if not is_loopback(host):
        raise UsageError(f"'{host}' can be reached from other machines, and there are no user accounts yet to protect it; use 127.0.0.1.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"Port {port} of {host} cannot be used ({error.strerror}); choose another one, or end what uses it."
        ) from error
    listening.settimeout(0)
    return listening


def _build(world: World) -> FastAPI:
    world.load_models()  # `serve` calls this in a thread: what is named for later would be imported on the event loop, at the first request
    world.systems()
    app = FastAPI(
        title="dam",
        summary="Digital asset management",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={"default": {"model": ErrorAnswer, "description": "Any failure"}},
    )
    add_error_handlers(app)
    for router in (
        assets_router(world),
        numbers_router(world),
        content_router(world),
        links_router(world),
        tags_router(world),
        events_router(world),
        conversations_router(world),
        jobs_router(world),
        trash_router(world),
        undo_router(world),
    ):
        app.include_router(router, prefix=PREFIX)
    add_extensions(app, world, PREFIX)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return JSON({"status": "ok", "world": world.name})

    @app.get("/api/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        vendored = "/api/docs/files"
        return get_swagger_ui_html(
            openapi_url="/api/openapi.json",
            title="dam: REST interface",
            swagger_js_url=f"{vendored}/swagger-ui-bundle.js",
            swagger_css_url=f"{vendored}/swagger-ui.css",
            swagger_favicon_url="data:,",
            swagger_ui_parameters={"validatorUrl": None},
        )

    app.mount("/api/docs/files", StaticFiles(directory=WEB / "vendor" / "swagger-ui"))

    @app.api_route("/api/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def unknown(rest: str) -> Response:
        return error_response(404, "HTTPError", f"There is nothing at /api/{rest}; /api/docs has the list.")

    return app


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready, ends streams and conversations first of all, and keeps the signal that ends it to itself."""

    def __init__(self, config: uvicorn.Config, world: World, url: str, on_ready: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._world, self._url, self._on_ready = world, url, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            self._on_ready(self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._world.get_resource(Broadcaster).close()
        await self._world.get_resource(Conversations).close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with heard_signals(lambda heard: self.handle_exit(heard, None)):
            yield
