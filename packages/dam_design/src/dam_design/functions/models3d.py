"""The analysis of 3D models: how much they hold, and a shaded view. It runs in a child process without World, database or network."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content, understood
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError
from dam_design.functions.kinds import model_kind
from dam_design.functions.threemf import read_3mf

MOST_BYTES = 256 << 20
MOST_TRIANGLES = 5_000_000
SIDE = 512
SAMPLES = 800_000
INK, PAPER = np.array([122, 162, 247]), np.array([24, 27, 34])

Points = NDArray[np.float64]


def analyse_model(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Count what a 3D model holds, and draw it from the front, a little from above and from the side.

    Returns {"info": the fields of ModelMetadataComponent, "thumbnails", "color", "problem"}. Nothing beside the file itself is read.
    Raises ContentCorruptError, ContentRefusedError for one beyond 256 MiB, and ContentUnsupportedError.
    """
    if content.size > MOST_BYTES:
        raise ContentRefusedError("The model is larger than 256 MiB; it is not read.")
    with content.open() as file:
        data = file.read()
    kind = model_kind(content.mime_type, data[: 1 << 16], data[-(1 << 14) :])
    if kind is None:
        raise ContentUnsupportedError("Models of this kind are not read yet.")
    with understood("The model"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meshes, points = (read_3mf(data), np.zeros((0, 3))) if kind == "3mf" else _geometry(data, kind)
        triangles = np.concatenate([_triangles(mesh) for mesh in meshes]) if meshes else np.zeros((0, 3, 3))
        corners = np.concatenate([triangles.reshape(-1, 3), points])
        corners = corners[np.isfinite(corners).all(axis=1)]
    info = {
        "format": kind,
        "meshes": len(meshes),
        "vertices": sum(len(mesh.vertices) for mesh in meshes) + len(points),
        "triangles": len(triangles),
        "bounds": [corners.min(axis=0).tolist(), corners.max(axis=0).tolist()] if len(corners) else None,
    }
    facts: dict[str, Any] = {"info": info, "thumbnails": {}, "color": None, "problem": None}
    if not len(corners):
        facts["problem"] = "The model holds no geometry."
        return facts
    if kind in ("stl", "3mf"):  # made for printing, where z is up
        triangles = triangles[:, :, [0, 2, 1]] * [1, 1, -1]
    facts["thumbnails"], facts["color"] = write_thumbnails(view(triangles, points), settings, content.scratch)
    return facts


class _Alone(dict[str, bytes]):
    """The files beside a model, of which none is read: what a model asks for by name is not there."""

    def __missing__(self, name: str) -> bytes:
        raise ContentUnsupportedError("The model's geometry lies in other files, and nothing beside the file itself is read.")


def _geometry(data: bytes, kind: str) -> tuple[list[trimesh.Trimesh], Points]:
    """The meshes where the scene puts them, and points that belong to none."""
    options: dict[str, Any] = {"skip_materials": True} if kind in ("glb", "gltf", "obj") else {}
    loaded = trimesh.load(io.BytesIO(data), file_type=kind, process=False, resolver=_Alone(), **options)
    scene = loaded if isinstance(loaded, trimesh.Scene) else trimesh.Scene(loaded)
    placed = scene.dump()
    meshes = [one for one in placed if isinstance(one, trimesh.Trimesh) and len(one.faces)]
    if sum(len(mesh.faces) for mesh in meshes) > MOST_TRIANGLES:
        raise ContentRefusedError("The model has more than five million triangles; it is not drawn.")
    others = [getattr(one, "vertices", ()) for one in placed if not isinstance(one, trimesh.Trimesh)]
    loose = [np.asarray(one, np.float64).reshape(-1, 3) for one in others]
    return meshes, np.concatenate(loose) if loose else np.zeros((0, 3))


def _triangles(mesh: trimesh.Trimesh) -> Points:
    corners: Points = np.asarray(mesh.vertices, np.float64)[np.asarray(mesh.faces)]
    if corners.shape[1:] != (3, 3):
        raise ContentCorruptError("The corners of the model's triangles do not have three coordinates each.")
    return corners


def view(triangles: Points, points: Points) -> Image.Image:
    """Draw triangles (n, 3, 3), shaded by how they face the light, and loose points (n, 3), to fill the frame.

    Points are strewn over the triangles as densely as the picture needs, and the nearest one counts in each pixel.
    """
    triangles = triangles[np.isfinite(triangles).all(axis=(1, 2))]
    places, shades = _strewn(triangles @ _turn().T)
    loose = points[np.isfinite(points).all(axis=1)] @ _turn().T
    places, shades = np.concatenate([places, loose]), np.concatenate([shades, np.ones(len(loose))])
    least, most = places.min(axis=0), places.max(axis=0)
    scale = (SIDE * 0.9) / max(float((most - least)[:2].max()), 1e-12)
    flat = (places[:, :2] - (least + most)[:2] / 2) * scale + SIDE / 2
    column, row = flat[:, 0].astype(int).clip(0, SIDE - 1), (SIDE - 1 - flat[:, 1].astype(int)).clip(0, SIDE - 1)
    kept = _in_front(row, column, places[:, 2])
    places, shades, row, column = places[kept], shades[kept], row[kept], column[kept]
    order = np.argsort(places[:, 2])  # the nearest is written last
    pixels = np.broadcast_to(PAPER, (SIDE, SIDE, 3)).astype(np.uint8).copy()
    pixels[row[order], column[order]] = (INK[None, :] * shades[order, None]).astype(np.uint8)
    return Image.fromarray(_without_holes(_without_holes(pixels)))


def _in_front(row: NDArray[np.int64], column: NDArray[np.int64], depth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points are not behind those of the same pixel or of its neighbours: what is behind must not shine through between them."""
    nearest = np.full((SIDE, SIDE), -np.inf)
    np.maximum.at(nearest, (row, column), depth)
    for axis in (0, 1):
        nearest = np.maximum.reduce([nearest, np.roll(nearest, 1, axis), np.roll(nearest, -1, axis)])
    visible: NDArray[np.bool_] = depth >= nearest[row, column] - 0.03 * max(float(np.ptp(depth)), 1e-12)
    return visible


def _without_holes(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give pixels that no point has met the light of their neighbours, where five of eight have some."""
    empty = (pixels == PAPER).all(axis=2)
    steps = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
    neighbours = [(np.roll(pixels, step, (0, 1)), ~np.roll(empty, step, (0, 1))) for step in steps]
    met = sum(there.astype(int) for _, there in neighbours)
    lights = sum(picture * there[:, :, None].astype(int) for picture, there in neighbours)
    holes = empty & (met >= 5)
    filled = pixels.copy()
    filled[holes] = (lights[holes] // met[holes][:, None]).astype(np.uint8)
    return filled


def _turn() -> Points:
    """Turns the world so that one looks along z: by 35 degrees about the upright axis, then by 25 about the level one."""
    about, tilt = np.radians(35), np.radians(25)
    upright = np.array([[np.cos(about), 0, np.sin(about)], [0, 1, 0], [-np.sin(about), 0, np.cos(about)]])
    level = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    turned: Points = level @ upright
    return turned


def _strewn(triangles: Points) -> tuple[Points, NDArray[np.float64]]:
    """Points spread evenly over triangles, and how light each is; always the same ones for the same triangles."""
    if not len(triangles):
        return np.zeros((0, 3)), np.zeros(0)
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    normals = np.cross(first, second)
    doubled = np.linalg.norm(normals, axis=1)
    total = float(doubled.sum())
    share = doubled / total if total > 0 else np.full(len(triangles), 1 / len(triangles))
    counts = np.maximum(1, (share * SAMPLES).astype(int))
    chosen = np.repeat(np.arange(len(triangles)), counts)
    chance = np.random.default_rng(0)
    u, v = chance.random(len(chosen)), chance.random(len(chosen))
    folded = u + v > 1
    u[folded], v[folded] = 1 - u[folded], 1 - v[folded]
    places = triangles[chosen, 0] + u[:, None] * first[chosen] + v[:, None] * second[chosen]
    light = np.array([0.35, 0.65, 0.7]) / np.linalg.norm([0.35, 0.65, 0.7])
    facing = np.abs(normals @ light) / np.maximum(doubled, 1e-300)  # both sides of a surface can be seen
    return places, (0.25 + 0.75 * facing)[chosen]
