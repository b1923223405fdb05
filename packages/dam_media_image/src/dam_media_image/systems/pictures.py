"""Pictures: what is read of them becomes components, and thumbnails are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import (
    CameraGroupComponent,
    ExifComponent,
    GeoComponent,
    ImagePerceptualAHashComponent,
    ImagePerceptualDHashComponent,
    ImagePerceptualPHashComponent,
    IptcComponent,
    ThumbnailComponent,
    XmpComponent,
)
from dam.assets.resources import AnalysisScheduler, Findings
from dam.assets.systems.process import process_file
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_media_image.commands import ProcessImageCommand
from dam_media_image.events import ImageAssetDetected
from dam_media_image.models import ImageMetadataComponent

HASHES: dict[str, type[Any]] = {
    "phash": ImagePerceptualPHashComponent,
    "ahash": ImagePerceptualAHashComponent,
    "dhash": ImagePerceptualDHashComponent,
}
NAMESPACES: dict[str, type[Any]] = {"exif": ExifComponent, "iptc": IptcComponent, "xmp": XmpComponent}
FOUND: tuple[type[Component], ...] = (
    ImageMetadataComponent, ThumbnailComponent, GeoComponent, CameraGroupComponent, *HASHES.values(), *NAMESPACES.values(),
)  # fmt: skip
"""The component types that a picture may get."""


def picture_findings(facts: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a picture (`PictureFacts`) into components."""
    components: list[Component] = [
        ImageMetadataComponent(
            format=facts["format"],
            mode=facts["mode"],
            width=facts["stored_width"],
            height=facts["stored_height"],
            frames=facts["frames"],
            orientation=facts["orientation"],
            has_alpha=facts["has_alpha"],
        )
    ]
    components += [kind(data=facts[name]) for name, kind in NAMESPACES.items() if facts[name]]
    components += [HASHES[name](hash_value=bytes.fromhex(digits)) for name, digits in (facts["hashes"] or {}).items()]
    components += CameraGroupComponent.of(facts["exif"].get("ContentIdentifier"), facts["exif"].get("BurstUUID"))
    if facts["geo"]:
        components.append(GeoComponent(**facts["geo"]))
    if facts["thumbnails"]:
        components.append(ThumbnailComponent(files=dict(facts["thumbnails"])))
    return Findings(
        components=components,
        fields={name: facts[name] for name in ("width", "height", "duration", "captured_at", "color")},
        said={"title": facts["title"], "description": facts["description"], "rating": facts["rating"], "tags": facts["keywords"]},
        files={name: name for name in facts["thumbnails"].values()},
        problem=facts["problem"],
    )


@system(on_event=ImageAssetDetected)
async def process_image_metadata_system(batch: Batch[ImageAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the picture is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@handles_command(ProcessImageCommand)
async def handle_process_image(cmd: ProcessImageCommand, world: World) -> dict[str, Any]:
    """Take a picture into the library, if it is not there yet, read it, and say where its thumbnail is."""
    return await process_file(cmd, world)
