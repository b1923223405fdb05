"""The trash and undoing over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from web_worlds import index, web_world  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import StoreFilesCommand, TagAssetsCommand
from dam.assets.models import TrashedComponent
from dam.core.world import World
from dam.models.types import utc_now
from dam_web.app import create_api
from dam_web.cli import empty_expired

API = "/api/dam"


class Library:
    """A World with the texts a.txt (1) and b.txt (2) in place and c.txt (3) in the store, and a client of its REST interface."""

    def __init__(self, world: World, folder: Path, client: httpx.AsyncClient) -> None:
        self.world, self.folder, self.client = world, folder, client

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = await self.client.request(method, API + path, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def ids(self, **parameters: Any) -> list[int]:
        return [item["id"] for item in (await self.ask("GET", "/assets", params={"sort": "id", **parameters}))["items"]]


@pytest_asyncio.fixture
async def library(tmp_path: Path, migrated_database: Path) -> AsyncIterator[Library]:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"content of {name}")
    (tmp_path / "c.txt").write_text("content of c")
    async with web_world(tmp_path / "home", migrated=migrated_database) as world:
        await index(world, folder)
        await world.dispatch_command(StoreFilesCommand((tmp_path / "c.txt",)))
        await world.settled()
        transport = httpx.ASGITransport(create_api(world), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as client:
            yield Library(world, folder, client)


async def test_deleting_is_soft_and_minds_what_was_changed(library: Library) -> None:
    answer = await library.client.get(f"{API}/assets/1")
    tag, version = answer.headers["etag"], answer.json()["version"]
    await library.world.dispatch_command(TagAssetsCommand((1,), ("red",)))
    error = await library.ask("DELETE", "/assets/1", 412, headers={"If-Match": tag})
    assert error["error"]["type"] == "StaleVersionError"
    await library.ask("DELETE", f"/assets/1?version={version}", 409)
    await library.ask("DELETE", "/assets/4711", 404)
    assert await library.ids() == [1, 2, 3]
    fresh = (await library.client.get(f"{API}/assets/1")).headers["etag"]
    done = await library.ask("DELETE", "/assets/1", headers={"If-Match": fresh})
    assert (done["changed"], done["unchanged"]) == (1, 0)
    assert (await library.ids(), await library.ids(trashed=True)) == ([2, 3], [1])
    shown = await library.ask("GET", "/assets/1")
    assert (shown["trashed_at"] is not None, shown["tags"]) == (True, ["red"])
    assert (await library.ask("GET", "/stats"))["trashed"] == 1
    assert (await library.ask("POST", "/assets/1/restore"))["changed"] == 1
    assert await library.ids() == [1, 2, 3]


async def test_deleting_for_good_leaves_files_in_place_alone(library: Library) -> None:
    before = (library.folder / "a.txt").stat()
    done = await library.ask("DELETE", "/assets/1?permanent=true")
    assert (done["assets"], done["forgotten"], done["objects"]) == (1, 1, 0)
    done = await library.ask("DELETE", "/assets/3?permanent=true")
    assert (done["assets"], done["forgotten"], done["objects"]) == (1, 0, 1)
    after = (library.folder / "a.txt").stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_ctime_ns) == (after.st_ino, after.st_mtime_ns, after.st_ctime_ns)
    assert (await library.ids(), await library.ids(trashed=True)) == ([2], [])
    await library.ask("GET", "/assets/3", 404)


async def test_many_at_once_and_emptying_with_a_count_or_a_question(library: Library) -> None:
    assert (await library.ask("POST", "/trash", json={"ids": [1], "query": "name:b.txt"}))["changed"] == 2
    assert (await library.ask("POST", "/trash/restore", json={"ids": [1, 3]}))["unchanged"] == 1
    await library.ask("POST", "/trash", 400, json={})
    await library.ask("POST", "/trash", 422, json={"ids": ["x"]})
    await library.ask("POST", "/trash", json={"ids": [3]})
    await library.ask("POST", "/trash/empty", 409, json={"expected": 1})
    asked = (await library.ask("POST", "/trash/empty", 202, json={}))["conversation"]
    assert asked["question"]["message"].startswith("2 assets leave the trash for good")
    declined = await library.ask("POST", f"/conversations/{asked['id']}", json={"answer": {"confirmed": False}})
    assert declined["results"][0]["assets"] == 0
    assert await library.ids(trashed=True) == [2, 3]
    planned = await library.ask("POST", "/trash/empty", json={"dry_run": True, "expected": 2})
    assert (planned["results"][0]["objects"], await library.ids(trashed=True)) == (1, [2, 3])
    assert (await library.ask("POST", "/trash/empty", json={"expected": 2}))["results"][0]["assets"] == 2
    assert await library.ids(trashed=True) == []


async def test_what_was_done_is_listed_and_undone(library: Library) -> None:
    await library.ask("POST", "/undo", 404, json={})
    changed = await library.ask("PATCH", "/assets/1", json={"title": "First", "add_tags": ["red"], "version": 1})
    assert (changed["version"], changed["title"], changed["tags"]) == (2, "First", ["red"])
    action = (await library.ask("POST", "/trash", json={"ids": [1, 2]}))["action"]
    rows = (await library.ask("GET", "/actions"))["items"]
    assert [row["verb"] for row in rows] == ["trash", "edit"]
    assert (await library.ask("POST", "/undo", json={"action": action}))["changed"] == 2
    assert await library.ids() == [1, 2, 3]
    await library.ask("PATCH", "/assets/1", json={"remove_tags": ["red"]})
    error = await library.ask("POST", "/undo", 409, json={"action": rows[1]["id"]})
    assert "its tag red is another now" in error["error"]["message"]
    await library.ask("POST", "/undo", json={})
    assert (await library.ask("GET", "/assets/1"))["tags"] == ["red"]
    await library.ask("POST", "/undo", json={"redo": True})
    assert (await library.ask("GET", "/assets/1"))["tags"] == []
    await library.ask("POST", "/undo", json={})
    await library.ask("POST", "/undo", json={"action": rows[1]["id"]})
    whole = await library.ask("GET", "/assets/1")
    assert (whole["tags"], whole["title"]) == ([], None), "what was said at once is undone at once"


async def test_what_has_expired_leaves_the_trash(library: Library) -> None:
    await library.ask("POST", "/trash", json={"ids": [1, 3]})
    async with library.world.transaction() as transaction:
        long_ago = utc_now() - timedelta(days=30, minutes=1)
        await transaction.update_rows(TrashedComponent, [{"entity_id": 3, "trashed_at": long_ago}])
    done = await empty_expired(library.world)
    assert (done.assets, done.objects) == (1, 1)
    assert await library.ids(trashed=True) == [1]
    assert (await empty_expired(library.world)).assets == 0
