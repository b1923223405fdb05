"""What was found in a file fits the columns that it is kept in, or it is not kept: nothing of one file stops the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dam.assets.commands import ExportAssetsCommand
from dam.assets.functions.fitting import fit_component, fitted_fields
from dam.assets.models import AssetComponent, AssetType, CameraGroupComponent, RecognisedTextComponent
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.assets.settings import AssetsSettingsComponent
from dam.core.analysis import Analysis
from dam.core.exceptions import ContentCorruptError
from dam.core.plugin import Plugin
from dam.core.worker_probe import PROBE
from dam.core.world import World
from dam.models.config import SettingsModel
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


def test_a_number_beyond_all_bounds_is_unknown_and_a_text_is_cut() -> None:
    group = CameraGroupComponent(live_photo="x" * 100, burst="ok")
    fit_component(group)
    assert (group.live_photo, group.burst) == ("x" * 64, "ok")
    told = {"width": 2**31, "height": 2**31 - 1, "size": 2**31, "color": "f" * 9, "duration": 1.5, "no column": 2**99}
    kept = {"width": None, "height": 2**31 - 1, "size": 2**31, "color": "f" * 6, "duration": 1.5, "no column": 2**99}
    assert fitted_fields(AssetComponent, told) == kept


def test_what_must_be_known_cannot_be_left_out() -> None:
    with pytest.raises(ContentCorruptError, match="ocr_pages"):
        fit_component(RecognisedTextComponent(text="t", ocr_pages=2**31))


class BraggingPlugin(Plugin):
    """Believes whatever a file claims."""

    name = "dam_bragging"
    requires = ("dam_assets",)
    Settings = SettingsModel
    SettingsComponent = AssetsSettingsComponent

    def build(self, world: World) -> None:
        def findings(_: Mapping[str, Any]) -> Findings:
            return Findings([CameraGroupComponent(live_photo="x" * 100)], {"width": 2**70})

        claims = Analysis("bragging.claims", 1, PROBE.function)
        world.register_driver(AssetDriver(AssetType.DOCUMENT, ("text/*",), analyses=(AssetAnalysis(claims, findings),)))


@pytest.mark.usefixtures("database")
async def test_a_file_that_claims_too_much_is_analysed_like_any_other(make_world: MakeWorld, make_files: MakeFiles) -> None:
    async with make_world(AssetsPlugin, FsPlugin, BraggingPlugin()) as world:
        summary = (await world.dispatch_command(IndexPathCommand(make_files({"a.txt": "hello\n"})))).one()
        assert (summary.analysed, summary.failed) == (1, [])
        (found,) = (await world.dispatch_command(ExportAssetsCommand())).one()
        assert (found["status"], found["width"]) == ("ready", None)
        assert found["components"]["CameraGroupComponent"][0]["live_photo"] == "x" * 64
