"""What answers have in common: their JSON and what caches may keep."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.responses import Response

NOT_KEPT = {"Cache-Control": "no-store"}
"""The header of what is true at this moment only."""


class JSON(Response):
    """A JSON answer. What JSON cannot say (NaN, infinity) is null; every other character is plain ASCII, so that none can fail."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode it."""
        try:
            return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
        except ValueError:
            return json.dumps(_finite(content), separators=(",", ":")).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value
