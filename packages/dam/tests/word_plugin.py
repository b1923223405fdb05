"""The plugin of the tests of analyses: it reads the first word of texts, and offers what a test wants it to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dam.assets.models import AssetType, ExifComponent, GeoComponent
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.assets.settings import AssetsSettingsComponent
from dam.core.analysis import Analysis
from dam.core.plugin import Plugin
from dam.core.world import World
from dam.models.config import SettingsModel


@dataclass
class Offer:
    """What the plugin of these tests offers."""

    version: int = 1
    second: bool = False
    second_version: int = 1
    findings: Callable[[Mapping[str, Any]], Findings] | None = None
    patterns: tuple[str, ...] = ("text/*",)
    runs: str = ""
    tool: str = "/"
    late: bool = False


def first_findings(facts: Mapping[str, Any]) -> Findings:
    exif = ExifComponent(data={"Word": facts["word"]})
    return Findings([exif], {"width": len(facts["word"])}, {"title": facts["word"], "tags": ["found"]}, {"small.webp": facts["made"]})


def second_findings(facts: Mapping[str, Any]) -> Findings:
    return Findings([GeoComponent(latitude=1.0, longitude=2.0)], {"height": 7})


class WordPlugin(Plugin):
    """Reads the first word of texts."""

    name = "dam_words"
    requires = ("dam_assets",)
    Settings = SettingsModel
    SettingsComponent = AssetsSettingsComponent

    def __init__(self, offer: Offer) -> None:
        self.offer = offer

    def build(self, world: World) -> None:
        offer = self.offer
        function, told = "word_functions:analyse", {"runs": offer.runs, "tool": offer.tool}
        first = Analysis("words.first", offer.version, function, timeout=20)
        analyses = [AssetAnalysis(first, offer.findings or first_findings, told, (ExifComponent,))]
        if offer.second:
            second = Analysis("words.second", offer.second_version, function, timeout=20, late=offer.late)
            told = {**told, "who": "second", "fail_on": "half"}
            analyses.append(AssetAnalysis(second, second_findings, told, (GeoComponent,), missing_tool=self.missing_tool))
        world.register_driver(AssetDriver(AssetType.DOCUMENT, offer.patterns, analyses=tuple(analyses)))

    def missing_tool(self) -> str | None:
        return None if Path(self.offer.tool).exists() else "a lens"

    def optional(self, world: World) -> dict[str, str | None]:
        return {"a lens": "small print stays unread: get a lens" if self.missing_tool() else None}
