"""Writing what a file or a plugin says about an asset, beside what people say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from dam.assets.models import DescriptionComponent, RatingComponent, TagComponent, TitleComponent
from dam.core.transaction import WorldTransaction

VALUES: dict[str, type[TitleComponent | DescriptionComponent | RatingComponent]] = {
    "title": TitleComponent,
    "description": DescriptionComponent,
    "rating": RatingComponent,
}
"""What is said once an origin, and where it is kept."""
LONGEST_TAG = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


async def write_said(transaction: WorldTransaction, said: Mapping[int, Mapping[str, Any]], origin: str) -> None:
    """Replace what `origin` says about the entities: titles, descriptions, ratings and tags. Words of other origins stay."""
    if not said:
        return
    for name, component_type in VALUES.items():
        await transaction.execute(delete(component_type).where(component_type.entity_id.in_(said), component_type.origin == origin))
        rows = [
            {"entity_id": entity_id, "value": value, "origin": origin}
            for entity_id, words in said.items()
            if (value := words.get(name)) is not None
        ]
        await transaction.insert_rows(component_type, rows)
    await transaction.execute(delete(TagComponent).where(TagComponent.entity_id.in_(said), TagComponent.origin == origin))
    tags = {(entity_id, clean_tag(tag)) for entity_id, words in said.items() for tag in words.get("tags") or ()}
    rows = [{"entity_id": entity_id, "tag_name": tag, "origin": origin} for entity_id, tag in sorted(tags) if tag]
    await transaction.insert_rows(TagComponent, rows, ignore_known=True)


def clean_tag(text: str) -> str:
    """A tag as it is kept: on one line, no blanks around it or its levels, at most 255 characters."""
    text = _CONTROL.sub(" ", text)
    return "/".join(part for part in (level.strip() for level in text.split("/")) if part)[:LONGEST_TAG]
