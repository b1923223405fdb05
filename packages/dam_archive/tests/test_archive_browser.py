"""An encrypted archive is opened in a real browser: its contents are listed, the dialog asks, and what was read can be followed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import locked_zip_of, zip_of  # type: ignore[import-not-found]  # beside this file
from playwright.sync_api import Page, expect

from dam_test_utils.browser import needs_browser
from dam_test_utils.pictures import png

PASSWORD = "open <b>sesame</b>"
MARKUP = "<img src=x onerror=alert(1)>.txt"

pytestmark = needs_browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[str]:
    """The address of `dam serve` over a folder with archives."""
    folder = tmp_path_factory.mktemp("archives")
    members = {"holiday/one.png": png(40, 30, seed=1), "notes.txt": b"some words\n"}
    (folder / "locked.zip").write_bytes(locked_zip_of(members, PASSWORD))
    maps = {f"wood/wood_{name}.png": png(64, 64, seed=seed) for seed, name in enumerate(("diffuse", "normal", "roughness"))}
    (folder / "wood.zip").write_bytes(zip_of({**maps, MARKUP: b"text"}))
    home = tmp_path_factory.mktemp("home")
    shutil.copyfile(migrated_database, home / "dam.db")
    command = [sys.executable, "-m", "dam_app", "--home", str(home), "serve", str(folder), "--no-open", "--port", "0"]
    settled = {"DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1", "DAM_DOCUMENT__OCR": "off"}
    process = subprocess.Popen(command, env=os.environ | settled, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = None
    while address is None and (line := process.stderr.readline()):
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert address is not None
    deadline = time.monotonic() + 60
    while (stats := get(address[0], "/api/dam/stats"))["members"] < 4 or stats["pending"]:
        assert time.monotonic() < deadline, "the archives were not read"
        time.sleep(0.05)
    yield address[0]
    process.terminate()
    process.communicate(timeout=30)


def get(url: str, path: str) -> Any:
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return json.load(answer)


def contents_of(page: Page, url: str, name: str) -> Any:
    """Open an archive's tab with its contents."""
    ids = {item["filename"]: item["id"] for item in get(url, "/api/dam/assets?limit=100")["items"]}
    page.goto(f"{url}/a/{ids[name]}")
    page.get_by_role("tab", name="Contents").click()
    return page.get_by_role("tabpanel", name="Contents")


def test_an_archive_is_opened_in_the_browser(page: Page, url: str) -> None:
    contents = contents_of(page, url, "locked.zip")
    expect(contents.get_by_role("status")).to_contain_text("It is encrypted")
    expect(contents.get_by_text("encrypted, 11 B")).to_be_visible()
    contents.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("dialog", name="Password of locked.zip:")).to_be_visible()
    page.keyboard.press("Escape")  # nobody knows it now
    expect(page.get_by_role("dialog", name="Password of locked.zip:")).to_have_count(0)
    contents.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("dialog", name="Password of locked.zip:")).to_be_visible()
    field = page.get_by_role("dialog").locator("input[type=password]")
    for wrong in ("wrong", PASSWORD.upper()):
        expect(field).to_be_focused()
        page.keyboard.type(wrong)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="That was not right.")).to_be_visible()
        expect(field).to_have_value("")
    expect(field).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(contents.get_by_role("link", name="notes.txt")).to_be_visible()
    expect(contents.get_by_role("button", name="Open", exact=True)).to_have_count(0)
    contents.get_by_role("button", name="holiday/").click()
    contents.get_by_role("link", name="one.png").click()
    expect(page.get_by_role("dialog", name="one.png").locator("img.dam-full.dam-shown")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^archive://|locked\.zip"))).not_to_have_count(0)


def test_a_texture_pack_is_shown_as_folders(page: Page, url: str) -> None:
    contents = contents_of(page, url, "wood.zip")
    expect(contents.get_by_role("listitem")).to_have_count(2)
    assert not page.locator("img[src='x']").count()
    contents.get_by_role("button", name="wood/").click()
    expect(contents.get_by_role("link")).to_have_text([f"wood_{name}.png" for name in ("diffuse", "normal", "roughness")])
    contents.get_by_role("button", name="wood.zip").click()
    expect(contents.get_by_role("link", name=MARKUP)).to_be_visible()


def test_members_are_shown_when_they_are_wanted(page: Page, url: str) -> None:
    """A plain list has the archives alone; a search finds members and marks them, and their details lead to the archive by its name."""
    page.goto(url)
    tiles, inside = page.get_by_role("gridcell"), page.get_by_role("button", name="Inside archives")
    expect(tiles).to_have_count(2)
    expect(inside).to_have_attribute("aria-pressed", "false")
    inside.click()
    expect(page.get_by_role("gridcell", name=re.compile("wood_normal.png, inside an archive"))).to_be_visible()
    expect(page).to_have_url(f"{url}/?members=1")
    page.get_by_role("link", name="dam, the library").click()
    expect(tiles).to_have_count(2)
    page.get_by_role("searchbox").fill("wood_diffuse")
    expect(inside).to_have_attribute("aria-pressed", "true")
    expect(tiles).to_have_count(1)
    inside.click()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    inside.click()
    tiles.click()
    place = page.get_by_role("dialog").locator(".dam-places")
    expect(place).to_have_text(re.compile("^Placewood.zip . wood/wood_diffuse.png$"))
    page.get_by_role("listitem").get_by_role("link", name="wood.zip Contained in").click()
    expect(page.get_by_role("dialog", name="wood.zip")).to_be_visible()
    expect(page.locator(".dam-links").get_by_role("link")).to_have_count(4)


def test_what_cannot_be_played_or_read_says_so(page: Page, url: str) -> None:
    """The details of a real asset, shown as if it were a sound, which it is not, and a locked document."""
    number = get(url, "/api/dam/assets?query=wood.zip")["items"][0]["id"]
    whole = get(url, f"/api/dam/assets/{number}")

    def shown_as(**changes: Any) -> None:
        page.route(re.compile(rf"/api/dam/assets/{number}$"), lambda route: route.fulfill(json=whole | changes))
        page.goto(f"{url}/a/{number}")

    shown_as(type="audio", mime_type="audio/amr", thumbnails={})
    expect(page.get_by_text("This browser cannot play it.")).to_be_visible()
    expect(page.locator("audio")).to_have_count(0)
    shown_as(status="partial", metadata={"document": {"encrypted": True}})
    page.route(
        re.compile("/commands/unlock-asset$"), lambda route: route.fulfill(status=409, json={"error": {"message": "It is open by now."}})
    )
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("It is open by now.")
