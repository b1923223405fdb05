"""A program is installed in a real browser, by who can read the terminal of the server; what it says is shown, and it is cancelled."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from programs import deb  # type: ignore[import-not-found]  # beside this file

from dam_test_utils.browser import needs_browser

pytestmark = needs_browser


@pytest.fixture
def server(tmp_path: Path, migrated_database: Path) -> Iterator[subprocess.Popen[str]]:
    """`dam serve` over a folder with a package, which may be installed by a script that goes on for long."""
    folder, home, script = tmp_path / "programs", tmp_path / "home", tmp_path / "installer"
    folder.mkdir()
    home.mkdir()
    (folder / "tester.deb").write_bytes(deb())
    script.write_text("#!/bin/sh\necho '<b>begun</b>'\nexec sleep 100\n")
    script.chmod(0o755)
    shutil.copyfile(migrated_database, home / "dam.db")
    installers = json.dumps([str(script), "{path}"])
    (home / "dam.toml").write_text(
        "[worlds.main.plugins.dam_software]\ninstall_over_http = true\n"
        f'[worlds.main.plugins.dam_software.installers]\n"application/vnd.debian.binary-package" = {installers}\n'
    )
    command = [sys.executable, "-m", "dam_app", "--home", str(home), "serve", str(folder), "--no-open", "--port", "0"]
    settled = {"DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1"}
    with subprocess.Popen(command, env=os.environ | settled, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()
        process.communicate(timeout=30)


def told(server: subprocess.Popen[str], pattern: str) -> str:
    """The next thing of that kind that the server says in its terminal."""
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError("the server has ended")


def test_a_program_is_installed_by_the_operator(page: Page, server: subprocess.Popen[str]) -> None:
    url = told(server, r"(http://127\.0\.0\.1:\d+)")
    page.goto(url)
    page.get_by_role("link", name="tester.deb").first.click()
    page.get_by_role("tab", name="Install").click()
    tab = page.get_by_role("tabpanel", name="Install")
    tab.get_by_role("button", name="Install", exact=True).click()
    dialog = page.get_by_role("dialog", name=re.compile("To agree, type the code"))
    expect(dialog).to_be_visible()
    dialog.get_by_role("textbox").fill(told(server, r"types this code: (\w+)"))
    page.keyboard.press("Enter")
    expect(tab.get_by_text("<b>begun</b>")).to_be_visible()
    tab.get_by_role("button", name="Cancel").click()
    expect(tab.get_by_text("It was cancelled.")).to_be_visible()
