"""The REST interface: what it answers, how it fails, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.types import Message, Receive, Scope, Send
from web_worlds import HOSTILE_NAME, index, picture, web_world  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import StoreFilesCommand
from dam.assets.events import AssetChanged
from dam.assets.models import GeoComponent
from dam.core.exceptions import DatabaseBusyError
from dam.core.world import World
from dam_web.app import create_api
from dam_web.guard import Guard
from dam_web.resources import Broadcaster

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Library:
    """A World over a folder, and a client of its REST interface."""

    def __init__(self, world: World, folder: Path, client: httpx.AsyncClient) -> None:
        self.world, self.folder, self.client = world, folder, client

    async def get(self, path: str, status: int = 200, **more: Any) -> httpx.Response:
        answer = await self.client.get(path, **more)
        assert answer.status_code == status, answer.text
        return answer

    async def id_of(self, name: str) -> int:
        items = (await self.get("/api/dam/assets?limit=500")).json()["items"]
        return next(int(item["id"]) for item in items if item["filename"] == name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(5):
        picture(folder / f"picture {number}.jpg", 300 + 20 * number, 200, number * 40)
    picture(folder / HOSTILE_NAME, shade=99)
    (folder / "page.html").write_text("<script>alert(1)</script>", "utf-8")
    (folder / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "utf-8")
    (folder / "notes.txt").write_text("hello", "utf-8")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"nothing" * 40)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory, folder: Path, migrated_database: Path) -> AsyncIterator[Library]:
    async with web_world(tmp_path_factory.mktemp("home"), migrated=migrated_database) as world:
        for _ in range(2):  # the second time begins what looks at disks, which lives as long as the World
            await index(world, folder)
        transport = httpx.ASGITransport(create_api(world), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as client:
            yield Library(world, folder, client)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def error_of(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, dict[str, Any]] = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"type", "message", "hint"}
    assert body["error"]["message"]
    return body["error"]


# -- lists and assets -------------------------------------------------------------------------------------------------


async def test_assets_are_listed_page_by_page(library: Library) -> None:
    first = (await library.get("/api/dam/assets?limit=4&sort=name")).json()
    names, cursor = [item["filename"] for item in first["items"]], first["next"]
    while cursor:
        page = (await library.get("/api/dam/assets", params={"limit": 4, "sort": "name", "cursor": cursor})).json()
        names, cursor = names + [item["filename"] for item in page["items"]], page["next"]
    assert sorted(names) == sorted(names_in(library.folder))
    assert len(set(names)) == len(names)


async def test_a_list_is_narrowed(library: Library) -> None:
    images = (await library.get("/api/dam/assets", params={"type": ["image"], "query": "picture"})).json()["items"]
    assert {item["filename"] for item in images} == {f"picture {number}.jpg" for number in range(5)}
    both = (await library.get("/api/dam/assets?type=image&type=document&limit=500")).json()["items"]
    assert {item["type"] for item in both} == {"image", "document"}
    assert (await library.get("/api/dam/assets?tags=nobody/has/this")).json() == {"items": [], "next": None}


async def test_a_row_names_its_thumbnails(library: Library) -> None:
    items = (await library.get("/api/dam/assets?limit=500")).json()["items"]
    row = next(item for item in items if item["filename"] == "picture 0.jpg")
    assert set(row["thumbnail"]) == {"small", "medium"}
    assert row["thumbnail"]["small"].endswith(f"/thumbnail/small?v={row['sha256'][:16]}")
    assert next(item for item in items if item["filename"] == "notes.txt")["thumbnail"] is None


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/dam/assets?limit=0", 422, "UsageError"),
        ("/api/dam/assets?limit=501", 422, "UsageError"),
        ("/api/dam/assets?sort=colour", 400, "UsageError"),
        ("/api/dam/assets?query=nofield:x", 400, "UsageError"),
        ("/api/dam/assets?query=" + "a+" * 2000, 400, "UsageError"),
        ("/api/dam/assets?" + "tags=a&" * 1200, 400, "UsageError"),
        ("/api/dam/assets?cursor=nonsense", 400, "UsageError"),
        ("/api/dam/assets/999999", 404, "EntityNotFoundError"),
        ("/api/dam/assets/99999999999999999999", 422, "UsageError"),
        ("/api/dam/assets/abc", 422, "UsageError"),
        ("/api/dam/assets/999999/thumbnail/small", 404, "EntityNotFoundError"),
        ("/api/dam/assets/1/thumbnail/huge", 422, "UsageError"),
        ("/api/dam/assets/999999/content", 404, "EntityNotFoundError"),
        ("/api/dam/nothing", 404, "HTTPError"),
        ("/api/other", 404, "HTTPError"),
    ],
)
async def test_failures_have_one_shape(library: Library, path: str, status: int, kind: str) -> None:
    assert error_of(await library.get(path, status))["type"] == kind


async def test_a_bug_tells_nothing_and_a_busy_database_says_so(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: object) -> object:
        raise problem

    monkeypatch.setattr(library.world, "dispatch_command", fail)
    problem: Exception = RuntimeError("the secret")
    assert "secret" not in (await library.get("/api/dam/stats", 500)).text
    problem = DatabaseBusyError("Somebody else writes; try again.")
    busy = await library.get("/api/dam/stats", 503)
    assert error_of(busy)["message"] == "Somebody else writes; try again."
    assert busy.headers["retry-after"] == "1"


async def test_one_asset_whole(library: Library) -> None:
    asset_id = await library.id_of("picture 1.jpg")
    answer = await library.get(f"/api/dam/assets/{asset_id}")
    asset = answer.json()
    assert (asset["id"], asset["width"], asset["height"], asset["metadata"]["exif"]["Make"]) == (asset_id, 320, 200, "Testmaker")
    for known in (answer.headers["etag"], f'"other", W/{answer.headers["etag"]}', "*"):
        await library.get(f"/api/dam/assets/{asset_id}", 304, headers={"If-None-Match": known})


async def test_what_is_found_anew_is_sent_again_and_in_no_ones_way(library: Library) -> None:
    path = f"/api/dam/assets/{await library.id_of('picture 1.jpg')}"
    tag = (await library.get(path)).headers["etag"]
    async with library.world.transaction() as transaction:
        await transaction.add_component_to_entity(int(path.rpartition("/")[2]), GeoComponent(latitude=1.0, longitude=2.0))
    answer = await library.get(path, headers={"If-None-Match": tag})
    assert answer.json()["metadata"]["geo"]["latitude"] == 1.0
    assert answer.headers["etag"] != tag
    assert (await library.client.patch(path, json={"rating": 3}, headers={"If-Match": tag})).status_code == 200


async def test_numbers_and_roots(library: Library) -> None:
    stats = (await library.get("/api/dam/stats")).json()
    assert stats["total"] == len(names_in(library.folder))
    assert stats["pending"] == 0
    assert [root["path"] for root in (await library.get("/api/dam/roots")).json()["items"]] == [str(library.folder)]
    assert (await library.get("/healthz")).json() == {"status": "ok", "world": "main"}


# -- saying something --------------------------------------------------------------------------------------------------


async def test_saying_something_raises_the_version(library: Library) -> None:
    asset_id = await library.id_of("picture 2.jpg")
    before = await library.get(f"/api/dam/assets/{asset_id}")
    path, version = f"/api/dam/assets/{asset_id}", before.json()["version"]
    said = {"title": "A lake", "rating": 4, "add_tags": ["sea/lake"], "version": version}
    answer = await library.client.patch(path, json=said, headers={"If-Match": before.headers["etag"]})
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["title"], after["rating"], after["tags"]) == ("A lake", 4, ["sea/lake"])
    assert after["version"] > version
    tag = answer.headers["etag"]
    for tags, code in ((f'"0-x", {tag}', 200), ("*", 200), (f"W/{tag}", 412), ('"0-x", "1"', 412)):
        assert (await library.client.patch(path, json={}, headers={"If-Match": tags})).status_code == code, tags
    stale = await library.client.patch(path, json={"title": "x"}, headers={"If-Match": before.headers["etag"]})
    assert stale.status_code == 412
    assert error_of(stale)["type"] == "StaleVersionError"
    assert (await library.client.patch(path, json={"title": "x", "version": version})).status_code == 409
    assert (await library.client.patch(path, json={"colour": "x"})).status_code == 422
    assert (await library.client.patch(path, json={"rating": 9})).status_code == 422
    for refused in ({"visibility": "open"}, {"title": "\ud800"}, {"add_tags": ["\ud800"]}):
        assert (
            await library.client.patch(path, content=json.dumps(refused), headers={"Content-Type": "application/json"})
        ).status_code == 400
    back = (await library.client.patch(path, json={"title": None, "remove_tags": ["sea/lake"]})).json()
    assert (back["title"], back["tags"], back["rating"]) == (None, [], 4)


# -- thumbnails --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["small", "medium", "large"])
async def test_thumbnails(library: Library, size: str) -> None:
    asset_id = await library.id_of("picture 0.jpg")
    digest = (await library.get(f"/api/dam/assets/{asset_id}")).json()["sha256"]
    path = f"/api/dam/assets/{asset_id}/thumbnail/{size}"
    named = await library.get(f"{path}?v={digest[:16]}")
    assert named.headers["content-type"] == "image/webp"
    assert named.content[8:12] == b"WEBP"
    assert named.headers["cache-control"] == "private, max-age=31536000, immutable"
    for other in ("", "?v=", "?v=0123456789abcdef", f"?v={digest[:3]}"):
        assert "immutable" not in (await library.get(path + other)).headers["cache-control"]
    await library.get(path, 304, headers={"If-None-Match": named.headers["etag"]})


async def test_no_thumbnail_is_no_failure_of_the_server(library: Library) -> None:
    for name in ("notes.txt", "broken.jpg"):
        answer = await library.get(f"/api/dam/assets/{await library.id_of(name)}/thumbnail/large", 404)
        assert error_of(answer)["type"] == "ThumbnailNotFoundError"
        assert answer.headers["cache-control"] == "no-store"


# -- originals ---------------------------------------------------------------------------------------------------------


async def test_the_original_and_its_ranges(library: Library) -> None:
    path = f"/api/dam/assets/{await library.id_of('picture 3.jpg')}/content"
    whole = await library.get(path)
    expected = (library.folder / "picture 3.jpg").read_bytes()
    size = len(expected)
    assert whole.content == expected
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, first, last in [
        ("0-9", 0, 9),
        ("10-", 10, size - 1),
        ("-7", size - 7, size - 1),
        (f"5-{size * 2}", 5, size - 1),
        (f"-{size * 2}", 0, size - 1),
    ]:
        part = await library.get(path, 206, headers={"Range": f"bytes={asked}"})
        assert part.content == expected[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.headers["content-length"] == str(last - first + 1)
    for asked in ("bytes=0-1,4-5", "bytes=9-3", "items=0-3", "bytes=", "bytes=-", "bytes=a-b"):
        assert (await library.get(path, headers={"Range": asked})).content == expected
    for asked in (f"bytes={size}-", "bytes=-0"):
        assert (await library.get(path, 416, headers={"Range": asked})).headers["content-range"] == f"bytes */{size}"
    head = await library.client.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(size))


async def test_the_original_is_asked_for_again(library: Library) -> None:
    path = f"/api/dam/assets/{await library.id_of('picture 3.jpg')}/content"
    whole = await library.get(path)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    assert parsedate_to_datetime(modified).tzinfo is not None
    await library.get(path, 304, headers={"If-None-Match": f'"x", W/{etag}'})
    await library.get(path, 206, headers={"Range": "bytes=0-1", "If-Range": etag})
    await library.get(path, 206, headers={"Range": "bytes=0-1", "If-Range": modified})
    await library.get(path, 200, headers={"Range": "bytes=0-1", "If-Range": '"older"'})


async def test_what_could_run_is_never_shown_inline(library: Library) -> None:
    for name in ("page.html", "drawing.svg", "notes.txt"):
        answer = await library.get(f"/api/dam/assets/{await library.id_of(name)}/content")
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "html" not in answer.headers["content-type"]
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
    path = f"/api/dam/assets/{await library.id_of(HOSTILE_NAME)}/content"
    inline = (await library.get(path)).headers["content-disposition"]
    assert inline.startswith("inline;")
    assert "filename*=UTF-8''%3Cimg%20src%3Dx" in inline
    assert (await library.get(f"{path}?download=1")).headers["content-disposition"].startswith("attachment;")


async def test_links_and_pipes_are_not_followed(library: Library, tmp_path: Path) -> None:
    file = picture(library.folder / "to be replaced.jpg", shade=201)
    await index(library.world, library.folder)
    path = f"/api/dam/assets/{await library.id_of(file.name)}/content"
    secret = tmp_path / "secret"
    secret.write_text("secret")
    try:
        file.unlink()
        file.symlink_to(secret)
        assert "secret" not in (await library.get(path, 404)).text
        file.unlink()
        os.mkfifo(file)
        assert (await asyncio.wait_for(library.client.get(path), 5)).status_code in (404, 422)
    finally:
        file.unlink()
    error_of(await library.get(path, 404))


async def test_memory_stays_flat_and_descriptors_are_closed(library: Library) -> None:
    file = library.folder / "large.bin"
    with file.open("wb") as sparse:
        sparse.write(b"begin")
        sparse.truncate(64 * 1024 * 1024)
    await index(library.world, library.folder)
    app = create_api(library.world)
    before = len(names_in(Path("/proc/self/fd"))) if Path("/proc/self/fd").is_dir() else 0
    largest = total = 0

    async def send(message: Message) -> None:
        nonlocal largest, total
        largest, total = max(largest, len(message.get("body", b""))), total + len(message.get("body", b""))
        if total > 8 * 1024 * 1024:
            raise OSError("the client has left")

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    path = f"/api/dam/assets/{await library.id_of(file.name)}/content"
    scope: Scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [(b"host", b"localhost")],
        "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http", "root_path": "",
    }  # fmt: skip
    with pytest.raises(Exception):  # noqa: B017 - whatever the framework makes of a client that has left
        await app(scope, receive, send)
    file.unlink()
    assert largest <= 1024 * 1024
    if before:
        assert len(names_in(Path("/proc/self/fd"))) <= before + 1


# -- events ------------------------------------------------------------------------------------------------------------


async def test_events_tell_of_a_change(library: Library) -> None:
    library.world.get_resource(Broadcaster).interval = 0.0
    seen: list[bytes] = []
    done = asyncio.Event()
    first = asyncio.Event()

    async def send(message: Message) -> None:
        seen.append(message.get("body", b""))
        (done if b"event: assets" in b"".join(seen) else first).set()

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    scope: Scope = {
        "type": "http", "method": "GET", "path": "/api/dam/events", "raw_path": b"/api/dam/events", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost")], "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    stream = asyncio.ensure_future(_run(create_api(library.world), scope, receive, send))
    while b"event: counts" not in b"".join(seen):
        await asyncio.wait_for(first.wait(), 5)
        first.clear()
    library.world.send_event(AssetChanged(12345))
    await asyncio.wait_for(done.wait(), 5)
    stream.cancel()
    await asyncio.gather(stream, return_exceptions=True)
    text = b"".join(seen).decode()
    assert text.startswith("retry: ")
    told = next(line for line in text.splitlines() if '"ids"' in line)
    assert json.loads(told.removeprefix("data: ")) == {"ids": [12345], "new": 1, "everything": False}
    assert "\nid: " in text
    assert '"pending":0' in text


async def _run(app: Any, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


# -- the guard ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:8750"}, 200),
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "127.8.8.8:1"}, 200),
        ({"Host": "[::1]:8750"}, 200),
        ({"Host": "evil.example"}, 400),
        ({"Host": "localhost.evil.example"}, 400),
        ({"Host": "127.0.0.1.evil.example:8750"}, 400),
        ({"Host": "localhost@evil.example"}, 400),
        ({"Host": ""}, 400),
        ({"Host": "[::1"}, 400),
        ({"Host": "10.0.0.1"}, 400),
    ],
)
async def test_only_known_hosts_are_answered(library: Library, headers: dict[str, str], status: int) -> None:
    answer = await library.get("/healthz", status, headers=headers)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    if status != 200:
        error_of(answer)


async def test_configured_hosts_are_answered(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(create_api(web_world(tmp_path, allowed_hosts=["dam.example"])))
    async with httpx.AsyncClient(transport=transport, base_url="http://dam.example") as client:
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        ({"Origin": "http://localhost:8750"}, False),
        ({"Origin": "http://localhost:9999"}, True),
        ({"Origin": "http://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://["}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, False),
    ],
)
async def test_foreign_pages_change_nothing(library: Library, headers: dict[str, str], is_refused: bool) -> None:
    path = f"/api/dam/assets/{await library.id_of('notes.txt')}"
    answer = await library.client.patch(path, json={"rating": 1}, headers=headers)
    assert answer.status_code == (403 if is_refused else 200), answer.text
    polled = await library.client.get("/_nicegui_ws/socket.io/?transport=polling", headers=headers)
    assert (polled.status_code == 403) is is_refused
    await library.get("/healthz", headers=headers)


@pytest.mark.parametrize(("origin", "is_refused"), [(None, True), (b"http://evil.example", True), (b"http://localhost:8750", False)])
async def test_sockets_are_guarded(origin: bytes | None, is_refused: bool) -> None:
    reached, sent = [], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    headers = [(b"host", b"localhost:8750"), *([(b"origin", origin)] if origin else [])]
    await Guard(app)({"type": "websocket", "path": "/_nicegui_ws/socket.io/", "headers": headers}, receive, send)
    assert (bool(sent), bool(reached)) == (is_refused, not is_refused)
    if is_refused:
        assert sent[0]["type"] == "websocket.close"


async def test_a_damaged_copy_of_the_store_is_never_sent(library: Library, tmp_path: Path) -> None:
    original = tmp_path / "stored.txt"
    original.write_text("what was stored")
    (stored,) = (await library.world.dispatch_command(StoreFilesCommand((original,)))).one()
    place = f"/api/dam/assets/{stored.entity_id}/content"
    assert (await library.get(place)).text == "what was stored"
    (path,) = (library.world.settings.data_directory / "store").glob(f"??/??/{stored.sha256}")
    path.chmod(0o644)
    path.write_text("what was st0red")
    answer = await library.get(place, 404)
    assert answer.json()["error"]["type"] == "ContentNotFoundError"
    await library.get(place, 404, headers={"Range": "bytes=0-3"})
    await library.world.dispatch_command(StoreFilesCommand((original,)))
    assert (await library.get(place)).text == "what was stored"
