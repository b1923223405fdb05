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
        """Begin; the first event brings the first bar."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Clear the bars."""
        self.hide()

    def hide(self) -> None:
        """Clear the bars until the next event, so that something else can be written."""
        if self._bars is not None:
            self._bars.stop()
            self._bars, self._tasks = None, {}

    def show(self, event: Any) -> bool:
        """Show an event, if it is a `Progress`, and say whether it is; one bar a message."""
        if not isinstance(event, Progress):
            return False
        if not sys.stderr.isatty():
            return True
        if self._bars is None:
            self._begin()
        task = self._tasks.get(event.message)
        if task is None:
            task = self._tasks[event.message] = self._bars.add_task(event.message, total=event.total, rate="")
        speed = self._bars.tasks[task].speed
        self._bars.update(task, completed=event.done, total=event.total, rate=f"{speed:.0f} {event.unit}/s" if speed else "")
        return True

    def _begin(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - slow to import, and only for people
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above
        from rich.progress import Progress as Bars  # noqa: PLC0415 - as above

        description, rate = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[rate]}", markup=False)
        columns = (description, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
        self._bars.start()
