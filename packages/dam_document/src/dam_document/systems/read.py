"""Documents: what is read of them becomes components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import ArchiveMetadataComponent, RecognisedTextComponent, TextComponent, ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, Findings
from dam.assets.systems.process import process_file
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_document.commands import ProcessDocumentCommand
from dam_document.events import DocumentAssetDetected
from dam_document.models import DocumentMetadataComponent, DocumentSubtypeComponent

FOUND: tuple[type[Component], ...] = (
    DocumentMetadataComponent,
    DocumentSubtypeComponent,
    TextComponent,
    ThumbnailComponent,
    ArchiveMetadataComponent,
)
"""The component types that a document may get."""
RECOGNISED: tuple[type[Component], ...] = (RecognisedTextComponent,)


def document_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a document into components."""
    facts = answer["facts"]
    findings = Findings(components=[DocumentMetadataComponent(**facts)], problem=answer["problem"], note=answer["note"])
    findings.fields = {"color": answer["color"]}
    findings.said = {"title": facts["title"], "description": answer["description"]}
    if answer["text"]:
        findings.components.append(TextComponent(text=answer["text"]))
    if answer["members"]:
        findings.components.append(ArchiveMetadataComponent(format=answer["packing"], entries=list(answer["members"])))
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
    findings.files = {name: name for name in answer["thumbnails"].values() if name is not None}
    add_subtype(findings, answer)
    return findings


def recognition_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read from pixels into components; nothing where there was no text."""
    findings = Findings()
    if not answer["text"]:
        return findings
    told = {name: answer[name] for name in ("text", "ocr_pages", "ocr_confidence", "ocr_languages")}
    findings.components.append(RecognisedTextComponent(**told))
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
        findings.files = {name: name for name in answer["thumbnails"].values()}
    add_subtype(findings, answer)
    return findings


def add_subtype(findings: Findings, answer: Mapping[str, Any]) -> None:
    """Add of what kind the document is, and its card."""
    kind = answer["subtype"]
    if kind is None:
        return
    details = kind["details"]
    known = {"sub_type": kind["name"], "confidence": kind["confidence"], "details": details, "number": details.get("number")}
    findings.components.append(DocumentSubtypeComponent(**known))
    findings.files[answer["card"]] = answer["card"]


@system(on_event=DocumentAssetDetected)
async def process_document_system(batch: Batch[DocumentAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the document is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@handles_command(ProcessDocumentCommand)
async def handle_process_document(cmd: ProcessDocumentCommand, world: World) -> dict[str, Any]:
    """Take a document into the library, if it is not there yet, read it, and say where its preview is."""
    return await process_file(cmd, world)
