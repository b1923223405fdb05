"""What is known of one picture of the demo collection before it is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator
from PIL import Image

Painter = Callable[[Generator, int, int], Image.Image]


@dataclass(frozen=True)
class Camera:
    """The maker, the model and the lens, as the camera writes them."""

    make: str
    model: str
    lens: str = ""


@dataclass(frozen=True)
class Exposure:
    """Seconds, f-number, ISO and focal length in millimetres."""

    seconds: tuple[int, int]
    aperture: float
    iso: int
    focal: float


@dataclass(frozen=True)
class Place:
    """Where a picture was taken: decimal degrees, metres above the sea, names."""

    latitude: float
    longitude: float
    altitude: float
    city: str
    country: str


@dataclass(frozen=True)
class Caption:
    """What a person has said about a picture: title, keywords, stars from 0 to 5."""

    title: str
    keywords: tuple[str, ...]
    rating: int = 0


@dataclass(frozen=True)
class Picture:
    """One file to paint: where it goes, how large it is, who paints it and what is written into it.

    `size` is as displayed; with an `orientation` of 5 to 8 the stored pixels lie on their side. `taken` is ISO 8601 with the
    offset of the place; it becomes the capture time (if there is a camera) and the file's modification time.
    """

    path: str
    size: tuple[int, int]
    paint: Painter
    taken: str
    camera: Camera | None = None
    exposure: Exposure | None = None
    place: Place | None = None
    caption: Caption | None = None
    orientation: int = 1
    quality: int = 88
