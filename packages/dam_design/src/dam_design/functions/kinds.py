"""Which kind of 3D model a file is: many are texts or nameless bytes to everyone else."""

from __future__ import annotations

FORMATS = {
    "model/gltf-binary": "glb",
    "model/gltf+json": "gltf",
    "model/obj": "obj",
    "model/stl": "stl",
    "model/x-ply": "ply",
    "model/3mf": "3mf",
}
"""MIME types, and what the reader calls them."""


def model_kind(mime_type: str, head: bytes, tail: bytes = b"") -> str | None:
    """What the reader calls a file's format, by its MIME type, first and last bytes; None for what is no model that can be read."""
    from dam.assets.functions.mime import precise_mime_type  # noqa: PLC0415 - its tables take 10 ms to load

    if head.startswith((b"ply\n", b"ply\r\n")):
        return "ply"
    return FORMATS.get(mime_type) or FORMATS.get(precise_mime_type(mime_type, head, tail))
