"""What can be asked about an asset as a record: its status, its metadata by namespace, and assets without bytes of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand


@dataclass
class SetAssetStatusCommand(BaseCommand[None]):
    """Lets an asset stand otherwise; raises StatusChangeError for a change that makes no sense, and EntityNotFoundError."""

    entity_id: int
    status: str
    error_message: str | None = None


@dataclass
class SetMetadataCommand(BaseCommand[dict[str, Any]]):
    """Replaces what one namespace says about an asset (nothing: the namespace goes); the answer is what is kept, and raises the version.

    A namespace with a schema is checked against it; any other takes every JSON object of at most 256 KiB. What is read from files
    (EXIF and its like) cannot be set. `expected_version` guards against a change made meanwhile. Raises UsageError, StaleVersionError and
    EntityNotFoundError.
    """

    entity_id: int
    namespace: str
    data: dict[str, Any] = field(default_factory=dict)
    expected_version: int | None = None


@dataclass
class IngestVirtualCommand(BaseCommand[int]):
    """Makes an asset without bytes of its own; the answer is its id. What is registered for its type begins to work on it.

    `data` is kept as metadata in the namespace of the type's name. `name` says which one it is: the same type and name again is the
    same asset with the new data. Without a name a URL is named by its `data["url"]`, and anything else is new each time.
    """

    asset_type: str
    data: dict[str, Any] = field(default_factory=dict)
    name: str | None = None


@dataclass
class GetVirtualEntityCommand(BaseCommand[int]):
    """The id of the person, project, user, machine or other thing that is called so; made when it is first asked for."""

    kind: str
    name: str


@dataclass
class GetTagsCommand(BaseCommand[list[Any]]):
    """The tags of an entity (`TagComponent`), by name; raises EntityNotFoundError."""

    access: ClassVar[Access] = "read"
    entity_id: int


@dataclass
class FindByHashCommand(BaseCommand[int | None]):
    """The id of the asset whose content has this SHA-256 or MD5 (hexadecimal digits, whole), or None. Raises UsageError for another."""

    access: ClassVar[Access] = "read"
    digest: str


@dataclass
class ResolveUrnCommand(BaseCommand[Path | None]):
    """The file on this machine that a storage URN stands for, or None when it cannot be reached; raises UsageError for what is none.

    A thumbnail in the cache (`fs://system/dam_cache/<sha256>/<name>`) that is not there is made; `thumb.webp` is the small one.
    """

    access: ClassVar[Access] = "none"
    urn: str


@dataclass
class ProcessorSummary:
    """How a run of media processors went: how often one finished, how often one gave up, and the first 1,000 reasons.

    A problem is {"id": the asset, "processor": its name, "reason": a sentence}.
    """

    done: int = 0
    failed: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class RunProcessorsCommand(BaseCommand[ProcessorSummary]):
    """Lets every media processor work on the assets that it has not had yet: on all of them, or on the given ones.

    One that fails is tried again as often as it says, and stops neither the others nor the next asset.
    """

    access: ClassVar[Access] = "none"
    entity_ids: tuple[int, ...] | None = None
