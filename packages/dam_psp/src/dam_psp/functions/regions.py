"""Where a game was sold, by the id of its disc."""

from __future__ import annotations

import re

_DISC_ID = re.compile(r"[UNB][A-Z]([A-Z])[A-Z]-?\d{5}")

REGIONS = {"U": "North America", "E": "Europe", "J": "Japan", "K": "Korea", "A": "Asia", "H": "Hong Kong"}


def region_of(disc_id: str | None) -> str | None:
    """The region that the third letter of a disc's id stands for (ULUS-10041: North America), or None.

    Source: PlayStation developer wiki, "TITLE ID".
    """
    found = _DISC_ID.fullmatch(disc_id or "")
    return REGIONS.get(found[1]) if found else None
