"""Fonts and 3D models: what is read of them becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, Facts, Findings
from dam.core.systems import system
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_design.events import FontAssetDetected, ModelAssetDetected
from dam_design.functions.kinds import model_kind
from dam_design.models import FontMetadataComponent, ModelMetadataComponent

FONT_FOUND: tuple[type[Component], ...] = (FontMetadataComponent, ThumbnailComponent)
MODEL_FOUND: tuple[type[Component], ...] = (ModelMetadataComponent, ThumbnailComponent)


def is_model(facts: Facts) -> bool:
    """Whether a text, JSON, ZIP or unnamed file holds a 3D model (OBJ, glTF, ASCII STL, PLY and 3MF), by its first and last bytes."""
    return model_kind(facts["mime_type"], facts.get("head", b""), facts.get("tail", b"")) is not None


def _findings(component: Component, answer: Mapping[str, Any]) -> Findings:
    findings = Findings(components=[component], fields={"color": answer["color"]}, problem=answer["problem"])
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
        findings.files = {name: name for name in answer["thumbnails"].values()}
    return findings


def font_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a font into components."""
    findings = _findings(FontMetadataComponent(**answer["info"]), answer)
    findings.said = {"title": answer["info"]["full_name"] or answer["info"]["family"]}
    return findings


def model_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a 3D model into components."""
    return _findings(ModelMetadataComponent(**answer["info"]), answer)


@system(on_event=FontAssetDetected)
async def process_font_system(batch: Batch[FontAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the font is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@system(on_event=ModelAssetDetected)
async def process_model_system(batch: Batch[ModelAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the model is read, as is a font."""
    scheduler.ring()
