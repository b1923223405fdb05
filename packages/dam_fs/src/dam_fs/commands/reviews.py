"""What can be asked about guesses that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand


@dataclass
class ListReviewsCommand(BaseCommand[list[dict[str, Any]]]):
    """The guesses that wait for a person: whether a lost asset is what was found at a path.

    Keys: id, reason ("edited" or "replaced"), confidence (0 to 1), lost and found (ids of assets), lost_path, found_path, root, created_at.
    """

    access: ClassVar[Access] = "read"


@dataclass
class AnswerReviewCommand(BaseCommand[int]):
    """Answers a guess; the answer is the id of the asset that has the file then.

    Accepted: of an edited file, the lost asset takes the found one's place, and what was said of either is said of it; of a replaced
    one, the found asset becomes a version of the lost one and takes over what people said of that. Raises EntityNotFoundError and
    UsageError (it was answered, or the lost file has come back).
    """

    review_id: int
    accept: bool
