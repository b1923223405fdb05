"""The graph of links: tying and untying, neighbours a page at a time, shortest ways, and what depends on what."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from dam.assets.commands import (
    AnalyseImpactCommand,
    FindShortestPathCommand,
    GetGraphCommand,
    GetNeighborsCommand,
    LinkEntitiesCommand,
    NeighborPage,
    UnlinkEntitiesCommand,
)
from dam.assets.models import AssetComponent, Link, Relation
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import EntityNotFoundError, RegistrationError, UsageError
from dam.core.world import World
from dam_test_utils.fixtures import MakeWorld

pytestmark = pytest.mark.usefixtures("database")

Edges = list[tuple[int, int]]


@pytest_asyncio.fixture
async def graph(make_world: MakeWorld) -> AsyncIterator[World]:
    """A World with the entities 1 to 30; the first ten are assets."""
    async with make_world(AssetsPlugin) as world:
        async with world.transaction() as transaction:
            assert await transaction.create_entities(30) == list(range(1, 31))
            for one in range(1, 11):
                kind = "image" if one % 2 else "collection"
                await transaction.add_component_to_entity(one, AssetComponent(filename=f"{one}.jpg", asset_type=kind))
        yield world


async def tie(world: World, *edges: tuple[int, int], relation: str = "contains") -> None:
    async with world.transaction() as transaction:
        rows = [{"source_id": a, "target_id": b, "relation": relation, "weight": 1.0, "data": {}, "origin": "test"} for a, b in edges]
        await transaction.insert_rows(Link, rows, ignore_known=True)


async def link(world: World, source: int, target: int, relation: str = "contains", **more: Any) -> int:
    return (await world.dispatch_command(LinkEntitiesCommand(source, target, relation, **more))).one()


async def neighbors(world: World, entity_id: int, **more: Any) -> NeighborPage:
    return (await world.dispatch_command(GetNeighborsCommand(entity_id, **more))).one()


async def path(world: World, start: int, end: int, **more: Any) -> list[int] | None:
    steps = (await world.dispatch_command(FindShortestPathCommand(start, end, **more))).one()
    return None if steps is None else [step.entity_id for step in steps]


async def impact(world: World, entity_id: int, **more: Any) -> dict[int, int]:
    found = (await world.dispatch_command(AnalyseImpactCommand(entity_id, **more))).one()
    assert len({one.entity_id for one in found}) == len(found)
    assert [one.depth for one in found] == sorted(one.depth for one in found)
    return {one.entity_id: one.depth for one in found}


async def test_the_same_edge_twice_is_one_row_with_typed_ends(graph: World) -> None:
    first = await link(graph, 1, 2, "contains", weight=0.5, data={"page": 3})
    assert await link(graph, 1, 2, "contains", weight=0.75, data={"page": 4}) == first
    assert await link(graph, 1, 2, "owns") != first
    async with graph.transaction("read") as transaction:
        assert len((await transaction.execute(select(Link.id))).all()) == 2
    (row, other) = (await neighbors(graph, 1)).items
    assert other["relation"] == "owns"
    assert row == {
        "link_id": first, "relation": "contains", "direction": "out", "id": 2, "type": "collection", "filename": "2.jpg", "title": None,
        "source_id": 1, "source_type": "image", "target_id": 2, "target_type": "collection", "weight": 0.75, "metadata": {"page": 4},
        "origin": "person",
    }  # fmt: skip
    await link(graph, 1, 20)
    assert [one["target_type"] for one in (await neighbors(graph, 1, relation="contains")).items] == ["collection", "entity"]


async def test_both_ends_must_exist(graph: World) -> None:
    for source, target in ((1, 99), (99, 1)):
        with pytest.raises(EntityNotFoundError, match="99"):
            await link(graph, source, target)
    async with graph.transaction("read") as transaction:
        assert (await transaction.execute(select(Link.id))).first() is None


async def test_every_relation_of_the_product_can_be_made(graph: World) -> None:
    for relation in Relation:
        await link(graph, 1, 2, relation)
    assert [row["relation"] for row in (await neighbors(graph, 2)).items] == sorted(Relation)


async def test_an_unknown_relation_is_refused_until_it_is_registered(graph: World) -> None:
    asked: list[Any] = [
        LinkEntitiesCommand(1, 2, "married_to"),
        GetNeighborsCommand(1, "married_to"),
        AnalyseImpactCommand(1, "in", ("x",)),
    ]
    for ask in asked:
        with pytest.raises(UsageError, match="is no relation"):
            await graph.dispatch_command(ask)
    graph.register_relation("married_to")
    assert await link(graph, 1, 2, "married_to")
    for name in ("Married To", "", "1st"):
        with pytest.raises(RegistrationError):
            graph.register_relation(name)


async def test_untying(graph: World) -> None:
    await link(graph, 1, 2)
    assert (await graph.dispatch_command(UnlinkEntitiesCommand(2, 1, "contains"))).one() is False
    assert (await graph.dispatch_command(UnlinkEntitiesCommand(1, 2, "contains"))).one() is True
    assert (await graph.dispatch_command(UnlinkEntitiesCommand(1, 2, "contains"))).one() is False
    assert (await neighbors(graph, 1)).items == []


async def test_neighbors_by_relation_and_direction_a_page_at_a_time(graph: World) -> None:
    await tie(graph, *((1, other) for other in range(2, 12)))
    await tie(graph, *((other, 1) for other in range(5, 15)), relation="depicts")
    await tie(graph, (1, 1), (1, 3), (3, 4), relation="owns")
    whole = (await neighbors(graph, 1)).items
    assert len(whole) == 23
    for narrowed in (
        {}, {"relation": "contains"}, {"relation": "owns"}, {"direction": "out"}, {"direction": "in"},
        {"direction": "in", "relation": "owns"}, {"direction": "out", "relation": "depicts"},
    ):  # fmt: skip
        wanted = [row for row in whole if all(row[name] == value for name, value in narrowed.items())]
        for size in (1, 3, 10, 100):
            found: list[Any] = []
            cursor, pages = None, 0
            while pages == 0 or cursor:
                page = await neighbors(graph, 1, cursor=cursor, limit=size, **narrowed)
                found, cursor, pages = found + page.items, page.next, pages + 1
            assert found == wanted
            assert pages == max(1, -(-len(wanted) // size))
    assert {(row["direction"], row["id"]) for row in whole if row["relation"] == "owns"} == {("out", 1), ("out", 3), ("in", 1)}


async def test_what_makes_no_sense_is_refused(graph: World) -> None:
    wrong: Any = "sideways"
    asked: list[Any] = [
        GetNeighborsCommand(1, direction=wrong), GetNeighborsCommand(1, cursor="nonsense"), GetNeighborsCommand(99),
        FindShortestPathCommand(1, 99), FindShortestPathCommand(99, 1), AnalyseImpactCommand(99), GetGraphCommand(99),
        FindShortestPathCommand(1, 2, wrong), AnalyseImpactCommand(1, wrong),
    ]  # fmt: skip
    for command in asked:
        with pytest.raises((UsageError, EntityNotFoundError)):
            await graph.dispatch_command(command)


def reference(edges: Edges, start: int, direction: str) -> dict[int, int]:
    """Breadth-first search as the textbook has it: how far each entity is that can be reached."""
    distance, waiting = {start: 0}, deque([start])
    while waiting:
        at = waiting.popleft()
        following = [b for a, b in edges if a == at and direction != "in"] + [a for a, b in edges if b == at and direction != "out"]
        for other in following:
            if other not in distance:
                distance[other] = distance[at] + 1
                waiting.append(other)
    return distance


@pytest.mark.parametrize("count", [20, 40, 200])
async def test_paths_and_impact_are_those_of_a_reference_search(graph: World, count: int) -> None:
    """Random graphs, sparse and dense, with circles and loops."""
    chance = random.Random(count)
    edges = [(chance.randint(1, 30), chance.randint(1, 30)) for _ in range(count)]
    await tie(graph, *edges)
    for start in chance.sample(range(1, 31), 5):
        for direction in ("out", "in", "both"):
            distance = reference(edges, start, direction)
            assert await impact(graph, start, direction=direction) == {one: far for one, far in distance.items() if one != start}
            for end in chance.sample(range(1, 31), 4):
                found = await path(graph, start, end, direction=direction)
                assert (None if found is None else len(found) - 1) == distance.get(end)
                for a, b in zip(found or [], (found or [])[1:], strict=False):
                    assert (direction != "in" and (a, b) in edges) or (direction != "out" and (b, a) in edges)


async def test_a_path_says_by_which_relation_each_step_goes(graph: World) -> None:
    await link(graph, 1, 2, "transformed_to")
    await link(graph, 3, 2, "extracted_from")
    assert await path(graph, 1, 3) is None
    assert await path(graph, 1, 1) == [1]
    steps = (await graph.dispatch_command(FindShortestPathCommand(1, 3, "both"))).one()
    assert steps is not None
    assert [(one.entity_id, one.relation, one.forward) for one in steps] == [
        (1, None, True), (2, "transformed_to", True), (3, "extracted_from", False),
    ]  # fmt: skip
    assert await path(graph, 1, 3, direction="both", relations=("transformed_to",)) is None


async def test_impact_ends_on_circles_and_at_a_depth(graph: World) -> None:
    await tie(graph, (1, 2), (2, 3), (3, 1), (4, 1), (3, 3))
    assert await impact(graph, 1) == {3: 1, 4: 1, 2: 2}
    assert await impact(graph, 1, depth=1) == {3: 1, 4: 1}
    assert await impact(graph, 1, depth=0) == {}
    assert await impact(graph, 4) == {}
    assert await impact(graph, 4, direction="out") == {1: 1, 2: 2, 3: 3}


async def test_a_wide_and_a_long_graph(graph: World) -> None:
    async with graph.transaction() as transaction:
        ids = await transaction.create_entities(1500)
    await tie(graph, *((1, one) for one in ids[:1200]), *((one, 2) for one in ids[:1200]))
    await tie(graph, *zip([3, *ids[1200:]], [*ids[1200:], 4], strict=True))
    assert await path(graph, 1, 2) == [1, ids[0], 2]
    assert await impact(graph, 2) == {1: 2} | dict.fromkeys(ids[:1200], 1)
    assert await path(graph, 3, 4) == [3, *ids[1200:], 4]
    assert await path(graph, 4, 3) is None


async def test_the_surroundings_as_a_graph(graph: World) -> None:
    await tie(graph, (1, 2), (2, 3), (3, 4), (3, 1), (5, 6))
    near = (await graph.dispatch_command(GetGraphCommand(1, depth=1))).one()
    assert [(node["id"], node["depth"], node["type"]) for node in near["nodes"]] == [(1, 0, "image"), (2, 1, "collection"), (3, 1, "image")]
    assert [(one["source"], one["target"]) for one in near["links"]] == [(1, 2), (2, 3), (3, 1)]
    assert near["complete"]
    assert len((await graph.dispatch_command(GetGraphCommand(1, depth=9))).one()["nodes"]) == 4
    few = (await graph.dispatch_command(GetGraphCommand(1, depth=9, limit=2))).one()
    assert (len(few["nodes"]), few["complete"]) == (2, False)
    assert (await graph.dispatch_command(GetGraphCommand(6, depth=0))).one()["links"] == []


async def test_no_link_outlives_its_ends(graph: World) -> None:
    await tie(graph, (1, 2), (2, 3), (3, 4), (2, 2))
    async with graph.transaction() as transaction:
        await transaction.delete_entity(2)
        rows = (await transaction.execute(select(Link.source_id, Link.target_id))).all()
    assert [tuple(row) for row in rows] == [(3, 4)]
    assert (await neighbors(graph, 1)).items == []
