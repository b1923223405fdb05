"""A real browser for tests: `pytest_plugins = ["dam_test_utils.fixtures", "dam_test_utils.browser"]` in a `conftest.py` brings it.

page       an empty page; whatever it asks of another machine, a dialog of the browser, or an error in the page fails the test
browser    the browser itself, one a module: while it runs, its module can have no asynchronous tests

A file of such tests says `pytestmark = needs_browser`. On a slower machine they must hold too: `DAM_TEST_BROWSER_SLOWNESS=8` gives
the page an eighth of the processor.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Error, Page, Request, ViewportSize, WebSocket, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
ONE_RENDERER = "--renderer-process-limit=1 --disable-site-isolation-trials"
"""One process shows all pages: each that is opened would begin another otherwise, and take a third longer."""
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
SLOWNESS = float(os.environ.get("DAM_TEST_BROWSER_SLOWNESS", "1"))
PATIENCE = 30_000 * SLOWNESS  # milliseconds, for whatever is waited for: what is there sooner costs nothing

needs_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which reaches this machine and nothing else."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET.split(), *ONE_RENDERER.split(), ALONE])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def only_page(browser: Browser) -> Iterator[Page]:
    """One page for all tests of a module, so that the files of the page are loaded and compiled once."""
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    if SLOWNESS > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWNESS})
    yield page
    context.close()


@pytest.fixture
def page(only_page: Page) -> Iterator[Page]:
    """An empty page that may talk to this machine alone; anything else, a dialog of the browser, or an error in the page fails the test."""
    page = only_page
    page.set_viewport_size(VIEWPORT)
    page.emulate_media(color_scheme="light")
    wrong: list[str] = []

    def look(asked: Request | WebSocket) -> None:
        address = urlsplit(asked.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            wrong.append(f"asked for {asked.url}")

    def refuse(dialog: Dialog) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def fail(error: Error) -> None:
        wrong.append(f"error in the page: {error}")

    page.on("request", look)
    page.on("websocket", look)
    page.on("dialog", refuse)
    page.on("pageerror", fail)
    yield page
    page.unroute_all()
    page.goto("about:blank")  # ends what the page still asks for
    page.remove_listener("request", look)
    page.remove_listener("websocket", look)
    page.remove_listener("dialog", refuse)
    page.remove_listener("pageerror", fail)
    assert not wrong  # noqa: S101 - a fixture fails as a test does
