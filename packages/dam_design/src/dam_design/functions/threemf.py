"""3MF, in which models for 3D printing are kept: a ZIP with XML that lists corners, triangles, and where each object is built.

Source: 3MF Core Specification 1.3; Production Extension 1.2 (objects that stand in another part).
"""

from __future__ import annotations

import io
import re
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import numpy as np
import trimesh
from defusedxml import sax as safe_sax  # type: ignore[import-untyped]  # it ships none
from numpy.typing import NDArray

from dam.core.exceptions import ContentCorruptError, ContentRefusedError

MOST_BYTES = 512 << 20
MOST_TRIANGLES = 5_000_000
MOST_PLACED, DEEPEST = 10_000, 16
START = re.compile(rb"""Target\s*=\s*["']/?([^"']{1,200}\.model)["']""")
RELATIONS, USUAL = "_rels/.rels", "3D/3dmodel.model"
MOST_RELATIONS_BYTES = 1 << 20

Matrix = NDArray[np.float64]
Key = tuple[str, str]


@dataclass(slots=True)
class Thing:
    """An object: a mesh, or others that it is made of, each with its place."""

    corners: array[float] = field(default_factory=lambda: array("d"))
    triangles: array[int] = field(default_factory=lambda: array("q"))
    parts: list[tuple[Key, Matrix]] = field(default_factory=list)


def read_3mf(data: bytes) -> list[trimesh.Trimesh]:
    """The meshes of a 3MF where they are built. Raises ContentError; whatever else it raises means that it is damaged."""
    things: dict[Key, Thing] = {}
    built: list[tuple[Key, Matrix]] = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = [name for name in package.namelist() if name.lower().endswith(".model")]
        if sum(package.getinfo(name).file_size for name in names) > MOST_BYTES:
            raise ContentRefusedError("The model unpacks to more than 512 MiB; it is not read.")
        first = _first_part(package)
        for name in names:
            part = _Part(name)
            with package.open(name) as member:
                safe_sax.parse(member, part)
            things |= part.things
            built += part.built if name == first else []
    if not things:
        raise ContentCorruptError("The package holds no model.")
    meshes: list[trimesh.Trimesh] = []
    left = MOST_TRIANGLES
    placed = (one for key, place in built or [(key, np.eye(4)) for key in things] for one in _placed(things, key, place, 0))
    for number, (thing, place) in enumerate(placed):
        left -= len(thing.triangles) // 3
        if left < 0 or number >= MOST_PLACED:
            raise ContentRefusedError("The model is built of more than 10,000 parts or five million triangles; it is not drawn.")
        if len(thing.triangles):
            moved = np.frombuffer(thing.corners, np.float64).reshape(-1, 3) @ place[:3, :3] + place[3, :3]
            meshes.append(trimesh.Trimesh(moved, np.frombuffer(thing.triangles, np.int64).reshape(-1, 3), process=False))
    return meshes


def _first_part(package: zipfile.ZipFile) -> str:
    """The part that says what is built."""
    start = None
    if RELATIONS in package.namelist():
        with package.open(RELATIONS) as member:
            start = START.search(member.read(MOST_RELATIONS_BYTES))
    return start[1].decode("utf-8", "replace") if start is not None else USUAL


def _placed(things: dict[Key, Thing], key: Key, place: Matrix, depth: int) -> Iterator[tuple[Thing, Matrix]]:
    """An object and all that it is made of, one after the other, each with its place."""
    thing = things.get(key)
    if thing is None or depth > DEEPEST:
        raise ContentCorruptError("The model builds an object that is not there, or that is made of itself.")
    yield thing, place
    for other, within in thing.parts:
        yield from _placed(things, other, within @ place, depth + 1)


class _Part(ContentHandler):
    """The objects in one part of the package, and what is built of them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._thing = Thing()
        self.things: dict[Key, Thing] = {}
        self.built: list[tuple[Key, Matrix]] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name that SAX asks for
        kind = name.rpartition(":")[2]
        if kind == "vertex":
            self._thing.corners.extend((float(attrs["x"]), float(attrs["y"]), float(attrs["z"])))
        elif kind == "triangle":
            self._thing.triangles.extend((int(attrs["v1"]), int(attrs["v2"]), int(attrs["v3"])))
            if len(self._thing.triangles) > 3 * MOST_TRIANGLES:
                raise ContentRefusedError("The model has more than five million triangles; it is not drawn.")
        elif kind == "object":
            self._thing = self.things[self._name, attrs.get("id", "")] = Thing()
        elif kind in ("component", "item"):
            path = next((attrs[one] for one in attrs.getNames() if one.rpartition(":")[2] == "path"), "").lstrip("/")
            told = (path or self._name, attrs.get("objectid", "")), _matrix(attrs.get("transform", ""))
            (self._thing.parts if kind == "component" else self.built).append(told)


def _matrix(text: str) -> Matrix:
    """A transform: four rows of three numbers, by which a row of coordinates is multiplied."""
    matrix = np.eye(4)
    if text.strip():
        matrix[:, :3] = np.array([float(one) for one in text.split()]).reshape(4, 3)
    return matrix
