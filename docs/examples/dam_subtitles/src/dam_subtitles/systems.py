"""Who answers commands and hears events, and what is read of a subtitle becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from dam import Analysis, Batch, Facts, Findings, World, WorldTransaction, system
from dam.assets.models import TagComponent
from dam.assets.resources import AnalysisScheduler
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam_subtitles.commands import FindCueCommand, FoundCue, ListCuesCommand
from dam_subtitles.events import SubtitleAssetDetected
from dam_subtitles.functions.srt import looks_like_srt
from dam_subtitles.models import SubtitleComponent
from dam_subtitles.settings import SubtitlesSettings

READ = Analysis("subtitles.read", 1, "dam_subtitles.functions.analysis:read_subtitle")
"""Raise the number when the function finds something else: all subtitles are then read again."""


def is_subtitle(facts: Facts) -> bool:
    """Whether a file is a subtitle, by what is cheap to know of it."""
    return facts["mime_type"] == "application/x-subrip" or looks_like_srt(facts.get("head", b""))


def found_subtitle(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read into components; the text for everybody's search is found by dam itself."""
    subtitle = SubtitleComponent(
        cues=len(answer["starts"]),
        language=answer["language"],
        first_second=min(answer["starts"]),
        last_second=answer["last_second"],
        lines="\n".join(answer["lines"]),
        starts=answer["starts"],
    )
    return Findings(components=[subtitle])


@system(on_event=SubtitleAssetDetected)
async def process_subtitle_system(event: SubtitleAssetDetected, scheduler: AnalysisScheduler) -> None:
    """See to it that the subtitle is read; what is known already is not read again."""
    scheduler.ring()


@system(on_event=SubtitleAssetDetected, access="write")
async def tag_subtitles_system(batch: Batch[SubtitleAssetDetected], world: World, transaction: WorldTransaction) -> None:
    """Tag subtitles, many at once; a tag that a person gave stays that person's."""
    tag = world.get_settings(SubtitlesSettings).tag
    rows = [{"entity_id": event.entity.id, "tag_name": tag, "origin": "plugin:dam_subtitles"} for event in batch]
    await transaction.insert_rows(TagComponent, rows if tag else [], ignore_known=True)


@system(on_command=ListCuesCommand)
async def handle_list_cues(command: ListCuesCommand, transaction: WorldTransaction) -> list[FoundCue]:
    """Give the cues of one subtitle."""
    found = await transaction.get_component(command.entity_id, SubtitleComponent)
    if found is None:
        raise EntityNotFoundError(f"Asset {command.entity_id} is no subtitle, or has not been read yet.")
    return cues_of(found.entity_id, found.lines, found.starts)


@system(on_command=FindCueCommand)
async def handle_find_cue(command: FindCueCommand, transaction: WorldTransaction) -> list[FoundCue]:
    """Let the database find the subtitles, and pick the cues out of those."""
    wanted = command.text.strip().casefold()
    if not wanted:
        raise UsageError("Say which text to look for.")
    table = SubtitleComponent
    said = select(table.entity_id, table.lines, table.starts).where(table.lines.icontains(command.text.strip(), autoescape=True))
    rows = await transaction.execute(said.order_by(table.entity_id).limit(command.most))
    found = [cue for row in rows for cue in cues_of(*row) if wanted in cue["text"].casefold()]
    return found[: command.most]


def cues_of(entity_id: int, lines: str, starts: list[float]) -> list[FoundCue]:
    """The cues as a component keeps them."""
    texts = lines.split("\n")
    return [FoundCue(entity_id=entity_id, second=second, text=text) for second, text in zip(starts, texts, strict=True)]
