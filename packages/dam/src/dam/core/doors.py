"""What packages offer to the doors by entry points: verbs (`dam.cli`), routes (`dam.api`) and tabs of the inspector (`dam.ui`).

A door loads its own group only. What cannot be loaded is a sentence with the entry's name, and the others are loaded all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dam.core.entry_points import EntryPoint, entry_points
from dam.core.exceptions import PluginError

logger = logging.getLogger(__name__)

CLI, API, UI = "dam.cli", "dam.api", "dam.ui"
GROUPS = (CLI, API, UI)


@dataclass(frozen=True, kw_only=True)
class InspectorTab:
    """A tab that a package adds to the inspector; an object of this class is what an entry of the group `dam.ui` names.

    `folder` holds the files that the browser loads (nothing else may lie there), `module` is the name of a JavaScript module in it and
    `style` that of a style sheet, if there is one. The module's default export is `(element, asset, tools) => …`: it fills the element,
    each time another asset is shown, from the asset as `GET /api/dam/assets/{id}` gives it; what it returns, if it is a function, is
    called before the element goes away. `tools.get(path)` reads from the REST interface, `tools.post(path, value)` posts to it,
    `tools.follow(id)` shows another asset, and `tools.bytes(number)` writes a size as the gallery does.
    The tab is there for assets that have one of the `components` (class names), or for all when it names none. `wanted` is asked with the
    World, when the server begins, whether it is there at all.
    """

    title: str
    folder: Path
    module: str
    style: str | None = None
    components: tuple[str, ...] = ()
    wanted: Callable[[Any], bool] | None = None

    def check(self) -> None:
        """Refuse, with PluginError, a tab whose files are not there."""
        for name in filter(None, (self.module, self.style)):
            if not (self.folder / name).is_file():
                raise PluginError(f"the tab '{self.title}' has no file '{name}' in {self.folder}")


def load_door(point: EntryPoint) -> Any:
    """What an entry offers to its door; raises PluginError, naming it, whatever goes wrong in the package that it belongs to."""
    try:
        offered = point.load()
        if point.group == UI:
            _check_tab(point, offered)
        else:
            _check_callable(point, offered)
    except Exception as error:
        logger.debug("%s of %s cannot be loaded", point.name, point.group, exc_info=True)
        raise broken(point, error) from error
    return offered


def _check_tab(point: EntryPoint, offered: object) -> None:
    if not isinstance(offered, InspectorTab):
        raise _unfit(point, "is no InspectorTab")
    offered.check()


def _check_callable(point: EntryPoint, offered: object) -> None:
    if not callable(offered):
        raise _unfit(point, "cannot be called")


def _unfit(point: EntryPoint, reason: str) -> PluginError:
    return PluginError(f"{point.value} {reason}")


def load_doors(
    group: str, use: Callable[[EntryPoint, Any], None] = lambda _point, _offered: None, *, absent: Collection[str] = ()
) -> dict[str, str]:
    """Load all entries of a group and let `use` take each; gives a sentence for each that is broken, by its name.

    `absent` are names to leave out: a plugin that is not in the World has no doors either.
    """
    problems: dict[str, str] = {}
    for name, point in entry_points(group).items():
        if name in absent:
            continue
        if point.rivals:
            problems[name] = point.rivalry
        try:
            offered = load_door(point)
            try:
                use(point, offered)
            except Exception as error:
                raise broken(point, error) from error
        except PluginError as error:
            problems[name] = str(error)
    return problems


def broken(point: EntryPoint, error: Exception) -> PluginError:
    """The error for an entry that cannot be used."""
    reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
    return PluginError(f"'{point.name}' ({point.group}) cannot be loaded: {reason.rstrip('.')}. Update or remove the package it is from.")
