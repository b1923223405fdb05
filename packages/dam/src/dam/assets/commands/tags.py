"""What can be asked about tags: giving them to many assets and taking them away, and which ones there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from dam.commands.core import Access, BaseCommand


@dataclass
class TaggedAssets:
    """How many assets changed, and the number of the action by which it can be undone (None when nothing changed)."""

    changed: int = 0
    action: int | None = field(default=None, compare=False)


@dataclass
class TagAssetsCommand(BaseCommand[TaggedAssets]):
    """Gives tags to assets and takes tags from them: those given, and those of the library that match the query if there is one.

    All of it is one action, which is undone as one. Raises EntityNotFoundError, and UsageError for what is no tag.
    """

    entity_ids: tuple[int, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    query: str | None = None
    dry_run: bool = False


@dataclass
class TagUse:
    """A tag, and how many assets of the library have it."""

    name: str
    assets: int


@dataclass
class ListTagsCommand(BaseCommand[list[TagUse]]):
    """The tags that assets of the library have, the most used first; with `text` those that contain it.

    What begins with the text comes first; upper and lower case are alike.
    """

    access: ClassVar[Access] = "read"
    text: str = ""
    limit: int | None = None
