"""The stages in which systems without a command or an event run."""

from __future__ import annotations

from enum import IntEnum


class SystemStage(IntEnum):
    """A moment in the life of a World at which systems run, in this order."""

    STARTUP = 0
    PRE_PROCESSING = 10
    PROCESSING = 20
    POST_PROCESSING = 30
    SHUTDOWN = 40
