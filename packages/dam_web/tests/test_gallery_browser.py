"""The browser page, driven by a real browser over a real server."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsed import Server, fake_library  # type: ignore[import-not-found]  # beside this file
from outside_package import install  # type: ignore[import-not-found]  # beside this file
from playwright.sync_api import Page, Route, expect
from web_worlds import HOSTILE_NAME, picture  # type: ignore[import-not-found]  # beside this file

from dam_test_utils.browser import needs_browser
from dam_test_utils.vault import OUTCOMES, PASSWORD

PICTURES = 12
ROWS = 5000
TEXT_NAME = 'notes `${alert(3)}` & "more".txt'

pytestmark = needs_browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PICTURES):
        picture(folder / f"picture {number:02}.jpg", 240 + 40 * (number % 5), 200, number * 20)
    picture(folder / HOSTILE_NAME, shade=99)
    (folder / "</script><script>alert(2)<!--.txt".replace("/", "\N{DIVISION SLASH}")).write_text("x", "utf-8")
    (folder / TEXT_NAME).write_text("hello", "utf-8")
    home = tmp_path_factory.mktemp("home")
    shutil.copyfile(migrated_database, home / "dam.db")
    server = Server(home, folder, install(tmp_path_factory.mktemp("outside")))
    yield server
    server.stop()


def tile(page: Page, name: str) -> Any:
    return page.get_by_role("gridcell", name=name, exact=True)


def test_the_gallery_shows_thumbnails(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.locator(".dam-tile img.dam-shown")).to_have_count(PICTURES + 1)
    expect(page.locator(".dam-summary")).to_have_text(f"{PICTURES + 3} assets")
    expect(page.get_by_role("button", name=re.compile("^Images"))).to_be_visible()
    assert page.title() == "dam"
    width = page.evaluate("document.querySelector('.dam-canvas').clientWidth")
    rows = page.evaluate("[...document.querySelectorAll('.dam-row')].map(row => row.getBoundingClientRect().width)")
    assert all(abs(row - width) < 2 for row in rows[:-1])
    loaded = page.evaluate("[...document.querySelectorAll('.dam-tile img')].every(image => image.naturalWidth > 0)")
    assert loaded


def test_the_viewer_shows_a_picture_and_what_is_known(page: Page, server: Server) -> None:
    page.goto(server.url)
    tile(page, "picture 03.jpg").click()
    dialog = page.get_by_role("dialog", name="picture 03.jpg")
    expect(dialog.locator("img.dam-full.dam-shown")).to_be_visible()
    expect(dialog.get_by_text("360 \N{MULTIPLICATION SIGN} 200")).to_be_visible()
    expect(dialog.get_by_text(str(server.folder / "picture 03.jpg"))).to_be_visible()
    dialog.get_by_role("tab", name="General").press("ArrowRight")
    expect(dialog.get_by_role("tab", name="Modules")).to_be_focused()
    expect(dialog.get_by_text("Testmaker").first).to_be_visible()
    dialog.get_by_role("tab", name="General").click()
    expect(page).to_have_url(f"{server.url}/a/{server.id_of('picture 03.jpg')}")
    dialog.locator(".dam-frame").click()
    expect(dialog.locator(".dam-zoomed")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog.locator(".dam-zoomed")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{server.url}/")


def test_tabs_of_other_packages_stand_beside_ours(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/a/{server.id_of('picture 03.jpg')}")
    dialog = page.get_by_role("dialog", name="picture 03.jpg")
    expect(dialog.get_by_role("tab")).to_have_text(["General", "Modules", "Mood", "Failing"])
    dialog.get_by_role("tab", name="Mood").click()
    expect(dialog.get_by_role("tabpanel", name="Mood").locator(".mood")).to_have_text(re.compile("^picture 03.jpg is cheerful, one of "))
    expect(dialog.locator(".mood")).to_have_css("color", "rgb(1, 2, 3)")
    dialog.get_by_role("tab", name="Failing").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This tab cannot be shown: out of order")
    expect(page).to_have_title(re.compile("[^|]*[|]left$"))
    held: list[Route] = []
    page.route(re.compile("/api/dam/stats"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes on what it is given
    with page.expect_request(re.compile("/api/dam/stats")):
        dialog.get_by_role("tab", name="Mood").click()
    dialog.get_by_role("tab", name="General").click()  # before the tab is ready: it is left once it is
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(page).to_have_title(re.compile("[|]left[|]left$"))
    expect(dialog.get_by_text(str(server.folder / "picture 03.jpg"))).to_be_visible()
    page.goto(f"{server.url}/a/{server.id_of(TEXT_NAME)}")
    expect(page.get_by_role("dialog").get_by_role("tab")).to_have_text(["General", "Modules", "Failing"])


def start(server: Server, vault: int) -> dict[str, Any]:
    """Let somebody else begin to open a vault; gives the conversation that is begun."""
    request = urllib.request.Request(
        f"{server.url}/api/dam/commands/open-vault",
        json.dumps({"entity_id": vault}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202
        begun: dict[str, Any] = json.load(answer)["conversation"]
        return begun


def results(page: Page, begun: dict[str, Any]) -> Any:
    """What a conversation has come to, once it is over."""
    asked = "async id => (await (await fetch(`/api/dam/conversations/${id}`)).json()).results"
    return page.wait_for_function(asked, arg=begun["id"], polling=100).json_value()


def test_a_question_is_answered_in_a_dialog(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(tile(page, "picture 03.jpg")).to_be_visible()
    page.get_by_role("searchbox").focus()
    begun = start(server, 7)
    dialog = page.get_by_role("dialog", name="Password of vault 7:")
    field = dialog.get_by_label("Password of vault 7:")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("type", "password")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("That did not work; try again.")
    expect(field).to_have_value("")
    page.reload()
    expect(field).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("The vault is open.")).to_be_visible()
    assert results(page, begun) == OUTCOMES["wrong", PASSWORD]


def test_escape_declines_a_question(page: Page, server: Server) -> None:
    begun = [start(server, number) for number in (8, 9)]
    page.goto(server.url)
    for number in (8, 9):
        expect(page.get_by_role("dialog", name=f"Password of vault {number}:")).to_be_visible()
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for one in begun:
        assert results(page, one) == OUTCOMES[None,]
    begun = [start(server, 10)]
    expect(page.get_by_role("dialog")).to_be_visible()
    request = urllib.request.Request(f"{server.url}/api/dam/conversations/{begun[0]['id']}", method="DELETE")
    urllib.request.urlopen(request, timeout=10).close()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_everything_by_keyboard(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?sort=name&type=image")
    expect(tile(page, "picture 00.jpg")).to_be_visible()
    grid = page.get_by_role("grid")
    expect(grid).to_be_focused()
    active = page.locator(".dam-active")
    for key, name in [
        ("Home", HOSTILE_NAME),
        ("ArrowRight", "picture 00.jpg"),
        ("ArrowRight", "picture 01.jpg"),
        ("ArrowLeft", "picture 00.jpg"),
    ]:
        page.keyboard.press(key)
        expect(active).to_have_attribute("aria-label", name)
    page.keyboard.press("ArrowDown")
    expect(active).to_have_attribute("aria-label", re.compile("^(?!picture 0[01])"))
    page.keyboard.press("End")
    expect(active).to_have_attribute("aria-label", f"picture {PICTURES - 1:02}.jpg")
    expect(grid).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"picture {PICTURES - 1:02}.jpg")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name=f"picture {PICTURES - 2:02}.jpg")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(grid).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_link_to_one_asset_opens_it(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/a/{server.id_of('picture 05.jpg')}")
    expect(page.get_by_role("dialog", name="picture 05.jpg")).to_be_visible()
    expect(page.locator(".dam-viewer-place")).to_contain_text(" of ")
    page.get_by_role("button", name="Back to the library").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{server.url}/")
    page.goto(f"{server.url}/a/{server.id_of('picture 05.jpg')}?type=document")  # the list behind it does not have it
    expect(page.locator(".dam-under")).to_have_attribute("src", re.compile("thumbnail/medium"))
    page.route("**/thumbnail/**", lambda route: route.fulfill(status=404))  # as when the file is gone, and its picture was not made yet
    page.goto(f"{server.url}/a/{server.id_of(TEXT_NAME)}")
    expect(page.locator(".dam-card-large")).to_contain_text(TEXT_NAME)
    page.unroute("**/thumbnail/**")
    page.goto(f"{server.url}/a/999999")
    expect(page.get_by_role("alert")).to_contain_text("There is no asset 999999")
    page.goto(f"{server.url}/a/{10**23}")
    expect(page.get_by_role("alert")).to_be_visible()


def test_names_cannot_do_anything(page: Page, server: Server) -> None:
    page.goto(server.url)
    for name in sorted(path.name for path in server.folder.iterdir() if not path.name.startswith("picture")):
        expect(tile(page, name)).to_be_visible()
        tile(page, name).click()
        dialog = page.get_by_role("dialog", name=name, exact=True)
        expect(dialog.locator(".dam-asset-title")).to_have_text(name)
        assert not page.locator("img[src='x']").count()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    page.goto(f"{server.url}/?q=%3C%2Fscript%3E%3Cimg%20src%3Dx%20onerror%3Dalert(9)%3E")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    assert not page.locator("img[src='x']").count()


def test_search_and_filters(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("searchbox").fill("07")
    expect(page.locator(".dam-tile")).to_have_count(1)
    expect(tile(page, "picture 07.jpg")).to_be_visible()
    expect(page).to_have_url(re.compile("[?&]q=07"))
    page.get_by_role("searchbox").fill("nofield:x")
    expect(page.get_by_role("alert")).to_contain_text("This search is not understoodThere is no field")
    page.get_by_role("searchbox").fill("")
    documents = server.get("/api/dam/stats")["by_type"]["document"]
    page.get_by_role("button", name=re.compile("^Documents")).click()
    expect(page.locator(".dam-tile")).to_have_count(documents)
    page.reload()
    expect(page.locator(".dam-tile")).to_have_count(documents)
    expect(page.get_by_role("button", name=re.compile("^Documents"))).to_have_attribute("aria-pressed", "true")


def test_a_large_library_stays_light(page: Page, server: Server) -> None:
    fake_library(page, ROWS)
    page.goto(server.url)
    expect(page.locator(".dam-tile img.dam-shown").first).to_be_visible()
    most = 0
    page.mouse.move(600, 400)
    for _ in range(8):
        before = page.locator(".dam-scroller").evaluate("one => one.scrollTop")
        page.mouse.wheel(0, 2500)
        page.wait_for_function("before => document.querySelector('.dam-scroller').scrollTop > before", arg=before)
        most = max(most, page.evaluate("document.querySelectorAll('*').length"))
    page.keyboard.press("End")
    expect(tile(page, f"fake {ROWS - 1}.jpg")).to_be_visible()
    expect(tile(page, f"fake {ROWS - 1}.jpg").locator("img.dam-shown")).to_be_visible()
    most = max(most, page.evaluate("document.querySelectorAll('*').length"))
    page.keyboard.press("Home")
    expect(tile(page, "fake 0.jpg").locator("img.dam-shown")).to_be_visible()
    assert most <= 600, f"{most} nodes"


def test_the_progress_is_shown(page: Page, server: Server) -> None:
    fake_library(page, ROWS, pending=3766)
    page.goto(server.url)
    expect(page.get_by_text("1,234 of 5,000 analysed")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Analysed")).to_have_attribute("aria-valuenow", "1234")


def test_the_work_in_the_background(page: Page, server: Server) -> None:
    """What is done now is told before there is anything to see; the panel pauses, goes on, and is left by Escape."""
    fake_library(page, 0, doing={"message": "Looking through /photos", "done": 0, "total": None, "unit": "files"})
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Looking through /photos")).to_be_visible()
    trouble = page.get_by_role("alert").filter(has_text="A disk is away.")
    trouble.get_by_role("button", name="Dismiss").click()
    expect(trouble).to_have_count(0)
    page.unroute_all()
    page.goto(server.url)
    page.get_by_role("button", name="Work in the background").click()
    panel = page.get_by_role("dialog", name="Work in the background")
    expect(panel).to_contain_text(re.compile("All [0-9]+ assets are analysed."))
    panel.get_by_text("What is read of files").click()
    panel.get_by_role("button", name="Pause image.picture").click()
    going_on = panel.get_by_role("button", name="Go on with image.picture")
    expect(going_on).to_be_visible()
    assert server.get("/api/dam/jobs/image.picture")["paused"]
    going_on.click()
    expect(going_on).to_have_count(0)
    assert not server.get("/api/dam/jobs/image.picture")["paused"]
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("grid", name="Assets")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Choose all")


def test_an_empty_library_and_a_broken_server(page: Page, server: Server) -> None:
    fake_library(page, 0)
    page.goto(server.url)
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.get_by_text("dam serve PATH")).to_be_visible()
    page.unroute(re.compile(r"/api/dam/assets\?"))
    page.route(re.compile(r"/api/dam/assets\?"), lambda route: route.abort())
    page.goto(server.url)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(tile(page, "picture 00.jpg")).to_be_visible()


def test_the_documentation_page_works_offline(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/api/docs")
    expect(page.get_by_text("List assets")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(page: Page, server: Server, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(server.url)
    for selector in (".dam-summary", ".dam-filter", ".dam-filter span", ".dam-search input", ".dam-card-name", ".dam-chip"):
        ratio = page.locator(selector).first.evaluate(CONTRAST)
        assert ratio >= 4.5, f"{selector} in {scheme}: {ratio:.2f}"


def test_a_new_file_appears_without_a_reload(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(tile(page, "picture 00.jpg")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    before = server.get("/api/dam/stats")["total"]
    new = picture(server.folder / "just arrived.jpg", shade=222)
    try:
        server.index()
        deadline = time.monotonic() + 20
        while server.get("/api/dam/stats")["total"] == before:
            assert time.monotonic() < deadline, "the file was not indexed"
            time.sleep(0.02)
        expect(tile(page, new.name)).to_be_visible()
        expect(tile(page, new.name).locator("img.dam-shown")).to_be_visible()
        assert page.evaluate("window.notReloaded")
    finally:
        new.unlink()


def test_what_is_new_waits_until_it_is_asked_for(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 500, "height": 300})
    page.goto(f"{server.url}/?sort=added")
    expect(page.locator(".dam-tile").first).to_be_visible()
    before = page.locator(".dam-scroller").evaluate("one => { one.scrollTop = 300; return one.scrollTop; }")
    assert before > 40
    new = picture(server.folder / "came later.jpg", shade=77)
    try:
        server.index()
        pill = page.get_by_role("button", name=re.compile("[0-9]+ new"))
        expect(pill).to_be_visible()
        assert page.locator(".dam-scroller").evaluate("one => one.scrollTop") == before
        pill.click()
        expect(tile(page, new.name)).to_be_visible()
        expect(pill).to_have_count(0)
    finally:
        new.unlink()


CONTRAST = """element => {
  const shade = text => {
    const linear = one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
    const [red, green, blue] = text.match(/[\\d.]+/g).slice(0, 3).map(one => linear(one / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const front = shade(getComputedStyle(element).color);
  while (element.parentElement && getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)") element = element.parentElement;
  const back = shade(getComputedStyle(element).backgroundColor);
  return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
}"""
"""The contrast of a text with what lies under it, as WCAG 2 counts it."""


def test_tagging_one_and_many(page: Page, server: Server) -> None:
    """In the inspector by keys and mouse, in the grid for what is chosen by mouse; each can be undone."""
    first, second = server.id_of("picture 00.jpg"), server.id_of("picture 01.jpg")
    page.goto(f"{server.url}/a/{first}")
    dialog, note = page.get_by_role("dialog"), page.locator(".dam-note")
    field = dialog.get_by_role("combobox", name="Add a tag")
    expect(field).to_be_visible()
    page.keyboard.press("t")
    expect(field).to_be_focused()
    page.keyboard.type("animal/cat, <b>i</b>")
    page.keyboard.press("Enter")
    tags = dialog.get_by_role("list", name="Tags", exact=True).get_by_role("link")
    expect(tags).to_have_text(["<b>i</b>", "animal/cat"])
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    page.keyboard.press("4")
    expect(note).to_contain_text("★★★★ given")
    dialog.get_by_role("button", name="Edit title and description").click()
    page.keyboard.type("A title")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="A title")).to_be_visible()
    dialog.get_by_role("button", name="Take <b>i</b> away").click()
    expect(tags).to_have_text(["animal/cat"])
    said = server.get(f"/api/dam/assets/{first}")
    assert (said["tags"], said["rating"], said["title"]) == (["animal/cat"], 4, "A title")
    page.goto(f"{server.url}/?q=picture")
    page.locator(f"#dam-tile-{first} .dam-check").click()
    page.locator(f"#dam-tile-{second}").click()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Tags", exact=True).click()
    carried = page.get_by_role("list", name="Tags of what is chosen").get_by_role("listitem")
    expect(carried).to_contain_text(["animal/cat1 of 2"])
    asked = re.compile(r"/tags\?text=CAT&")
    late: list[Route] = []
    page.route(asked, lambda route: late.append(route))  # noqa: PLW0108 - a built-in method cannot be given
    with page.expect_request(asked):
        page.keyboard.type("CAT")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["animal/cat1"])
    page.keyboard.press("ArrowDown")
    with page.expect_response(asked):
        late[0].continue_()
    page.keyboard.press("Enter")
    expect(note).to_contain_text("+ animal/cat: 1 asset")
    assert server.get("/api/dam/tags")["items"] == [{"name": "animal/cat", "assets": 2}]
    page.get_by_role("button", name="Take animal/cat away").click()
    expect(carried).to_have_count(0)
    assert server.get("/api/dam/tags")["items"] == []
    note.get_by_role("button", name="Undo").click()
    expect(carried).to_contain_text(["animal/cat"])
    page.keyboard.press("Control+z")
    expect(carried).to_contain_text(["animal/cat1 of 2"])


def test_throwing_away_and_taking_back(page: Page, server: Server) -> None:
    """By keys in the grid, by the viewer's button, by the note's Undo and Ctrl+Z; last of all tests, for it changes what is there."""
    before = {path: path.stat() for path in server.folder.iterdir()}
    total = len(server.get("/api/dam/assets?limit=500")["items"])
    page.goto(server.url + "/?type=image")
    grid = page.get_by_role("grid", name="Assets")
    expect(page.locator(".dam-tile").first).to_be_visible()
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("Delete")
    note = page.locator(".dam-note")
    expect(note).to_contain_text("2 assets moved to the trash")
    assert len(server.get("/api/dam/assets?limit=500")["items"]) == total - 2
    note.get_by_role("button", name="Undo").click()
    expect(note).to_contain_text("Undone: 2 assets")
    assert len(server.get("/api/dam/assets?limit=500")["items"]) == total
    page.locator(".dam-tile a").first.click()
    name = page.locator(".dam-viewer-name").inner_text()
    page.get_by_role("button", name="Move to trash").click()
    expect(note).to_contain_text("1 asset moved to the trash")
    expect(page.locator(".dam-viewer-name")).not_to_have_text(name)
    page.keyboard.press("Control+z")
    expect(note).to_contain_text("Undone: 1 asset")
    page.keyboard.press("Delete")
    expect(note).to_contain_text("1 asset moved to the trash")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Trash: 1").click()
    expect(page.get_by_text("1 in the trash")).to_be_visible()
    page.get_by_role("button", name="Empty the trash").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 asset leaves the trash for good")
    dialog.get_by_role("button", name="No").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".dam-tile")).to_have_count(1)
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    page.get_by_role("button", name="Library").click()
    assert len(server.get("/api/dam/assets?limit=500")["items"]) == total
    assert {path: path.stat().st_mtime_ns for path in server.folder.iterdir()} == {path: one.st_mtime_ns for path, one in before.items()}
