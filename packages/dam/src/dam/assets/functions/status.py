"""How an asset may come to stand otherwise than it does."""

from __future__ import annotations

from collections.abc import Mapping

from dam.assets.models import AssetStatus
from dam.core.exceptions import StatusChangeError

_SETTLED = frozenset({AssetStatus.READY, AssetStatus.PARTIAL, AssetStatus.ERROR})

STATUS_CHANGES: Mapping[AssetStatus, frozenset[AssetStatus]] = {
    AssetStatus.UPLOADING: frozenset({AssetStatus.PROCESSING, AssetStatus.READY, AssetStatus.ERROR}),
    AssetStatus.PROCESSING: _SETTLED | {AssetStatus.MISSING},
    AssetStatus.READY: _SETTLED | {AssetStatus.PROCESSING, AssetStatus.MISSING},
    AssetStatus.PARTIAL: _SETTLED | {AssetStatus.PROCESSING, AssetStatus.MISSING},
    AssetStatus.ERROR: _SETTLED | {AssetStatus.PROCESSING, AssetStatus.MISSING},
    AssetStatus.MISSING: frozenset({AssetStatus.PROCESSING}),
}
"""Status → what may follow it. Nothing begins anew as an upload, and what was missing is looked at before it is ready again."""


def may_become(before: str, after: str) -> bool:
    """Whether an asset that stands so may come to stand so; to stay as it is may always be."""
    return before == after or after in STATUS_CHANGES[AssetStatus(before)]


def check_status_change(before: str, after: str) -> None:
    """Raise StatusChangeError, naming what may follow, unless the change is one of `STATUS_CHANGES`."""
    if after not in list(AssetStatus):
        raise StatusChangeError(f"'{after}' is no status; it is one of {', '.join(AssetStatus)}.")
    if not may_become(before, after):
        following = ", ".join(sorted(STATUS_CHANGES[AssetStatus(before)]))
        raise StatusChangeError(f"An asset that is {before} cannot become {after}; it can become {following}.")
