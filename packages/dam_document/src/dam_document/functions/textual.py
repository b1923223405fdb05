"""Cheap looks at a page in shades of grey: whether there may be text on it, and how far it is askew."""

from __future__ import annotations

from itertools import pairwise

from PIL import Image, ImageChops, ImageFilter, ImageStat

LOOKED_AT = 1000
"""Pixels of the longest side of what is looked at."""
NEAR = 28
"""Shades that still count as the paper's."""
PAPER = 0.45
"""The least part of a page that is paper."""
CONTRAST = 45
"""Shades by which ink differs from what is around it."""
INK = (0.0015, 0.4)
"""The least and the largest part of a page that is ink."""
MOST_ASKEW = 15
"""Degrees."""


def looks_like_text(page: Image.Image) -> bool:
    """Whether a picture in shades of grey may hold text: much paper of about one shade, and some thin ink that stands out from it."""
    small = page.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BOX)
    if min(small.size) < 8:
        return False
    histogram = small.histogram()
    pixels = small.width * small.height
    sums = [0]
    for count in histogram:
        sums.append(sums[-1] + count)
    paper = max(sums[min(256, shade + NEAR)] - sums[max(0, shade - NEAR)] for shade in range(256))
    if paper < PAPER * pixels:
        return False
    around = small.filter(ImageFilter.BoxBlur(8))
    ink = sum(ImageChops.difference(small, around).histogram()[CONTRAST:])
    return INK[0] * pixels <= ink <= INK[1] * pixels


def straightened(page: Image.Image) -> Image.Image | None:
    """The page turned so that its lines lie level; None when they do already, as far as can be seen."""
    small = page.copy()
    small.thumbnail((500, 500), Image.Resampling.BOX)
    paper = ImageStat.Stat(small).median[0]
    ink = small.point([255 if abs(shade - paper) > CONTRAST else 0 for shade in range(256)])
    angle = max(range(-MOST_ASKEW, MOST_ASKEW + 1), key=lambda degrees: _levelness(ink, degrees))
    angle_fine = max((angle + step / 4 for step in range(-3, 4)), key=lambda degrees: _levelness(ink, degrees))
    if abs(angle_fine) < 0.5:
        return None
    return page.rotate(angle_fine, Image.Resampling.BICUBIC, expand=True, fillcolor=int(paper))


def _levelness(ink: Image.Image, degrees: float) -> float:
    """How much the rows of a page differ from one to the next when it is turned: most where lines of text lie level."""
    turned = ink.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=0)
    rows = turned.resize((1, turned.height), Image.Resampling.BOX).tobytes()
    return float(sum((one - other) ** 2 for one, other in pairwise(rows)))
