"""Progress bars, on stderr, on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self

from dam.system_events.progress import Progress


class ProgressBar:
    """Shows `Progress` events as bars with rate and time left; shows nothing where stderr is no terminal."""

    def __init__(self) -> None:
        """Nothing is shown before the first event."""
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Begin, where there is somebody to see it."""
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415 - slow to import, and only for people
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above
            from rich.progress import Progress as Bars  # noqa: PLC0415 - as above

            description, rate = TextColumn("{task.description}"), TextColumn("{task.fields[rate]}")
            columns = (description, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
            self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
            self._bars.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Clear the bars."""
        if self._bars is not None:
            self._bars.__exit__(kind, error, trace)

    def show(self, event: Any) -> None:
        """Show an event, if it is a `Progress`; one bar a message."""
        if self._bars is None or not isinstance(event, Progress):
            return
        task = self._tasks.get(event.message)
        if task is None:
            task = self._tasks[event.message] = self._bars.add_task(event.message, total=event.total, rate="")
        speed = self._bars.tasks[task].speed
        self._bars.update(task, completed=event.done, total=event.total, rate=f"{speed:.0f} {event.unit}/s" if speed else "")
