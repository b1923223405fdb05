"""When changes of files may have been missed."""

from __future__ import annotations

from dam_fs.functions.event_queue import stood_still


def test_a_process_that_was_busy_did_not_stand_still() -> None:
    """Python had no time to measure, its native threads had; all is looked at only where they had none either."""
    assert stood_still(3.0, used=0.1)
    assert not stood_still(3.0, used=0.5)
    assert not stood_still(0.2, used=0.0)
