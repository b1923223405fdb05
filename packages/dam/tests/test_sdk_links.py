"""`dam.sdk.LinkManager`: the graph through the Python door."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.world import World
from dam.sdk import LinkManager
from dam_test_utils.fixtures import MakeWorld


@pytest_asyncio.fixture
async def links(make_world: MakeWorld) -> AsyncIterator[LinkManager]:
    """The door to a World with the entities 1 to 9."""
    world: World
    async with make_world(AssetsPlugin) as world:
        async with world.transaction() as transaction:
            await transaction.create_entities(9)
        yield LinkManager(world)


async def test_linking(links: LinkManager) -> None:
    link = await links.link(1, 2, "contains", weight=0.5, metadata={"page": 1})
    assert await links.link(1, 2, "contains", weight=0.7) == link
    (row,) = (await links.get_neighbors(1)).items
    assert (row["id"], row["weight"], row["metadata"], row["source_type"], row["target_type"]) == (2, 0.7, {}, "entity", "entity")
    for source, target, relation in ((1, 99, "contains"), (99, 1, "contains")):
        with pytest.raises(EntityNotFoundError):
            await links.link(source, target, relation)
    with pytest.raises(UsageError):
        await links.link(1, 2, "married_to")
    with pytest.raises(UsageError, match="Nothing is tied to itself: 'contains'"):
        await links.link(1, 1, "contains")
    for weight in (math.nan, math.inf):
        with pytest.raises(UsageError, match="is none"):
            await links.link(1, 2, "contains", weight=weight)
    assert await links.unlink(1, 2, "contains")
    assert not await links.unlink(1, 2, "contains")
    assert (await links.get_neighbors(1)).items == []


async def test_neighbors_are_narrowed_and_paged(links: LinkManager) -> None:
    for other in range(2, 8):
        await links.link(1, other, "contains")
    await links.link(8, 1, "depicts")
    assert [row["id"] for row in (await links.get_neighbors(1, "contains")).items] == [2, 3, 4, 5, 6, 7]
    assert [row["id"] for row in (await links.get_neighbors(1, direction="in")).items] == [8]
    page = await links.get_neighbors(1, limit=4)
    following = await links.get_neighbors(1, limit=4, cursor=page.next)
    assert [row["id"] for row in [*page.items, *following.items]] == [2, 3, 4, 5, 6, 7, 8]
    assert following.next is None


async def test_ways_and_impact(links: LinkManager) -> None:
    for source, target in ((1, 2), (2, 3), (3, 4), (1, 5), (5, 4), (4, 1)):
        await links.link(source, target, "derived_from")
    assert await links.shortest_path(1, 4) == [1, 5, 4]
    assert await links.shortest_path(4, 3) == [4, 1, 2, 3]
    assert await links.shortest_path(1, 9) is None
    assert await links.impact_analysis(4) == [3, 5, 2, 1]
    assert await links.impact_analysis(9) == []


async def test_people_and_projects_are_made_when_they_are_first_linked(links: LinkManager) -> None:
    ada = await links.named("person", "Ada Lovelace")
    assert await links.named("person", "Ada Lovelace") == ada
    assert await links.named("user", "Ada Lovelace") != ada
    await links.link(1, ada, "depicts")
    (row,) = (await links.get_neighbors(1)).items
    assert (row["id"], row["type"], row["target_type"], row["title"], row["filename"]) == (ada, "person", "person", "Ada Lovelace", None)
    for kind, name in (("Person", "Ada"), ("", "Ada"), ("person", ""), ("person", "a\0b"), ("person", "x" * 5000), ("x" * 33, "Ada")):
        with pytest.raises(UsageError):
            await links.named(kind, name)
