"""The shapes of the answers, for the OpenAPI description; the answers themselves are written as they come from the commands."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

HIGHEST_ID = 2**63 - 1
MOST_IDS = 100_000
AssetId = Annotated[int, Path(ge=1, le=HIGHEST_ID)]
Ids = Annotated[list[Annotated[int, Field(ge=1, le=HIGHEST_ID)]], Field(max_length=MOST_IDS)]


class Error(BaseModel):
    """What went wrong."""

    type: str = Field(examples=["EntityNotFoundError"])
    message: str
    hint: str | None = None


class ErrorAnswer(BaseModel):
    """The one shape of every error."""

    error: Error


class Thumbnails(BaseModel):
    """Where the thumbnails of an asset are."""

    small: str | None = None
    medium: str | None = None


class AssetRow(BaseModel):
    """An asset in a list."""

    id: int
    type: str = Field(examples=["image"])
    category: str
    status: str = Field(examples=["ready"])
    visibility: str
    version: int
    filename: str
    title: str | None
    size: int | None
    mime_type: str | None
    sha256: str | None
    width: int | None
    height: int | None
    duration: float | None
    captured_at: str | None
    color: str | None = Field(description="the dominant colour, six hexadecimal digits")
    tags: list[str]
    path: str | None
    root: str | None
    error_message: str | None
    places: int = Field(description="at how many places it is there")
    member: bool = Field(description="whether it lies in archives only")
    added_at: str
    trashed_at: str | None
    thumbnails: list[str]
    thumbnail: Thumbnails | None


class AssetList(BaseModel):
    """A page of a list; `next` is the cursor of the following one."""

    items: list[AssetRow]
    next: str | None


class Place(BaseModel):
    """A place where the bytes of an asset are, or were."""

    urn: str = Field(examples=["fs://photos/2019/a.jpg"])
    path: str
    root: str
    status: str = Field(examples=["present"])
    size: int
    mtime: str
    storage_type: str
    problem: str | None
    original_filename: str


class FormerPlace(BaseModel):
    """A place where an asset was once, and until when at the latest."""

    urn: str
    path: str
    root: str
    until: str


class AssetLink(BaseModel):
    """A link of an asset; `id` and `type` are the other end's."""

    relation: str
    direction: str
    id: int
    type: str


class Analysed(BaseModel):
    """What became of an analysis of an asset."""

    name: str
    version: int
    status: str
    message: str | None


class AssetWhole(BaseModel):
    """Everything that is known of an asset; unknown is null or empty."""

    id: int
    type: str
    category: str
    status: str
    visibility: str
    version: int
    filename: str
    title: str | None
    description: str | None
    size: int | None
    mime_type: str | None
    sha256: str | None
    width: int | None
    height: int | None
    duration: float | None
    captured_at: str | None
    error_message: str | None
    owner_id: int | None
    created_at: str
    updated_at: str
    trashed_at: str | None
    is_virtual: bool
    storage_urn: str
    phash: str | None
    thumbnail_urn: str | None
    thumbnails: dict[str, str]
    locations: list[Place]
    former_locations: list[FormerPlace]
    tags: list[str]
    rating: int | None
    albums: list[Any]
    metadata: dict[str, dict[str, Any]] = Field(description="by namespace: exif, iptc, xmp, geo, audio, video, document, archive, …")
    components: dict[str, list[dict[str, Any]]]
    links: list[AssetLink]
    analyses: list[Analysed]


class ChangedAsset(AssetWhole):
    """An asset as it is after a change, and the action by which that can be undone; null where nothing has changed."""

    action: int | None


class ActionRow(BaseModel):
    """Something that a person did."""

    id: int
    verb: str
    details: str
    count: int
    who: str
    undone_by: str | None
    at: str
    undone_at: str | None
    undoable: bool


class ActionList(BaseModel):
    """Actions, the latest first."""

    items: list[ActionRow]


class LinkRow(BaseModel):
    """A link as one of its ends sees it: `id`, `type`, `filename` and `title` are the other end's."""

    link_id: int
    relation: str = Field(examples=["contains"])
    direction: str = Field(examples=["out"])
    id: int
    type: str
    filename: str | None
    title: str | None
    source_id: int
    source_type: str
    target_id: int
    target_type: str
    weight: float
    metadata: dict[str, Any]
    origin: str


class LinkList(BaseModel):
    """A page of links; `next` is the cursor of the following one."""

    items: list[LinkRow]
    next: str | None


class Stats(BaseModel):
    """How many assets a plain list has; those that lie in archives only (`members`) and those in the trash are counted apart.

    `pending` counts all that is still to be analysed.
    """

    total: int
    by_status: dict[str, int]
    by_type: dict[str, int]
    pending: int
    bytes: int
    trashed: int
    members: int
    members_by_type: dict[str, int]


class Meant(BaseModel):
    """Which assets are meant: by their ids, by a query, or both."""

    model_config = ConfigDict(extra="forbid")

    ids: Ids = []
    query: str | None = None


class RootList(BaseModel):
    """The folders that are known."""

    items: list[dict[str, Any]]


class AssetPatch(BaseModel):
    """What a person says about an asset; what is left out stays as it is, null takes the person's word back.

    `version` is the version that the change is meant for: if there is a newer one by now, the answer is 409.
    """

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    description: str | None = None
    rating: int | None = Field(default=None, ge=-1, le=5)
    visibility: str | None = None
    add_tags: list[str] = Field(default_factory=list)
    remove_tags: list[str] = Field(default_factory=list)
    version: int | None = None


class Results(BaseModel):
    """What the handlers of a command gave."""

    results: list[Any]


class Question(BaseModel):
    """What is asked. `answer` names the kind of answer, whose fields are posted; further fields are those of the question."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["PasswordRequest"])
    number: int
    message: str
    answer: str = Field(examples=["PasswordResponse"])


class OpenConversation(BaseModel):
    """A command that waits for an answer until `expires`."""

    id: str
    command: str
    question: Question
    expires: str


class ConversationAnswer(BaseModel):
    """Something is asked."""

    conversation: OpenConversation


class ConversationList(BaseModel):
    """The questions that are open."""

    items: list[OpenConversation]


class Answer(BaseModel):
    """An answer: the fields that the kind of answer has, or null to decline.

    `question` is the number of the question that is meant: if another one is asked by now, the answer is 409.
    """

    model_config = ConfigDict(extra="forbid")

    answer: dict[str, Any] | None = Field(description="the fields of the answer's kind, or null to decline")
    question: int | None = None
