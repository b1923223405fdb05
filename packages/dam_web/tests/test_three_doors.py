"""One handler that asks for a password until it is right, through the command line and the REST interface (the browser: see
`test_gallery_browser.py`): the same answers lead to the same outcome."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from outside_package import install  # type: ignore[import-not-found]  # beside this file
from web_worlds import web_world  # type: ignore[import-not-found]  # beside this file

from dam.core.exceptions import UnansweredQuestionError
from dam.core.world import World
from dam_app.cli import conversation
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_test_utils.vault import OUTCOMES, PASSWORD, AskEverythingCommand, OpenVaultCommand, VaultPlugin
from dam_web.api.conversations import answer_of
from dam_web.app import create_api
from dam_web.resources import Conversations

ADDRESS = "/api/dam/conversations"


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder: Path = install(tmp_path / "outside")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in [name for name in sys.modules if name.startswith("mood_")]:
        del sys.modules[name]


class Doors:
    """A World with a vault, and a client of its REST interface."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client

    async def open(self, vault: int = 7, status: int = 202) -> dict[str, Any]:
        return await self.post("/api/dam/commands/open-vault", {"entity_id": vault}, status)

    async def answer(self, begun: dict[str, Any], answer: Any, status: int = 200, **more: Any) -> dict[str, Any]:
        return await self.post(f"{ADDRESS}/{begun['conversation']['id']}", {"answer": answer, **more}, status)

    async def post(self, path: str, body: Any, status: int) -> dict[str, Any]:
        answer = await self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        if status == 202:
            assert answer.headers["Location"] == f"{ADDRESS}/{answer.json()['conversation']['id']}"
        value: dict[str, Any] = answer.json()
        return value

    async def status(self, begun: dict[str, Any], method: str = "GET") -> tuple[int, Any]:
        answer = await self.client.request(method, f"{ADDRESS}/{begun['conversation']['id']}")
        return answer.status_code, answer.json() if answer.content else None


