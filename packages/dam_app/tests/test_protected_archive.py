"""An archive with a password, opened in conversation: the handler and the calling loop of the plugin guide, on a real archive."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from dam.commands.analysis_commands import AnalysisCommand
from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import UnansweredQuestionError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam.sdk import AssetService
from dam.system_events.requests import PasswordRequest, PasswordResponse

PASSWORD = "my-secret-password"
Conversation = AsyncGenerator[PasswordRequest | Result, PasswordResponse | None]


@dataclass
class ProcessProtectedArchive(BaseCommand[list[str], PasswordRequest | PasswordResponse]):
    """A command that may require a password."""

    access: ClassVar[Access] = "none"
    entity_id: int


@system(on_command=ProcessProtectedArchive)
async def handle_protected_archive(cmd: ProcessProtectedArchive, world: World) -> Conversation:
    password: str | None = None
    async with AnalysisCommand[None](entity_id=cmd.entity_id).open_stream(world) as stream:
        assert stream is not None
        archive = zipfile.ZipFile(stream)
        while not password:
            response = yield PasswordRequest(message="Password required")
            if response and response.password:
                try:
                    texts = [archive.read(name, response.password.encode()).decode() for name in archive.namelist()]
                except RuntimeError:
                    continue  # a wrong password: ask again
                password = response.password
                yield Result(texts)
            else:
                break


def protected_zip(name: str, content: bytes, password: bytes) -> bytes:
    """A ZIP with one stored member under a password: "traditional PKWARE encryption" (APPNOTE.TXT, section 6.1)."""
    table = list(range(256))
    for _ in range(8):
        table = [(value >> 1) ^ (0xEDB88320 if value & 1 else 0) for value in table]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(value: int, byte: int) -> int:
        return (value >> 8) ^ table[(value ^ byte) & 0xFF]

    def update(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    def encrypted(plain: Iterable[int]) -> bytes:
        made = bytearray()
        for byte in plain:
            mask = (keys[2] | 2) & 0xFFFF
            made.append(byte ^ (((mask * (mask ^ 1)) >> 8) & 0xFF))
            update(byte)
        return bytes(made)

    for byte in password:
        update(byte)
    checksum = zlib.crc32(content)
    body = encrypted(bytes(11) + bytes([checksum >> 24])) + encrypted(content)
    shared = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x21, checksum, len(body), len(content), len(name), 0)
    local = b"PK\x03\x04" + shared + name.encode() + body
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + shared + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.encode()
    return local + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "secret.zip"
    path.write_bytes(protected_zip("secret.txt", b"the secret", PASSWORD.encode()))
    with zipfile.ZipFile(path) as opened, pytest.raises(RuntimeError):
        opened.read("secret.txt")
    return path


async def converse(world: World, entity_id: int, answers: list[str | None]) -> tuple[list[list[str]], int]:
    """The calling loop as the guide prints it; gives the results, and how often a password was asked for."""
    asked = 0
    executor = world.dispatch_command(ProcessProtectedArchive(entity_id=entity_id))
    try:
        event = await anext(executor)
        while True:
            if isinstance(event, PasswordRequest):
                assert event.message == "Password required"
                password_input = answers[asked]
                asked += 1
                event = await executor.asend(PasswordResponse(password=password_input))
    except StopAsyncIteration:
        pass
    return (await executor).results, asked


async def test_an_archive_is_opened_with_the_right_password(world: World, archive: Path) -> None:
    world.register_system(handle_protected_archive)
    entity, _ = await AssetService(world).add_asset_file(archive)
    assert await converse(world, entity.id, [PASSWORD]) == ([["the secret"]], 1)
    assert await converse(world, entity.id, ["wrong", "wrong too", PASSWORD]) == ([["the secret"]], 3)
    assert await converse(world, entity.id, ["wrong", None]) == ([], 2), "who has none may give up"
    with pytest.raises(UnansweredQuestionError):
        await world.dispatch_command(ProcessProtectedArchive(entity_id=entity.id))
    assert io.BytesIO(archive.read_bytes()).getvalue() == protected_zip("secret.txt", b"the secret", PASSWORD.encode())
    await world.settled()
