"""The graph of links: neighbours, the way from one entity to another, and all that depends on one."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from dam.assets.commands import (
    AnalyseImpactCommand,
    FindShortestPathCommand,
    GetGraphCommand,
    GetNeighborsCommand,
    LinkEntitiesCommand,
    NeighborPage,
    PathStep,
    Reached,
    UnlinkEntitiesCommand,
)
from dam.assets.commands.graph import DIRECTIONS, Direction
from dam.assets.events import AssetChanged
from dam.assets.functions.cursor import decode_cursor, encode_cursor
from dam.assets.functions.urn import display_path
from dam.assets.models import AssetComponent, Link, TitleComponent, VirtualEntityComponent
from dam.assets.models.human import PERSON
from dam.assets.resources.relations import RelationRegistry
from dam.assets.systems.journal import journaled, link_between
from dam.assets.systems.show import said_first
from dam.core.chunks import chunks
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam.models.entity import Entity

Row = dict[str, Any]
T = TypeVar("T")

LINK = table_of(Link)
LONGEST_PAGE = 1000


@system(on_command=LinkEntitiesCommand)
async def handle_link_entities(command: LinkEntitiesCommand, transaction: WorldTransaction, relations: RelationRegistry) -> int:
    """Tie two entities; the same edge again updates its weight and data."""
    relations.check(command.relation)
    ends = [command.source_id, command.target_id]
    known = set((await transaction.execute(select(Entity.id).where(Entity.id.in_(ends)))).scalars())
    _check_known(known, ends)
    if command.source_id == command.target_id:
        raise UsageError(f"Nothing is tied to itself: '{command.relation}' needs two different assets, and both are {command.source_id}.")
    if not math.isfinite(command.weight):
        raise UsageError(f"A link's weight is a number, and {command.weight} is none.")
    if command.dry_run:
        return 0
    edge = {"source_id": command.source_id, "target_id": command.target_id, "relation": command.relation}
    row = {**edge, "weight": command.weight, "data": command.data, "origin": PERSON}
    async with journaled(transaction, "link", _named(command), link_between(command.source_id, command.relation, command.target_id)):
        await transaction.upsert_rows(Link, [row], key=("source_id", "relation", "target_id"))
    for entity_id in dict.fromkeys(ends):
        transaction.send_event(AssetChanged(entity_id))
    link_id: int = (await transaction.execute(select(Link.id).filter_by(**edge))).scalar_one()
    return link_id


@system(on_command=UnlinkEntitiesCommand)
async def handle_unlink_entities(command: UnlinkEntitiesCommand, transaction: WorldTransaction) -> bool:
    """Take an edge away."""
    edge = delete(Link).where(Link.source_id == command.source_id, Link.target_id == command.target_id, Link.relation == command.relation)
    async with journaled(transaction, "unlink", _named(command), link_between(command.source_id, command.relation, command.target_id)):
        gone = (await transaction.execute(edge.returning(Link.id))).first()
    if gone is None:
        return False
    for entity_id in dict.fromkeys((command.source_id, command.target_id)):
        transaction.send_event(AssetChanged(entity_id))
    return True


def _named(command: LinkEntitiesCommand | UnlinkEntitiesCommand) -> str:
    return f"{command.source_id} {command.relation} {command.target_id}"


@system(on_command=GetNeighborsCommand)
async def handle_get_neighbors(command: GetNeighborsCommand, transaction: WorldTransaction, relations: RelationRegistry) -> NeighborPage:
    """Read one page of links: keyset paging over an index, so that a deep page costs what the first one costs."""
    _check(relations, command.direction, (command.relation,) if command.relation else ())
    return await transaction.read(partial(_neighbors, command=command))


@system(on_command=FindShortestPathCommand)
async def handle_find_shortest_path(
    command: FindShortestPathCommand, transaction: WorldTransaction, relations: RelationRegistry
) -> list[PathStep] | None:
    """Search breadth first, a step of the way at a time, until the end is reached or nothing new is."""
    _check(relations, command.direction, command.relations)

    def find(connection: Connection) -> list[PathStep] | None:
        _check_entities(connection, [command.start_id, command.end_id])
        came_from: dict[int, Edge] = {}
        if command.start_id != command.end_id:
            for edge in _walk(connection, command.start_id, command.direction, command.relations):
                came_from[edge.reached] = edge
                if edge.reached == command.end_id:
                    break
            else:
                return None
        steps, at = [], command.end_id
        while at != command.start_id:
            edge = came_from[at]
            steps.append(PathStep(at, edge.relation, edge.forward))
            at = edge.left
        return [PathStep(command.start_id), *reversed(steps)]

    return await transaction.read(find)


@system(on_command=AnalyseImpactCommand)
async def handle_analyse_impact(command: AnalyseImpactCommand, transaction: WorldTransaction, relations: RelationRegistry) -> list[Reached]:
    """Gather all that can be reached, breadth first; each entity once, so a circle ends."""
    _check(relations, command.direction, command.relations)

    def gather(connection: Connection) -> list[Reached]:
        _check_entities(connection, [command.entity_id])
        walk = _walk(connection, command.entity_id, command.direction, command.relations, command.depth)
        return [Reached(edge.reached, edge.depth) for edge in walk]

    return await transaction.read(gather)


@system(on_command=GetGraphCommand)
async def handle_get_graph(command: GetGraphCommand, transaction: WorldTransaction, relations: RelationRegistry) -> Row:
    """Read the surroundings of an entity: the nodes nearest to it, and every link between two of them."""
    _check(relations, "both", command.relations)
    return await transaction.read(partial(_graph, command=command))


def _check(relations: RelationRegistry, direction: str, wanted: Sequence[str]) -> None:
    if direction not in DIRECTIONS:
        raise UsageError(f"'{direction}' is no direction; it is one of {', '.join(DIRECTIONS)}.")
    for relation in wanted:
        relations.check(relation)


def _check_known(known: set[int], entity_ids: Sequence[int]) -> None:
    unknown = next((entity_id for entity_id in entity_ids if entity_id not in known), None)
    if unknown is not None:
        raise EntityNotFoundError(f"There is no entity {unknown}.")


def _check_entities(connection: Connection, entity_ids: Sequence[int]) -> None:
    """Raise EntityNotFoundError naming the first id that is not there."""
    _check_known(set(connection.execute(select(Entity.id).where(Entity.id.in_(entity_ids))).scalars()), entity_ids)


# -- walking ----------------------------------------------------------------------------------------------------------------


class Edge:
    """A link as a walk takes it: from the entity that it left to the one that it reached."""

    __slots__ = ("depth", "forward", "left", "reached", "relation")

    def __init__(self, left: int, reached: int, relation: str, depth: int, *, forward: bool) -> None:
        """Plain data."""
        self.left, self.reached, self.relation, self.depth, self.forward = left, reached, relation, depth, forward


def _walk(
    connection: Connection, start: int, direction: Direction, relations: Sequence[str] = (), depth: int | None = None
) -> Iterator[Edge]:
    """The first link by which each entity is reached, breadth first: a few statements a step of the way, whatever its width."""
    seen, front, step = {start}, [start], 0
    while front and (depth is None or step < depth):
        step += 1
        following: list[int] = []
        for left, reached, relation, forward in _links_from(connection, front, direction, relations):
            if reached not in seen:
                seen.add(reached)
                following.append(reached)
                yield Edge(left, reached, relation, step, forward=forward)
        front = following


def _links_from(
    connection: Connection, front: list[int], direction: Direction, relations: Sequence[str]
) -> Iterator[tuple[int, int, str, bool]]:
    """The links that leave these entities: (left, reached, relation, along the link), the oldest first in a chunk of entities."""
    for chunk in chunks(front):
        for wanted, left, reached in (("out", LINK.c.source_id, LINK.c.target_id), ("in", LINK.c.target_id, LINK.c.source_id)):
            if direction in (wanted, "both"):
                statement = select(left, reached, LINK.c.relation).where(left.in_(chunk)).order_by(LINK.c.id)
                if relations:
                    statement = statement.where(LINK.c.relation.in_(relations))
                for row in connection.execute(statement):
                    yield row[0], row[1], row[2], wanted == "out"


# -- rows -------------------------------------------------------------------------------------------------------------------


def _neighbors(connection: Connection, command: GetNeighborsCommand) -> NeighborPage:
    _check_entities(connection, [command.entity_id])
    limit = max(1, min(command.limit, LONGEST_PAGE))
    begin, after = ("out", None) if command.cursor is None else _position(command.cursor)
    rows: list[Row] = []
    for direction in ("out", "in"):
        if command.direction in (direction, "both") and not (begin == "in" and direction == "out") and len(rows) <= limit:
            rows += _links_of(connection, command, direction, after if direction == begin else None, limit + 1 - len(rows))
    more, rows = len(rows) > limit, rows[:limit]
    known = describe_entities(connection, sorted({end for row in rows for end in (row["source_id"], row["target_id"])}))
    items = [_neighbor(row, known) for row in rows]
    last = rows[-1] if more else None
    return NeighborPage(items, encode_cursor((last["direction"], last["relation"], last["key"])) if last else None)


def _links_of(connection: Connection, command: GetNeighborsCommand, direction: str, after: tuple[str, int] | None, limit: int) -> list[Row]:
    """Links of one direction by relation, and then in the order that the direction's index has."""
    out = direction == "out"
    own, other = (LINK.c.source_id, LINK.c.target_id) if out else (LINK.c.target_id, LINK.c.source_id)
    key = other if out else LINK.c.id
    conditions: list[ColumnElement[bool]] = [own == command.entity_id]
    if command.relation:
        conditions.append(LINK.c.relation == command.relation)
    if after is not None:
        relation, last = after
        conditions.append(or_(LINK.c.relation > relation, and_(LINK.c.relation == relation, key > last)))
    statement = select(LINK, other.label("other"), key.label("key")).where(*conditions).order_by(LINK.c.relation, key).limit(limit)
    return [{**row, "direction": direction} for row in connection.execute(statement).mappings()]


