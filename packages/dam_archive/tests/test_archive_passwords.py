"""Encrypted archives ask for their password, at any door, and keep it as a secret."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from archives import content_of, locked_zip_of, sevenzip_of, zip_of  # type: ignore[import-not-found]  # beside this file
from sqlalchemy import select

from dam.assets.commands import ExportAssetsCommand, OpenArchiveCommand, OpenedArchive
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import UnansweredQuestionError, UsageError
from dam.core.world import World
from dam.system_events.requests import PasswordRequest, PasswordResponse
from dam_app.plugin import AppPlugin
from dam_archive.functions.keyring import decrypt, encrypt, make_key
from dam_archive.functions.passwords import passwords_in_name, try_passwords
from dam_archive.models import ArchivePassword
from dam_archive.plugin import ArchivePlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

PLUGINS = (AssetsPlugin, FsPlugin, AppPlugin, ArchivePlugin)
MEMBERS = {"one.txt": b"the first\n", "two.txt": b"the second\n"}


async def everything(world: World) -> dict[str, dict[str, Any]]:
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}


async def converse(world: World, archive: int, *answers: str | None) -> tuple[OpenedArchive, list[str]]:
    """Answer one question after the other; gives the result, and what was asked."""
    asked = []
    waiting = list(answers)
    async with world.dispatch_command(OpenArchiveCommand(str(archive))) as executor:
        async for question in executor:
            if isinstance(question, PasswordRequest):
                asked.append(question.message)
                question.respond(PasswordResponse(password=waiting.pop(0)))
        return (await executor).one(), asked


@pytest.mark.parametrize("pack", [locked_zip_of, sevenzip_of, partial(sevenzip_of, locked_names=True)])
async def test_an_archive_asks_until_its_password_is_right(
    make_world: MakeWorld, make_files: MakeFiles, pack: Callable[..., bytes], tmp_path: Path
) -> None:
    folder = make_files({"a.bin": pack(MEMBERS, "пароль")})
    async with make_world(*PLUGINS) as world:
        await world.dispatch_command(IndexPathCommand(folder))
        archive = (await everything(world))["a.bin"]["id"]
        closed, asked = await converse(world, archive, None)
        assert (closed.state, asked) == ("encrypted", ["Password of a.bin:"])
        opened, asked = await converse(world, archive, "wrong", "пароль")
        assert (opened.state, opened.members) == ("open", 2)
        assert asked == ["Password of a.bin:", "That was not right. Password of a.bin:"]
        found = await everything(world)
        assert {"one.txt", "two.txt"} <= set(found)
        assert [one["name"] for one in found["a.bin"]["metadata"]["archive"]["entries"]] == list(MEMBERS)
        assert await converse(world, archive) == (OpenedArchive(archive, "open", 2), [])  # it is remembered
        secret = await world.database.read(lambda connection: connection.execute(select(ArchivePassword.secret)).scalar_one())
        key_file = world.settings.data_directory / "archive.key"
        assert "пароль".encode() not in secret
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        (await world.dispatch_command(OpenArchiveCommand(str(archive), forget=True))).one()
        assert (await converse(world, archive, None))[0].state == "encrypted"
    assert not [path for path in world.settings.data_directory.rglob("*.log") if "пароль" in path.read_text("utf-8")]


async def test_nobody_to_ask_is_an_error(make_world: MakeWorld, make_files: MakeFiles) -> None:
    folder = make_files({"a.zip": locked_zip_of(MEMBERS, "x"), "b.txt": "no archive"})
    async with make_world(*PLUGINS) as world:
        await world.dispatch_command(IndexPathCommand(folder))
        found = await everything(world)
        with pytest.raises(UnansweredQuestionError):
            await world.dispatch_command(OpenArchiveCommand(str(found["a.zip"]["id"])))
        with pytest.raises(UsageError, match="no archive"):
            await world.dispatch_command(OpenArchiveCommand(str(found["b.txt"]["id"])))


def test_what_needs_no_password_says_so(tmp_path: Path) -> None:
    assert try_passwords(content_of(tmp_path, zip_of(MEMBERS)), {"passwords": ["x"]}) == {"needed": False, "right": None}
    assert try_passwords(content_of(tmp_path, locked_zip_of(MEMBERS, "x")), {"passwords": ["y", "x"]}) == {"needed": True, "right": 1}


def test_names_tell_passwords() -> None:
    assert passwords_in_name("photos{{a b}}.zip") == ["a b"]
    assert passwords_in_name("photos (password secret).zip") == ["secret"]
    assert passwords_in_name("photos pw=secret.part1.rar") == ["secret"]
    assert passwords_in_name("holiday.zip") == []


def test_a_password_can_only_be_read_with_its_key(tmp_path: Path) -> None:
    key, other = make_key(tmp_path / "key"), make_key(tmp_path / "other")
    assert make_key(tmp_path / "key") == key
    assert decrypt(key, encrypt(key, "geheim")) == "geheim"
    assert decrypt(other, encrypt(key, "geheim")) is None


def test_all_who_make_the_key_at_once_get_the_same_whole_one(tmp_path: Path) -> None:
    for number in range(20):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(make_key, [tmp_path / str(number) / "key"] * 8))
        assert {(len(key), key) for key in made} == {(44, made[0])}
    assert [path.name for path in tmp_path.glob("*/*")] == ["key"] * 20
    assert (tmp_path / "0" / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_never_written_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "key").touch(0o600)
    key = make_key(tmp_path / "key")
    assert decrypt(make_key(tmp_path / "key"), encrypt(key, "geheim")) == "geheim"
