"""Who answers commands and hears events, and what is read of a file becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from dam import Analysis, Facts, Findings, WorldTransaction, system
from dam.assets.resources import AnalysisScheduler
from dam_placeholder.commands import FindPlaceholdersCommand
from dam_placeholder.events import PlaceholderAssetDetected
from dam_placeholder.models import PlaceholderFileComponent

READ = Analysis("dam_placeholder.read", 1, "dam_placeholder.functions:read_file")
"""Raise the number when the function finds something else: all files are then read again."""


def is_placeholder(facts: Facts) -> bool:
    """Whether a file is one of ours, by what is cheap to know: MIME type, name, size, first bytes."""
    return facts.get("filename", "").endswith(".placeholder")


def found_file(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read into components."""
    return Findings(components=[PlaceholderFileComponent(lines=answer["lines"], first_line=answer["first_line"])])


@system(on_event=PlaceholderAssetDetected)
async def process_placeholder_system(event: PlaceholderAssetDetected, scheduler: AnalysisScheduler) -> None:
    """See to it that the file is read; what is known already is not read again."""
    scheduler.ring()


@system(on_command=FindPlaceholdersCommand)
async def handle_find_placeholders(command: FindPlaceholdersCommand, transaction: WorldTransaction) -> list[int]:
    """Look into the table of the component."""
    found = PlaceholderFileComponent
    statement = select(found.entity_id).where(found.lines >= command.least_lines).order_by(found.lines.desc(), found.entity_id)
    return list((await transaction.execute(statement)).scalars())
