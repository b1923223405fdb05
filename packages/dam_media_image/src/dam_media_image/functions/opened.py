"""What is known of a picture whose header has been read and whose pixels have not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import ImageFile

if TYPE_CHECKING:
    import pyvips


@dataclass(slots=True)
class OpenedPicture:
    """A picture whose header has been read.

    `picture` is Pillow's, undecoded; None where another library read the header. Pillow goes on from `position` in the file.
    `info` has the blocks that the format carries, under Pillow's names: "exif", "xmp", "icc_profile" and their like. `render` makes
    the pixels of formats that neither libvips nor Pillow decodes: 8 bits, with its long side about the wanted size or more.
    `is_upright` says that the pixels come as displayed, whatever EXIF says. `duration` is that of an animation, in seconds.
    """

    format: str
    mode: str
    width: int
    height: int
    frames: int = 1
    has_alpha: bool = False
    picture: ImageFile.ImageFile | None = None
    position: int = 0
    notes: list[str] = field(default_factory=list)
    info: dict[Any, Any] = field(default_factory=dict)
    render: Callable[[int], pyvips.Image] | None = None
    is_upright: bool = False
    duration: float | None = None
