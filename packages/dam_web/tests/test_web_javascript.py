"""The pure parts of the page's JavaScript, run in node where there is one."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from dam_web.settings import WEB

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_pure_javascript() -> None:
    assert NODE is not None
    script = Path(__file__).parent / "javascript" / "pure.test.mjs"
    done = subprocess.run([NODE, "--test", str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_vendored_files_are_as_recorded() -> None:
    for package in tomllib.loads((WEB / "vendor" / "VENDOR.toml").read_text("utf-8"))["package"]:
        folder = WEB / "vendor" / package["folder"]
        assert {path.name for path in folder.iterdir()} == set(package["sha256"])
        for name, digest in package["sha256"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_our_files_name_no_other_host_and_write_no_markup() -> None:
    for path in (*WEB.glob("*.js"), *WEB.glob("*.css")):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import", text), path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|v-html|document\.write|\beval\b", text), path.name
