"""Texture packs and comics: archives that are told by what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.assets.models import ThumbnailComponent
from dam.assets.resources import Facts, Findings
from dam.models.core.base_component import Component
from dam_archive.functions.maps import is_picture_book, is_texture_pack
from dam_archive.models import TexturePackComponent

FOUND_MAPS: tuple[type[Component], ...] = (TexturePackComponent, ThumbnailComponent)
FOUND_PAGE: tuple[type[Component], ...] = (ThumbnailComponent,)


def holds_textures(facts: Facts) -> bool:
    """Whether an archive that has been listed is a texture pack."""
    return is_texture_pack(facts.get("entries", ()))


def holds_pages(facts: Facts) -> bool:
    """Whether an archive that has been listed is a comic: pictures, and next to nothing else."""
    return is_picture_book(facts.get("entries", ()))


def found_maps(answer: Mapping[str, Any]) -> Findings:
    """Turn what was read of a texture pack into components."""
    maps = TexturePackComponent(maps=answer["maps"], primary=answer["primary"])
    return _shown(answer, Findings([maps], problem=answer["problem"]))


def found_page(answer: Mapping[str, Any]) -> Findings:
    """Turn what was read of a comic into components."""
    return _shown(answer, Findings(note=answer["problem"]))  # nothing is wrong with the archive


def _shown(answer: Mapping[str, Any], findings: Findings) -> Findings:
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
        findings.fields = {name: answer[name] for name in ("width", "height", "color")}
        findings.files = {name: name for name in answer["thumbnails"].values()}
    return findings