def _position(cursor: str) -> tuple[str, tuple[str, int]]:
    match decode_cursor(cursor):
        case ("out" | "in" as direction, str(relation), int(key)) if relation.isidentifier() and -(2**63) <= key < 2**63:
            return direction, (relation, key)
        case _:
            raise UsageError("The cursor belongs to another list; begin again without it.")


def _neighbor(row: Row, known: dict[int, Row]) -> Row:
    return {
        "link_id": row["id"],
        "relation": row["relation"],
        "direction": row["direction"],
        **known[row["other"]],
        "source_id": row["source_id"],
        "source_type": known[row["source_id"]]["type"],
        "target_id": row["target_id"],
        "target_type": known[row["target_id"]]["type"],
        "weight": row["weight"],
        "metadata": row["data"],
        "origin": row["origin"],
    }


def describe_entities(connection: Connection, entity_ids: Sequence[int]) -> dict[int, Row]:
    """What to call entities: {id, type, filename, title} of each; a few statements, however many they are."""
    asset, virtual, title = table_of(AssetComponent), table_of(VirtualEntityComponent), table_of(TitleComponent)
    found: dict[int, Row] = {one: {"id": one, "type": "entity", "filename": None, "title": None} for one in entity_ids}
    for row in _in_chunks(connection, entity_ids, lambda ids: select(virtual).where(virtual.c.entity_id.in_(ids))):
        found[row["entity_id"]] |= {"type": row["kind"], "title": row["name"]}
    for row in _in_chunks(connection, entity_ids, lambda ids: select(asset).where(asset.c.entity_id.in_(ids))):
        found[row["entity_id"]] |= {"type": row["asset_type"], "filename": display_path(os.fsencode(row["filename"]))}
    said: dict[int, list[Row]] = {}
    for row in _in_chunks(connection, entity_ids, lambda ids: select(title).where(title.c.entity_id.in_(ids)).order_by(title.c.id)):
        said.setdefault(row["entity_id"], []).append(row)
    for entity_id, rows in said.items():
        found[entity_id]["title"] = said_first(rows)
    return found


