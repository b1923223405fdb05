"""What the server does beside the analyses, for whoever looks on: which folder it looks through, what is wrong with folders and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dam.system_events.progress import Progress

MOST_PROBLEMS = 1000


class Activity:
    """What is being done now, and what went wrong the last time. `version` counts its changes; it belongs to one event loop."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called after every change."""
        self.version = 0
        self._changed = changed
        self._doing: Progress | None = None
        self._problems: list[dict[str, str]] = []
        self._troubles: dict[str, str] = {}

    def tell(self, doing: Progress | None) -> None:
        """Say what is being done now, or that nothing is."""
        self._doing = doing
        self._change()

    def add_problems(self, problems: Iterable[dict[str, str]]) -> None:
        """Say which files could not be read ({"path", "reason"}); a file that is told again is told once, with the last reason."""
        by_path = {one["path"]: one for one in (*self._problems, *problems)}
        self._problems = list(by_path.values())[-MOST_PROBLEMS:]
        self._change()

    def set_trouble(self, root: str, sentence: str | None) -> None:
        """Say what is wrong with a folder as a whole (its disk is away, very much of it has gone), or that nothing is any more."""
        if self._troubles.get(root) == sentence:
            return
        self._troubles.pop(root, None)
        if sentence is not None:
            self._troubles[root] = sentence
        self._change()

    def shown(self) -> dict[str, Any]:
        """All of it, as clients are told."""
        now = self._doing
        doing = None if now is None else {"message": now.message, "done": now.done, "total": now.total, "unit": now.unit}
        return {"doing": doing, "problems": self._problems, "troubles": list(self._troubles.values())}

    def _change(self) -> None:
        self.version += 1
        self._changed()
