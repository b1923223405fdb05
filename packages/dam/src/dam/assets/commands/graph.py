"""What can be asked about the graph: which entities are tied to which, and how one leads to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from dam.commands.core import Access, BaseCommand

Direction = Literal["out", "in", "both"]
"""Along the links (from source to target), against them, or either way."""
DIRECTIONS: tuple[Direction, ...] = ("out", "in", "both")


@dataclass
class LinkEntitiesCommand(BaseCommand[int]):
    """Ties two entities by a relation; the answer is the link's id, the same one if the link is there already.

    Raises EntityNotFoundError unless both are there, and UsageError for a relation that nobody registered, and for a link of an entity
    with itself, or with a weight that is no number. A dry run does nothing else, and its answer is 0.
    """

    source_id: int
    target_id: int
    relation: str
    weight: float = 1.0
    data: dict[str, Any] = field(default_factory=dict)
    dry_run: bool = False


@dataclass
class UnlinkEntitiesCommand(BaseCommand[bool]):
    """Takes a link away; the answer says whether there was one."""

    source_id: int
    target_id: int
    relation: str


@dataclass
class NeighborPage:
    """One page of an entity's links, and the cursor of the next page (None at the end).

    A row is a link as the entity sees it: link_id, relation, direction ("out" or "in"), id, type, filename and title of the other
    entity, source_id, source_type, target_id, target_type, weight, metadata and origin. The type of an entity is the asset's type,
    the kind of a virtual entity (`person`, `project`, ...), else "entity".
    """

    items: list[dict[str, Any]]
    next: str | None = None


@dataclass
class GetNeighborsCommand(BaseCommand[NeighborPage]):
    """The links of one entity, a page at a time: those that begin at it first, then those that end at it.

    `relation` keeps one relation only, `direction` one direction. Raises EntityNotFoundError and UsageError.
    """

    access: ClassVar[Access] = "read"
    entity_id: int
    relation: str | None = None
    direction: Direction = "both"
    cursor: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class PathStep:
    """One station of a path: an entity, the relation by which it was reached (None at the start), and whether along the link."""

    entity_id: int
    relation: str | None = None
    forward: bool = True


@dataclass
class FindShortestPathCommand(BaseCommand[list[PathStep] | None]):
    """The shortest way from one entity to another over links, or None when there is none.

    `direction` "out" follows links from source to target, "in" against it, "both" either way. Of equally short ways it is always
    the same one. Raises EntityNotFoundError and UsageError.
    """

    access: ClassVar[Access] = "read"
    start_id: int
    end_id: int
    direction: Direction = "out"
    relations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """An entity that was reached over links, and over how many."""

    entity_id: int
    depth: int


@dataclass
class AnalyseImpactCommand(BaseCommand[list[Reached]]):
    """Every entity from which links lead to the given one, directly or over others: what a change of it would touch.

    Nearest first, each once, never the entity itself. `depth` is how far to go at most. "out" asks the opposite: all it leads to.
    """

    access: ClassVar[Access] = "read"
    entity_id: int
    direction: Direction = "in"
    relations: tuple[str, ...] = ()
    depth: int | None = None


@dataclass
class GetGraphCommand(BaseCommand[dict[str, Any]]):
    """The surroundings of one entity as a graph, for drawing: {"nodes": [...], "links": [...], "complete": bool}.

    A node is {id, type, filename, title, depth}; a link is {id, source, target, relation, weight, metadata}. `limit` is how many
    nodes at most; "complete" says whether that was enough. Raises EntityNotFoundError.
    """

    access: ClassVar[Access] = "read"
    entity_id: int
    depth: int = 1
    relations: tuple[str, ...] = ()
    limit: int = 500
