"""Drawing SVG by librsvg inside libvips, for plugins that depend on `dam[drawings]`.

A drawing is handed over as bytes without an address, so librsvg resolves no reference outside it; it runs no script and reads no external
entity, and the amount of XML that entities may grow to is limited. libvips is set up for a worker: one thread, nothing cached, only
trusted decoders. Source: https://www.w3.org/TR/SVG2/coords.html (8.2).
"""

from __future__ import annotations

import logging
import os

os.environ.setdefault("VIPS_CONCURRENCY", "1")  # before the import: the workers are many, a picture needs one thread

import pyvips  # the environment above must come first

__all__ = ["draw_svg", "pyvips"]

# A warning is logged from a thread of libvips, which then looks like one of Python's.
logging.getLogger("pyvips").setLevel(logging.CRITICAL)
pyvips.cache_set_max(0)
pyvips.block_untrusted_set(state=True)
pyvips.operation_block_set("VipsForeignLoadSvg", state=False)  # for `draw_svg` alone: no other call lets libvips choose SVG


def draw_svg(data: bytes, size: int) -> pyvips.Image:
    """Draw an SVG with its long side at `size` pixels, larger than it is if need be. Raises `pyvips.Error`."""
    plain = pyvips.Image.svgload_buffer(data)
    scale = size / max(plain.width, plain.height, 1)
    return pyvips.Image.svgload_buffer(data, scale=scale).copy_memory()
