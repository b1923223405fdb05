"""Drivers: what a plugin knows about one kind of asset, and the registry that finds the right one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypedDict

from dam.assets.models import AssetCategory, AssetType
from dam.commands.core import BaseCommand
from dam.core.analysis import Analysis
from dam.core.exceptions import RegistrationError
from dam.core.later import Later
from dam.models.core.base_component import Component
from dam.system_events.base import BaseEvent

if TYPE_CHECKING:
    from dam.core.world import World

logger = logging.getLogger(__name__)


class Facts(TypedDict, total=False):
    """What is cheap to know of a content: its MIME type, a name that it has, its size in bytes, and its first and last bytes.

    `head` is the first 64 KiB at most. `entries` are the names of an archive's members, once it has been listed.
    """

    mime_type: str
    filename: str
    size: int
    head: bytes
    tail: bytes
    entries: Sequence[str]


@dataclass(slots=True)
class Findings:
    """What an analysis found, ready to be written.

    `components` are attached to the asset (a component type that is not among them, though the analysis could have found it, is
    taken off: name such types in `AssetAnalysis.component_types`). `fields` are measures of `AssetComponent`.
    `said` is what the file itself says: {"title": ..., "description": ..., "rating": ..., "tags": [...]}.
    `files` maps names in the cache to file names in the scratch folder. `problem` says what went wrong although something was found,
    `note` what was left out although nothing is wrong with the file.
    `contents` are contents that lie within this one: SHA-256 in hexadecimal digits to files in the scratch folder, which are its parts.
    `follow_up` makes, from the asset's entity, a command that is dispatched in the transaction in which the findings are written.
    `facts` are shown to the drivers that recognise contents: one of them may say that the asset is of its kind.
    """

    components: list[Component] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    note: str | None = None
    facts: Facts | None = None
    contents: dict[str, list[str]] = field(default_factory=dict)
    follow_up: Callable[[int], BaseCommand[Any, Any]] | None = None


@dataclass(frozen=True, slots=True)
class AssetAnalysis:
    """An analysis as a driver offers it: what runs in the child, with which settings, and how its answer becomes components.

    `settings_for` is asked, with the World and the asset's entity, for further settings just before the run: what only holds for this
    asset, or must be kept out of sight (a password). `missing_tool` is asked, now and then, which tool is not here without which it
    cannot be done at all, and names it as the plugin's `optional` does: then it is not offered, and the assets that wait are counted.
    """

    analysis: Analysis
    findings: Callable[[Mapping[str, Any]], Findings]
    settings: Mapping[str, Any] = field(default_factory=dict)
    component_types: tuple[type[Component], ...] | Later = ()
    settings_for: Callable[[World, int], Awaitable[Mapping[str, Any]]] | None = None
    missing_tool: Callable[[], str | None] | None = None

    def findable(self) -> tuple[type[Component], ...]:
        """The component types that it may find; they are loaded if they were named for later."""
        types: tuple[type[Component], ...] | Later = self.component_types
        return types.load() if isinstance(types, Later) else types

    async def all_settings(self, world: World, entity_id: int) -> Mapping[str, Any]:
        """What the analysis is told when it runs on one asset."""
        return self.settings if self.settings_for is None else {**self.settings, **await self.settings_for(world, entity_id)}


@dataclass(frozen=True, slots=True)
class AssetDriver:
    """What a plugin knows about one kind of asset.

    `mime_patterns` are MIME types, where `*` stands for anything (`image/*`). `recognises` is a pure function over `Facts` for what
    the MIME type cannot tell (a subtitle among texts); such a driver has a `name`, and a `version` to be raised when it judges
    differently: all known contents are then shown to it again. `detected` makes the event that announces a new asset of
    this kind from (entity, file id). `preview` makes a thumbnail in any size on demand: an analysis that is given the settings
    `thumbnail_sizes` ({name: longest side}), `thumbnail_quality` and `thumbnail_effort` and answers {"thumbnails": {name: file}}.
    """

    asset_type: AssetType | str
    mime_patterns: tuple[str, ...]
    category: AssetCategory = AssetCategory.PHYSICAL
    recognises: Callable[[Facts], bool] | None = None
    name: str = ""
    version: int = 1
    detected: Callable[..., BaseEvent] | None = None
    analyses: tuple[AssetAnalysis, ...] = ()
    preview: Analysis | None = None

    def matches(self, mime_type: str) -> bool:
        """Whether the MIME type is one of the driver's."""
        return any(fnmatchcase(mime_type, pattern) for pattern in self.mime_patterns)

    def rank(self, mime_type: str) -> tuple[bool, bool, int]:
        """How specific the driver is for this MIME type: recognising beats a pattern, a full name beats a wildcard."""
        longest = max((len(pattern) for pattern in self.mime_patterns if fnmatchcase(mime_type, pattern)), default=0)
        return (self.recognises is not None, mime_type in self.mime_patterns, longest)


