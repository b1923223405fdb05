"""Films: what is read of them becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import CameraGroupComponent, ExifComponent, GeoComponent, ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, Findings
from dam.assets.systems.process import process_file
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_media_video.commands import ProcessVideoCommand
from dam_media_video.events import VideoAssetDetected
from dam_media_video.models import VideoMetadataComponent

LIVE_PHOTO = "com.apple.quicktime.content.identifier"

FOUND: tuple[type[Component], ...] = (VideoMetadataComponent, ThumbnailComponent, GeoComponent, ExifComponent, CameraGroupComponent)
"""The component types that a film may get."""


def video_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a film into components."""
    findings = Findings(components=[VideoMetadataComponent(**answer["info"])], problem=answer["problem"])
    findings.fields = {name: answer[name] for name in ("width", "height", "duration", "captured_at", "color")}
    findings.said = {"title": answer["info"].get("title"), "description": answer["info"]["tags"].get("description")}
    if answer["geo"]:
        findings.components.append(GeoComponent(**answer["geo"]))
    if answer["exif"]:
        findings.components.append(ExifComponent(data=answer["exif"]))
    findings.components += CameraGroupComponent.of(answer["info"]["tags"].get(LIVE_PHOTO))
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
        findings.files = {name: name for name in answer["thumbnails"].values()}
    return findings


@system(on_event=VideoAssetDetected)
async def process_video_system(batch: Batch[VideoAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the film is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@handles_command(ProcessVideoCommand)
async def handle_process_video(cmd: ProcessVideoCommand, world: World) -> dict[str, Any]:
    """Take a film into the library, if it is not there yet, read it, and say where its poster is."""
    return await process_file(cmd, world)
