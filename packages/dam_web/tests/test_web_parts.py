"""The small parts of the web: headers, ranges, JSON, and the address that is listened at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from web_worlds import web_world  # type: ignore[import-not-found]  # beside this file

from dam.core.exceptions import ConfigurationError, UsageError
from dam_web.api.answers import JSON
from dam_web.api.content import content_disposition, parse_range
from dam_web.api.errors import ApiError
from dam_web.app import bind
from dam_web.cli import go_on, index_all


def test_names_in_headers_are_harmless() -> None:
    header = content_disposition('a"b\r\nX: y/Ü;\\.jpg', inline=True)
    assert "\r" not in header
    assert "\n" not in header
    assert header == "inline; filename=\"a_b__X: y____.jpg\"; filename*=UTF-8''a%22b%0D%0AX%3A%20y%2F%C3%9C%3B%5C.jpg"
    assert header.isascii()
    assert 'filename="file"' in content_disposition("", inline=False)


def test_ranges_of_an_empty_file() -> None:
    assert parse_range(None, 0) is None
    for asked in ("bytes=0-", "bytes=-5"):
        with pytest.raises(ApiError):
            parse_range(asked, 0)


def test_json_can_say_everything() -> None:
    body = bytes(JSON({"a": float("nan"), "b": [float("inf"), 1.5], "c": "\udc80"}).body)
    assert json.loads(body)["a"] is None
    assert json.loads(body)["b"] == [None, 1.5]


def test_a_taken_port_is_said_in_one_sentence() -> None:
    taken = bind("127.0.0.1", 0)
    try:
        with pytest.raises(ConfigurationError, match=f"Port {taken.getsockname()[1]} of 127.0.0.1 cannot be used"):
            bind("127.0.0.1", taken.getsockname()[1])
    finally:
        taken.close()


async def test_what_fails_beside_the_server_is_said(tmp_path: Path, migrated_database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with web_world(tmp_path, migrated=migrated_database) as world:
        (tmp_path / "collection").write_text("in the way of the demonstration")
        await go_on(index_all(world, [], demo=True), "The folders are not looked through")
    assert "dam: The folders are not looked through: The demo collection cannot be made in " in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_other_machines_are_kept_out(host: str) -> None:
    with pytest.raises(UsageError, match="no user accounts"):
        bind(host, 0)


def test_the_rest_interface_does_not_load_nicegui() -> None:
    script = "import sys, dam_web.app, dam_web.plugin; assert 'nicegui' not in sys.modules; import dam_web.settings"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