class DriverRegistry:
    """Finds the driver that answers for a content, and all analyses that apply to it."""

    def __init__(self) -> None:
        """Empty."""
        self._registered: list[AssetDriver] = []
        self._drivers: list[AssetDriver] = []
        self._ranked: dict[str, list[AssetDriver]] = {}
        self._named: dict[str, AssetDriver] = {}
        self._missing: dict[str, str] = {}
        self.hindered: list[tuple[AssetDriver, AssetAnalysis, str]] = []
        """The analyses that are not offered because a tool is missing, and that tool."""

    def register(self, driver: AssetDriver) -> None:
        """Add a driver; raises RegistrationError when its name, or that of one of its analyses, is taken or missing."""
        if driver.recognises is not None and not driver.name:
            raise RegistrationError(f"The driver for {driver.asset_type} that recognises contents needs a name.")
        if driver.name and driver.name in self._named:
            raise RegistrationError(f"Two drivers are called '{driver.name}'; give one of them another name.")
        taken = {offered.analysis.name: offered for known in self._registered for offered in known.analyses}
        for offered in driver.analyses:
            if taken.get(offered.analysis.name, offered) is not offered:  # several drivers may share one
                raise RegistrationError(f"Two analyses are called '{offered.analysis.name}'; give one of them another name.")
        if driver.name:
            self._named[driver.name] = driver
        self._registered.append(driver)
        self._missing |= _missing_tools([driver])
        self._offer()

    async def look_for_tools(self) -> None:
        """Offer what can be done with the tools that are here now, and nothing else."""
        missing = await asyncio.to_thread(_missing_tools, self._registered)
        if missing != self._missing:
            self._missing = missing
            self._offer()

    def _offer(self) -> None:
        self._drivers, self.hindered = [], []
        for driver in self._registered:
            lacking = [(driver, one, self._missing[one.analysis.name]) for one in driver.analyses if one.analysis.name in self._missing]
            self.hindered += lacking
            left = tuple(one for one in driver.analyses if one.analysis.name not in self._missing)
            self._drivers.append(replace(driver, analyses=left) if lacking else driver)
        self._ranked.clear()

    def __iter__(self) -> Any:
        """All drivers, in the order of registration."""
        return iter(self._drivers)

    def recognise(self, facts: Facts) -> str | None:
        """The name of the most specific driver that says it knows this content, or None: then its MIME type tells all."""
        for driver in self._matching(facts.get("mime_type", "")):
            if driver.recognises is not None and _recognises(driver, facts):
                return driver.name
        return None

    def drivers_for(self, mime_type: str, recognised: str | None = None) -> list[AssetDriver]:
        """The drivers that answer for a content, the most specific first: the one that recognised it, and those of its MIME type.

        Of equals, the one registered last comes first.
        """
        return [driver for driver in self._matching(mime_type) if driver.recognises is None or driver.name == recognised]

    def driver_for(self, mime_type: str, recognised: str | None = None) -> AssetDriver | None:
        """The driver that says what kind of asset a content is, or None."""
        return next(iter(self.drivers_for(mime_type, recognised)), None)

    def preview_for(self, mime_type: str, recognised: str | None = None) -> Analysis | None:
        """What makes thumbnails of a content on demand, or None."""
        return next((driver.preview for driver in self.drivers_for(mime_type, recognised) if driver.preview is not None), None)

    def analyses_for(self, mime_type: str, recognised: str | None = None) -> list[AssetAnalysis]:
        """Every analysis that applies: those of the most specific driver and of the more general ones."""
        return [offered for driver in self.drivers_for(mime_type, recognised) for offered in driver.analyses]

    def _matching(self, mime_type: str) -> list[AssetDriver]:
        ranked = self._ranked.get(mime_type)
        if ranked is None:
            found = [driver for driver in reversed(self._drivers) if driver.matches(mime_type)]
            ranked = self._ranked[mime_type] = sorted(found, key=lambda driver: driver.rank(mime_type), reverse=True)
        return ranked


def _missing_tools(drivers: Sequence[AssetDriver]) -> dict[str, str]:
    """The tool that each analysis lacks, by the analysis's name."""
    asked = {one.analysis.name: one.missing_tool for driver in drivers for one in driver.analyses if one.missing_tool is not None}
    told = {name: missing_tool() for name, missing_tool in asked.items()}
    return {name: tool for name, tool in told.items() if tool is not None}


def _recognises(driver: AssetDriver, facts: Facts) -> bool:
    """Whether a driver knows a content; one that fails at it does not, and the log says so."""
    try:
        return driver.recognises is not None and driver.recognises(facts)
    except Exception:
        logger.exception("The driver '%s' failed at recognising a content of the type %s", driver.name, facts.get("mime_type"))
        return False
