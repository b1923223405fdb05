"""The description of the REST interface: it needs nobody else, and it says what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from web_worlds import index, picture, web_world  # type: ignore[import-not-found]  # beside this file

from dam_web.app import create_api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the interface of a World with one picture."""
    folder = tmp_path_factory.mktemp("pictures")
    picture(folder / "picture.jpg")
    async with web_world(tmp_path_factory.mktemp("home"), migrated=migrated_database) as world:
        await index(world, folder)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_api(world)), base_url="http://localhost:8750") as client:
            yield client


async def test_it_needs_nobody_else(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/docs")).text
    assert "https://" not in page
    assert "//cdn" not in page
    assert (await client.get("/api/docs/files/swagger-ui.css")).status_code == 200
    described = (await client.get("/api/openapi.json")).json()
    assert "/api/dam/assets/{asset_id}/content" in described["paths"]


async def test_answers_are_as_they_are_described(client: httpx.AsyncClient) -> None:
    described = (await client.get("/api/openapi.json")).json()
    schemas = described["components"]["schemas"]
    assert "HTTPValidationError" not in schemas, "what cannot be understood is told as every failure is"

    def differences(value: Any, schema: dict[str, Any], place: str) -> list[str]:
        """Where the keys of an answer are not those that are described."""
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if isinstance(value, list):
            return [one for item in value for one in differences(item, schema.get("items", {}), place)]
        if not isinstance(value, dict) or "properties" not in schema:
            return []
        found = [f"{place}.{name}" for name in value.keys() ^ schema["properties"].keys()]
        return found + [
            one for name, inner in schema["properties"].items() for one in differences(value.get(name), inner, f"{place}.{name}")
        ]

    (asset_id,) = [one["id"] for one in (await client.get("/api/dam/assets")).json()["items"]]
    tagged = await client.post("/api/dam/tags", json={"ids": [asset_id], "add": ["described"]})
    said = await client.patch(f"/api/dam/assets/{asset_id}", json={"rating": 3})
    undone = await client.post("/api/dam/undo", json={})
    answers = {
        ("/api/dam/tags", "post"): tagged,
        ("/api/dam/assets/{asset_id}", "patch"): said,
        ("/api/dam/undo", "post"): undone,
        ("/api/dam/assets/{asset_id}", "get"): await client.get(f"/api/dam/assets/{asset_id}"),
        ("/api/dam/assets/{asset_id}/links", "get"): await client.get(f"/api/dam/assets/{asset_id}/links"),
    }
    for path in ("assets", "stats", "roots", "tags", "actions", "conversations", "jobs", "jobs/failed"):
        answers[f"/api/dam/{path}", "get"] = await client.get(f"/api/dam/{path}")
    for (path, method), answer in answers.items():
        schema = described["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema, path
        assert not differences(answer.json(), schema, path)
