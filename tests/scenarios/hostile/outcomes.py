"""What became of files that were indexed: every analysis of every one of them, as the library records it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from dam.assets.models import AnalysisRecordComponent, AssetComponent
from dam.core.world import World

OF_CODE = re.compile(
    r"Traceback|\b[A-Z]\w*(Error|Exception)\b|\bfailed with\b|\bNoneType\b|object at 0x| crashed on | ended without an answer"
)
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """One analysis of one file."""

    filename: str
    mime_type: str | None
    analysis: str
    status: str
    message: str | None
    attempts: int
    seconds: float

    @property
    def format(self) -> str:
        """What the file was before it was damaged."""
        return self.filename.partition(".")[2]

    @property
    def is_a_sentence(self) -> bool:
        """Whether its reason is one for a person: a line that ends, and speaks of the file and not of code."""
        said = self.message or ""
        return said.isprintable() and said.endswith((".", "…")) and " " in said and len(said) <= LONGEST and not OF_CODE.search(said)


async def read_outcomes(world: World) -> list[Outcome]:
    """All that is recorded."""
    record, asset = AnalysisRecordComponent, AssetComponent
    columns = (asset.filename, asset.mime_type, record.name, record.status, record.message, record.attempts, record.seconds)
    statement = select(*columns).join(asset, asset.entity_id == record.entity_id)

    def find(connection: Connection) -> list[Outcome]:
        return [Outcome(*row[:-1], seconds=row[-1] or 0.0) for row in connection.execute(statement)]

    return await world.database.read(find)


async def read_statuses(world: World) -> Counter[str]:
    """How many assets there are of each status."""
    return await world.database.read(lambda connection: Counter(str(row[0]) for row in connection.execute(select(AssetComponent.status))))


def told_badly(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that are not ok and do not say why, as a person understands it."""
    return [one for one in outcomes if one.status != "ok" and not one.is_a_sentence]


def slowest(slow: list[Outcome]) -> list[str]:
    """The line of a report that names the slowest, if there are any."""
    if not slow:
        return []
    return ["The slowest: " + "; ".join(f"{one.filename} {one.analysis} {one.seconds:.1f} s" for one in slow[:10]) + ".", ""]
