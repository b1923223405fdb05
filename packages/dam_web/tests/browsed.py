"""What a browser looks at in tests: a server over a small folder, and a page that believes in a large library."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, Route


class Server:
    """The server in a process of its own, over a folder that the test may change."""

    def __init__(self, home: Path, folder: Path, outside: Path) -> None:
        self.folder = folder
        program = Path(__file__).parent / "web_worlds.py"
        self.process = subprocess.Popen(
            [sys.executable, str(program), str(home), str(folder), "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(outside)},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().rstrip("/")
        if not self.url:
            self.stop()
            pytest.fail("the server did not start")

    def index(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def id_of(self, name: str) -> int:
        return next(int(item["id"]) for item in self.get("/api/dam/assets?limit=500")["items"] if item["filename"] == name)

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def fake_library(page: Page, rows: int, *, pending: int = 0, doing: dict[str, Any] | None = None) -> None:
    """Let the page believe in a library of so many assets; each picture is one that the page makes itself. `doing` is done besides."""

    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="#369"/></svg>'

    def assets(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        start, limit = int(asked.get("cursor", ["0"])[0]), int(asked["limit"][0])
        items = [
            {
                "id": 1000 + number, "type": "image", "category": "physical", "status": "ready", "visibility": "private", "version": 1,
                "filename": f"fake {number}.jpg", "title": None, "size": 1, "mime_type": "image/jpeg", "sha256": None, "duration": None,
                "width": 200 + 37 * (number % 11), "height": 300, "captured_at": None, "color": "336699", "tags": [], "path": None,
                "thumbnails": ["small"], "thumbnail": {"small": f"data:image/svg+xml,{quote(svg)}#{number}"},
            }
            for number in range(start, min(rows, start + limit))
        ]  # fmt: skip
        route.fulfill(json={"items": items, "next": str(start + limit) if start + limit < rows else None})

    page.route(re.compile(r"/api/dam/assets\?"), assets)
    page.route(re.compile(r"/api/dam/stats"), lambda route: route.fulfill(json={"by_type": {"image": rows}, "total": rows}))
    counts = {"done": rows - pending, "pending": pending, "total": rows}
    activity: dict[str, Any] = {"doing": doing, "problems": [], "troubles": ["A disk is away."] if doing else []}
    told = f"retry: 600000\nevent: activity\ndata: {json.dumps(activity)}\n\nevent: counts\ndata: {json.dumps(counts)}\n\n"
    page.route(re.compile(r"/api/dam/events"), lambda route: route.fulfill(body=told, content_type="text/event-stream"))
