"""The plugin in a World with all installed plugins, and through its doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from dam import World
from dam.assets.commands import ExportAssetsCommand
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam_fs.commands import IndexPathCommand
from dam_subtitles.cli import cues_of
from dam_subtitles.commands import FindCueCommand, ListCuesCommand
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_web.app import create_api

FILM = "1\n00:00:01,000 --> 00:00:02,000\nI have not got the 100% of it.\n\n2\n01:02:03,000 --> 01:02:05,500\nGood night, you.\n"
OTHER = "0\n0:00:07,500 --> 0:00:09,000\nGute Nacht.\n"  # its type is plain text: the driver recognises it
TORN = "1\n99:99:99\n"


@pytest_asyncio.fixture
async def library(world: World, make_files: MakeFiles) -> AsyncIterator[tuple[World, dict[str, Any]]]:
    """The World over a folder of subtitles, and what is exported of each file."""
    await world.dispatch_command(
        IndexPathCommand(make_files({"film.srt": FILM, "other.srt": OTHER, "notes.txt": "no cue\n", "torn.srt": TORN}))
    )
    await world.settled()
    assert not world.listener_failures
    yield world, {asset["filename"]: asset for asset in (await world.dispatch_command(ExportAssetsCommand())).one()}


async def test_subtitles_are_read_and_tagged(library: tuple[World, dict[str, Any]]) -> None:
    _, assets = library
    found = assets["film.srt"]["components"]["SubtitleComponent"][0]
    assert (found["cues"], found["language"], found["first_second"], found["last_second"]) == (2, "en", 1.0, 3725.5)
    assert {name: asset["tags"] for name, asset in assets.items()} == {
        "film.srt": ["subtitles"], "other.srt": ["subtitles"], "notes.txt": [], "torn.srt": [],
    }  # fmt: skip
    assert assets["film.srt"]["metadata"]["document"]["text"].startswith("I have not")


async def test_cues_are_listed_and_found(library: tuple[World, dict[str, Any]]) -> None:
    world, assets = library
    film, other = assets["film.srt"]["id"], assets["other.srt"]["id"]
    listed = (await world.dispatch_command(ListCuesCommand(film))).one()
    assert listed[1] == {"entity_id": film, "second": 3723.0, "text": "Good night, you."}
    with pytest.raises(EntityNotFoundError, match="is no subtitle"):
        await world.dispatch_command(ListCuesCommand(assets["notes.txt"]["id"]))
    assert [cue["entity_id"] for cue in (await world.dispatch_command(FindCueCommand(" NACHT"))).one()] == [other]
    assert len((await world.dispatch_command(FindCueCommand("0%"))).one()) == 1, "a percent sign is no pattern"
    assert len((await world.dispatch_command(FindCueCommand("o", most=1))).one()) == 1
    with pytest.raises(UsageError):
        await world.dispatch_command(FindCueCommand(" "))


async def test_the_verb_and_the_routes(library: tuple[World, dict[str, Any]]) -> None:
    world, assets = library
    film = assets["film.srt"]["id"]
    assert [row["time"] for row in await cues_of(world, str(film), "NIGHT")] == ["1:02:03"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_api(world)), base_url="http://localhost/api/dam") as client:
        assert [cue["second"] for cue in (await client.get(f"/cues/{film}")).json()] == [1.0, 3723.0]
        assert (await client.get("/cues/999")).status_code == 404
        answer = await client.post("/commands/find-cue", json={"text": "night"})
        assert answer.json()["results"] == [[{"entity_id": film, "second": 3723.0, "text": "Good night, you."}]]


async def test_no_tag_is_given_where_none_is_wanted(make_world: MakeWorld, make_files: MakeFiles) -> None:
    async with make_world(None, dam_subtitles={"tag": ""}) as world:
        await world.dispatch_command(IndexPathCommand(make_files({"film.srt": FILM})))
        await world.settled()
        assert [asset["tags"] for asset in (await world.dispatch_command(ExportAssetsCommand())).one()] == [[]]
