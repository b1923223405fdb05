"""The work in the background, over HTTP: how it stands, and steering it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from sqlalchemy import select
from web_worlds import index, picture, web_world  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import AnalyseAssetsCommand, FinishAnalysesCommand
from dam.assets.models import WorkControl
from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_web.app import create_api

JOBS = "/api/dam/jobs"


class Client:
    """A client of the REST interface of a World in which one picture of two is broken."""

    def __init__(self, world: World, http: httpx.AsyncClient, folder: Path) -> None:
        self.world, self.http, self.folder = world, http, folder

    async def get(self, path: str = "", status: int = 200) -> Any:
        answer = await self.http.get(f"{JOBS}{path}")
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, verb: str, body: Any, status: int = 204) -> Any:
        answer = await self.http.post(f"{JOBS}/{verb}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def cancelled(self) -> dict[str, int]:
        """How often each analysis was cancelled: a run that began before ends when it sees that."""
        statement = select(WorkControl.name, WorkControl.cancelled).where(WorkControl.cancelled > 0)
        return await self.world.database.read(lambda connection: {row.name: row.cancelled for row in connection.execute(statement)})

    async def picture(self) -> dict[str, Any]:
        """How the analysis stands that fails on the broken picture."""
        (name,) = {one["analysis"] for one in await self.get("/failed")}
        one: dict[str, Any] = await self.get(f"/{name}")
        return one


@pytest_asyncio.fixture
async def client(tmp_path: Path, migrated_database: Path) -> AsyncIterator[Client]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture(folder / "sound.jpg")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"nothing" * 40)
    async with web_world(tmp_path / "home", migrated=migrated_database) as world:
        await index(world, folder)
        transport = httpx.ASGITransport(create_api(world), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as http:
            yield Client(world, http, folder)


async def test_all_one_and_what_failed(client: Client) -> None:
    everything = await client.get()
    assert (everything["pending"], everything["runs"], everything["paused"]) == (0, [], False)
    one = await client.picture()
    assert one in everything["analyses"]
    assert (one["done"], one["quarantined"], one["pending"], one["running"]) == (1, 1, 0, 0)
    (failure,) = await client.get("/failed")
    assert (failure["filename"], failure["quarantined"]) == ("broken.jpg", True)
    assert failure["reason"]
    assert await client.get(f"/failed?name={one['name']}&entity_id={failure['entity_id']}&limit=1") == [failure]
    assert await client.get("/failed?entity_id=99") == await client.get(f"/failed?after_id={failure['entity_id']}&after_analysis=~") == []
    assert (await client.get("/failed?name=other", 400))["error"]["message"].startswith("There is no analysis 'other'; there are: ")
    assert (await client.get("/nothing", 404))["error"]["message"].startswith("There is no analysis 'nothing'; there are: ")
    await client.get("/failed?limit=0", 422)
    for verb, more in (("pause", {}), ("resume", {}), ("cancel", {}), ("retry", {"everything": True})):
        refused = await client.post(verb, {"name": "nothing", **more}, 400)
        assert refused["error"]["message"].startswith("There is no analysis 'nothing'; there are: ")
        await client.post(verb, {"nonsense": 1}, 422)


async def test_a_pause_keeps_new_work_waiting_and_a_cancellation_does_not(client: Client) -> None:
    await client.post("pause", {})
    assert (await client.get())["paused"]
    picture(client.folder / "later.jpg", shade=3)
    await client.world.dispatch_command(IndexPathCommand(client.folder))
    assert (await client.world.dispatch_command(AnalyseAssetsCommand())).one().stopped == "paused"
    one = await client.picture()
    assert (one["done"], one["pending"], (await client.get())["pending"]) == (1, 1, 1)
    await client.post("pause", {"name": one["name"]})
    await client.post("resume", {})
    paused = [analysis["name"] for analysis in (await client.get())["analyses"] if analysis["paused"]]
    assert paused == [one["name"]], "the pause of one outlasts that of all"
    await client.post("cancel", {"name": one["name"]})
    assert await client.cancelled() == {one["name"]: 1}
    await client.post("resume", {"name": one["name"]})
    await client.world.dispatch_command(FinishAnalysesCommand())
    one = await client.picture()
    assert (one["done"], one["pending"], one["paused"]) == (2, 0, False)


async def test_what_failed_is_tried_again(client: Client) -> None:
    name = (await client.picture())["name"]
    (failure,) = await client.get("/failed")
    for nothing in ({}, {"ids": [failure["entity_id"]], "everything": True}):
        assert (await client.post("retry", nothing, 400))["error"]["type"] == "UsageError"
    assert await client.post("retry", {"ids": list(range(99, 40_000))}, 200) == {"count": 0}
    await client.post("retry", {"ids": [2**63]}, 422)
    assert await client.post("retry", {"everything": True, "name": name}, 200) == {"count": 1}
    await client.world.dispatch_command(FinishAnalysesCommand())
    assert await client.get("/failed") == [failure], "it is as broken as before"
    picture(client.folder / "broken.jpg", shade=99)
    assert await client.post("retry", {"ids": [failure["entity_id"]]}, 200) == {"count": 1}
    await index(client.world, client.folder)
    assert await client.get("/failed") == []