def _in_chunks(connection: Connection, entity_ids: Sequence[int], statement: Callable[[Sequence[int]], Any]) -> Iterator[Row]:
    for some in chunks(entity_ids):
        for row in connection.execute(statement(some)).mappings():
            yield dict(row)


def _graph(connection: Connection, command: GetGraphCommand) -> Row:
    _check_entities(connection, [command.entity_id])
    depths = {command.entity_id: 0}
    limit, complete = max(1, command.limit), True
    for edge in _walk(connection, command.entity_id, "both", command.relations, max(0, command.depth)):
        if len(depths) >= limit:
            complete = False
            break
        depths[edge.reached] = edge.depth
    ids = sorted(depths)
    known = describe_entities(connection, ids)

    def between(chunk: Sequence[int]) -> Any:
        statement = select(LINK).where(LINK.c.source_id.in_(chunk)).order_by(LINK.c.id)
        return statement.where(LINK.c.relation.in_(command.relations)) if command.relations else statement

    links = [
        {"id": row["id"], "source": row["source_id"], "target": row["target_id"], **{name: row[name] for name in ("relation", "weight")},
         "metadata": row["data"]}
        for row in _in_chunks(connection, ids, between)
        if row["target_id"] in depths
    ]  # fmt: skip
    return {"nodes": [{**known[one], "depth": depths[one]} for one in ids], "links": links, "complete": complete}
