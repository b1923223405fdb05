"""Index a tree from an empty home, which is removed afterwards: `python benchmarks/fresh_index.py TREE [--ocr]`.

Text is recognised in pictures only with `--ocr`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from measure import dam


def main() -> int:
    """Run one first index; the exit code is the product's."""
    if "--ocr" not in sys.argv:
        os.environ["DAM_DOCUMENT__OCR"] = "off"
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
        return subprocess.run(dam("--home", home, "index", "--json", sys.argv[1]), stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