async def doors_of(home: Path, migrated: Path, **web: Any) -> AsyncIterator[Doors]:
    async with web_world(home, VaultPlugin(), migrated=migrated, **web) as world:
        transport = httpx.ASGITransport(create_api(world), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as client:
            yield Doors(world, client)


@pytest_asyncio.fixture
async def doors(tmp_path: Path, outside: Path, migrated_database: Path) -> AsyncIterator[Doors]:
    async for made in doors_of(tmp_path / "home", migrated_database, most_conversations=3):
        yield made


@pytest_asyncio.fixture
async def hasty(tmp_path: Path, outside: Path, migrated_database: Path) -> AsyncIterator[Doors]:
    async for made in doors_of(tmp_path / "home", migrated_database, answer_seconds=0.2):
        yield made


# -- over HTTP ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", OUTCOMES)
async def test_over_http(doors: Doors, said: tuple[str | None, ...], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    state = begun = await doors.open()
    assert state["conversation"]["command"] == "OpenVaultCommand"
    for number, password in enumerate(said, 1):
        question = state["conversation"]["question"]
        expected = {"type": "PasswordRequest", "message": "Password of vault 7:", "number": number, "answer": "PasswordResponse"}
        assert question == expected
        assert await doors.status(begun) == (202, state)
        assert (await doors.client.get(ADDRESS)).json() == {"items": [state["conversation"]]}
        answer = None if password is None else {"type": "PasswordResponse", "password": password}
        state = await doors.answer(begun, answer, 200 if number == len(said) else 202, question=number)
    assert state == {"results": OUTCOMES[said]}
    assert await doors.status(begun) == (200, state)
    assert (await doors.client.get(ADDRESS)).json() == {"items": []}
    assert (await doors.answer(begun, None, 410))["error"]["type"] == "ConversationEndedError"
    described = (await doors.client.get("/api/openapi.json")).text
    assert PASSWORD not in caplog.text + described
    assert "/api/dam/commands/open-vault" in described


async def test_a_password_in_the_fields_of_its_kind(doors: Doors) -> None:
    begun = await doors.open()
    for answer, status in [({"password": 3}, 422), ({"text": PASSWORD}, 422), ({"type": "TextResponse", "password": PASSWORD}, 422),
                           ({"type": 3}, 422), (PASSWORD, 422), ([], 422)]:  # fmt: skip
        refused = await doors.answer(begun, answer, status)
        assert set(refused) == {"error"}
        assert PASSWORD not in json.dumps(refused)
    assert (await doors.answer(begun, None, 409, question=2))["error"]["type"] == "AnsweredTwiceError"
    assert await doors.answer(begun, {"password": PASSWORD}) == {"results": ["The vault is open."]}


async def test_two_answers_at_once_are_one(doors: Doors) -> None:
    begun = await doors.open()
    address = f"{ADDRESS}/{begun['conversation']['id']}"
    answers = await asyncio.gather(*(doors.client.post(address, json={"answer": {"password": "no"}, "question": 1}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    assert {answer.json()["conversation"]["question"]["number"] for answer in answers if answer.status_code == 202} == {2}


async def test_nobody_there(hasty: Doors) -> None:
    begun = await hasty.open()
    (asked,) = hasty.world.get_resource(Conversations).asking()
    await asyncio.wait({asked.task})
    assert asked.has_expired
    status, body = await hasty.status(begun)
    assert (status, body["error"]["type"]) == (410, "ConversationExpiredError")
    await hasty.answer(begun, {"password": PASSWORD}, 410)
    unknown = {"conversation": {"id": "unknown"}}
    assert await hasty.status(unknown) == (404, await hasty.answer(unknown, None, 404))


async def test_ended_and_bounded(doors: Doors) -> None:
    begun = [await doors.open(number) for number in (1, 2, 3)]
    assert (await doors.open(4, 503))["error"]["type"] == "TooManyConversationsError"
    assert await doors.status(begun[0], "DELETE") == (204, None)
    assert (await doors.status(begun[0]))[0] == 410
    assert await doors.status(begun[0], "DELETE") == (204, None)
    await doors.open(4)
    await doors.world.get_resource(Conversations).close()
    assert [(await doors.status(one))[0] for one in begun] == [410] * 3
    await doors.open(5, 503)


async def test_what_a_command_raises_is_the_answer(doors: Doors) -> None:
    assert (await doors.open(0, 400))["error"] == {"type": "UsageError", "message": "There is no vault 0.", "hint": None}
    for body in ({}, {"entity_id": "x"}, {"entity_id": 1, "stream": None}, {"entity_id": 1, "execution_strategy": "parallel"}):
        await doors.post("/api/dam/commands/open-vault", body, 422)
    await doors.post("/api/dam/commands/index-path", {}, 404)


async def test_every_kind_of_question_over_http(doors: Doors) -> None:
    state = await doors.post("/api/dam/commands/ask-everything", {}, 202)
    state = await doors.answer(state, {"confirmed": True}, 202)
    assert state["conversation"]["question"]["choices"] == ["red", "green"]
    await doors.answer(state, {"choice": "blue"}, 422)
    state = await doors.answer(state, {"choice": "green"}, 202)
    results = await doors.answer(state, {"text": "Ada"})
    assert results == {"results": [{"confirmed": True}, {"choice": "green"}, {"text": "Ada"}]}


async def test_the_stream_tells_of_questions(doors: Doors) -> None:
    conversations = doors.world.get_resource(Conversations)
    before = conversations.version
    begun = await doors.open()
    assert conversations.version == before + 1
    await doors.answer(begun, None)
    assert conversations.version == before + 2


# -- in a terminal ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What was asked; `say` gives the answers."""
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr(conversation, "may_ask", lambda: True)
    return asked


def say(monkeypatch: pytest.MonkeyPatch, prompts: list[tuple[str, bool]], *answers: str | None) -> None:
    left = list(answers)

    async def ask(prompt: str, *, hidden: bool = False) -> str | None:
        prompts.append((prompt, hidden))
        return left.pop(0)

    monkeypatch.setattr(conversation, "ask", ask)


@pytest.mark.parametrize("said", OUTCOMES)
async def test_in_the_command_line(
    doors: Doors, said: tuple[str | None, ...], prompts: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, prompts, *said)
    assert (await converse(doors.world, OpenVaultCommand(7))).results == OUTCOMES[said]
    assert [hidden for _, hidden in prompts] == [True] * len(said)
    assert all(prompt.startswith("Password of vault 7:") for prompt, _ in prompts)


async def test_every_kind_of_question_in_the_command_line(
    doors: Doors, prompts: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, prompts, "what", "Y", "3", "2", "Ada")
    results = (await converse(doors.world, AskEverythingCommand())).results
    assert [vars(one) for one in results] == [{"confirmed": True}, {"choice": "green"}, {"text": "Ada"}]
    say(monkeypatch, prompts, None, None, None)
    results = (await converse(doors.world, AskEverythingCommand())).results
    assert [vars(one) for one in results] == [{"confirmed": False}, {"choice": None}, {"text": None}]


async def test_nobody_at_the_terminal(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(UnansweredQuestionError, match=r"Password of vault 7:.*--no-input") as raised:
        await converse(doors.world, OpenVaultCommand(7))
    assert raised.value.exit_code == 4
    monkeypatch.setattr(INVOCATION, "no_input", True)
    assert not conversation.may_ask()


def test_a_declined_question_is_answered_with_nothing() -> None:
    from dam.system_events.requests import ChoiceRequest, PasswordRequest, PasswordResponse, TextResponse

    assert answer_of(PasswordRequest(), None) == PasswordResponse(password=None)
    assert not ChoiceRequest(choices=("a",)).accepts(TextResponse("a"))


class Terminal:
    """A program at a terminal of its own; its stdout goes elsewhere."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.ours, self.theirs = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            command, stdin=self.theirs, stderr=self.theirs, stdout=subprocess.PIPE, env={**os.environ, **environment}
        )

    def until(self, text: bytes) -> None:
        """Read what is shown until there is a text that was not there before."""
        begun = len(self.shown)
        deadline = time.monotonic() + 60
        while text not in self.shown[begun:]:
            assert select.select([self.ours], [], [], max(0.0, deadline - time.monotonic()))[0], f"no {text!r} in {self.shown!r}"
            self.shown += os.read(self.ours, 4096)

    def type(self, text: bytes) -> None:
        os.write(self.ours, text)

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)

    def end(self) -> tuple[int, bytes]:
        out, _ = self.process.communicate(timeout=60)
        for end in (self.ours, self.theirs):
            os.close(end)
        return self.process.returncode, out


def vault_verb(folder: Path, migrated_database: Path) -> tuple[list[str], dict[str, str]]:
    """The verb of a package from outside that asks for a password, and the environment that it is found in."""
    command = [str(Path(sys.executable).with_name("dam")), "--home", str(folder / "home"), "open-vault", "7"]
    environment = {"PYTHONPATH": str(install(folder / "outside")), "TERM": "xterm"}
    (folder / "home").mkdir()
    (folder / "home" / "dam.db").write_bytes(migrated_database.read_bytes())
    return command, environment


def test_at_a_real_terminal(tmp_path: Path, migrated_database: Path) -> None:
    command, environment = vault_verb(tmp_path, migrated_database)
    terminal = Terminal(*command, **environment)
    for password in ("wrong", PASSWORD):
        terminal.until(b"Password of vault 7:")
        assert not terminal.echoes()
        terminal.type(password.encode() + b"\n")
    assert terminal.process.wait(60) == 0
    assert terminal.echoes()
    assert PASSWORD.encode() not in terminal.shown
    assert terminal.end() == (0, b"The vault is open.\n")
    ended = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.startswith('dam: OpenVaultCommand asked "Password of vault 7:"')


def test_ctrl_c_at_a_prompt(tmp_path: Path, migrated_database: Path) -> None:
    command, environment = vault_verb(tmp_path, migrated_database)
    terminal = Terminal(*command, **environment)
    terminal.until(b"Password of vault 7:")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(60) == 130
    assert terminal.echoes()
    assert terminal.end() == (130, b"")
