"""The floor under a first index: the heavy work alone, one process a core, with no names, types or database.

    python benchmarks/bare_loop.py TREE [--product 'CMD {tree}'] [--runs 3]

Every file is read and hashed (SHA-256); a picture is decoded once, shrunk while it loads, to the product's thumbnail sizes, written as WebP
with the product's effort and quality, and shrunk to 32 x 32 grey for its perceptual hash; its EXIF is read. CMD runs in turn with the loop.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp"}
SIDES, QUALITY, EFFORT = (800, 200), 80, 2


def work_on(path: Path) -> int:
    """Do the heavy work for one file; answers how many bytes its thumbnails have."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if path.suffix.lower() not in SUFFIXES:
        return 0
    import pyvips  # noqa: PLC0415 - VIPS_CONCURRENCY must be set before
    from PIL import Image  # noqa: PLC0415 - only for pictures

    try:
        picture = pyvips.Image.thumbnail(str(path), SIDES[0], size="down").copy_memory()
        written = len(picture.webpsave_buffer(Q=QUALITY, effort=EFFORT))
        for side in SIDES[1:]:
            picture = picture.thumbnail_image(side, size="down")
            written += len(picture.webpsave_buffer(Q=QUALITY, effort=EFFORT))
        picture.thumbnail_image(32, height=32, size="force").colourspace("b-w").write_to_memory()
        with Image.open(path) as image:
            image.getexif().get_ifd(0x8769)
    except (OSError, SyntaxError, ValueError, pyvips.Error):  # a damaged picture costs the product the same look
        return 0
    return written


def main() -> int:
    """Measure the loop, and the product in turn with it; print medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--product")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("VIPS_CONCURRENCY", "1")
    files = [path for path in options.tree.rglob("*") if path.is_file()]
    floors, products = [], []
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        pool.map(work_on, files[:8])  # imports, and the page cache
        for _ in range(options.runs):
            start = time.perf_counter()
            pool.map(work_on, files, chunksize=4)
            floors.append(time.perf_counter() - start)
            if options.product:
                command = [part.replace("{tree}", str(options.tree)) for part in shlex.split(options.product)]
                start = time.perf_counter()
                status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
                products.append(time.perf_counter() - start)
                if status not in (0, 3):
                    sys.exit(f"the product exits {status}")
    print(f"{len(files)} files; bare loop {statistics.median(floors):.2f} s")
    if products:
        ratios = [product / floor for product, floor in zip(products, floors, strict=True)]
        spread = f"(min {min(ratios):.2f}, max {max(ratios):.2f})"
        print(f"product {statistics.median(products):.2f} s; ratio {statistics.median(ratios):.2f} {spread}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
