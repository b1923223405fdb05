"""Texture packs and comics, told by the names of what is in them: the maps of one material, a game's resource pack, or pages alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

ROLES: dict[str, tuple[str, ...]] = {
    "albedo": ("albedo", "diffuse", "diff", "basecolor", "basecolour", "color", "colour", "col"),
    "normal": ("normal", "normals", "normalgl", "normaldx", "norm", "nrm", "nor"),
    "roughness": ("roughness", "rough", "rgh"),
    "metallic": ("metallic", "metalness", "metal", "mtl"),
    "height": ("height", "displacement", "disp", "bump"),
    "ao": ("ao", "ambientocclusion", "occlusion", "occ"),
    "emissive": ("emissive", "emission", "emit"),
    "opacity": ("opacity", "alpha"),
    "specular": ("specular", "spec"),
    "glossiness": ("glossiness", "gloss"),
}
"""What a map is for, and how it is called."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tga", ".bmp", ".webp", ".exr", ".dds")

PAGES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jxl")
BESIDE_PAGES = (".xml", ".txt", ".nfo", ".db", ".ini", ".json", ".sfv")
"""What programs put beside the pages of a comic."""
_NUMBER = re.compile(r"(\d+)")
_CALLED = {word: role for role, words in ROLES.items() for word in words}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_RESOURCE_PACK = "pack.mcmeta"


def role_of(name: str) -> tuple[str, str] | None:
    """What a picture is for, by its name, and the name of its material; None for what is no map."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.suffix.lower() not in PICTURES:
        return None
    words = [word.lower() for word in _WORD.findall(path.stem)]
    for place in range(len(words) - 1, -1, -1):
        for length in (2, 1):  # "base color" are two words
            role = _CALLED.get("".join(words[place : place + length]))
            if role is not None:
                return role, "/".join([*path.parts[:-1], " ".join(word for word in words[:place] if not word.isdecimal())])
    return None


def maps_of(names: Iterable[str]) -> dict[str, list[str]]:
    """The maps of a texture pack, by what they are for: those of materials that have two different ones at least."""
    materials: dict[str, dict[str, list[str]]] = {}
    for name in names:
        found = role_of(name)
        if found is not None:
            materials.setdefault(found[1], {}).setdefault(found[0], []).append(name)
    maps: dict[str, list[str]] = {}
    for roles in materials.values():
        if len(roles) >= 2:
            for role, members in roles.items():
                maps.setdefault(role, []).extend(members)
    return {role: maps[role] for role in ROLES if role in maps}


def is_texture_pack(names: Sequence[str]) -> bool:
    """Whether an archive with such members is a texture pack."""
    if any(name == _RESOURCE_PACK or name.endswith("/" + _RESOURCE_PACK) for name in names):
        return any("textures/" in name for name in names)
    maps = maps_of(names)
    return "albedo" in maps or len(maps) >= 3


def primary_of(names: Sequence[str]) -> str | None:
    """The member that stands for a texture pack: the colour of its material, a resource pack's own picture, else a preview."""
    maps = maps_of(names)
    if maps.get("albedo"):
        return maps["albedo"][0]
    pictures = [name for name in names if PurePosixPath(name).suffix.lower() in PICTURES]
    for wanted in ("pack", "preview", "cover", "thumbnail"):
        found = sorted((name for name in pictures if PurePosixPath(name).stem.lower() == wanted), key=len)
        if found:
            return found[0]
    return next((members[0] for members in maps.values()), None)


def is_picture_book(names: Sequence[str]) -> bool:
    """Whether an archive holds pages and nothing else, as a comic does."""
    pages = _pages(names)
    others = [name for name in names if name not in pages and not _is_hidden(name)]
    return bool(pages) and all(name.lower().endswith(BESIDE_PAGES) for name in others) and len(others) <= len(pages)


def first_page_of(names: Sequence[str]) -> str | None:
    """The first page of a comic, in the order in which people count: 2 before 10."""
    return min(_pages(names), default=None, key=_counted)


def _pages(names: Sequence[str]) -> set[str]:
    return {name for name in names if name.lower().endswith(PAGES) and not _is_hidden(name)}


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _counted(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(name.lower())]
