"""Installing a program: only where it is allowed and agreed to, as a task that can be seen and ended, with a record of each attempt."""

from __future__ import annotations

import asyncio
import getpass
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from programs import deb  # type: ignore[import-not-found]  # beside this file
from sqlalchemy import text, update

from dam import World
from dam.assets.commands import FindAssetCommand, GetAssetCommand
from dam.assets.commands.work import CancelJobsCommand, ListJobsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import UnansweredQuestionError, UsageError
from dam.core.liveness import identity
from dam.system_events.requests import ConfirmationRequest, ConfirmationResponse, TextRequest, TextResponse
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_software.commands import BeginInstallationCommand, InstallSoftwareCommand
from dam_software.models import InstallationComponent
from dam_software.plugin import SoftwarePlugin
from dam_software.systems.install import InstallationError
from dam_test_utils.fixtures import MakeWorld

PACKAGE = deb()
Open = Callable[..., Awaitable[tuple[World, int]]]


def installer(tmp_path: Path, *lines: str) -> list[str]:
    """A program that writes down what it is told to install, and does as the lines say."""
    script = tmp_path / "installer"
    script.write_text("\n".join(("#!/bin/sh", f'cat "$1" > "{tmp_path}/installed"', "echo begun", *lines, "")))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return [str(script), "{path}"]


@pytest_asyncio.fixture
async def open_allowed(make_world: MakeWorld, tmp_path: Path) -> Open:
    """Opens a library that has a package, where installing is allowed; gives the World and the asset."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "tester.deb").write_bytes(PACKAGE)

    async def make(*lines: str, **settings: Any) -> tuple[World, int]:
        allowed = {"installers": {"application/vnd.debian.binary-package": installer(tmp_path, *lines)}} if lines else {}
        world = make_world(AssetsPlugin, FsPlugin, SoftwarePlugin, home=tmp_path / "home", dam_software=allowed | settings)
        await world.dispatch_command(IndexPathCommand(folder))
        return world, (await world.dispatch_command(FindAssetCommand(str(folder / "tester.deb")))).one()

    return make


async def asked(world: World, entity_id: int, *, agree: bool | None) -> tuple[str, dict[str, Any]]:
    question = ""
    async with world.dispatch_command(InstallSoftwareCommand(entity_id)) as executor:
        async for event in executor:
            if isinstance(event, ConfirmationRequest):
                question = event.message
                event.respond(None if agree is None else ConfirmationResponse(confirmed=agree))
        return question, (await executor).one()


async def tasks(world: World) -> list[tuple[str, str]]:
    report = (await world.dispatch_command(ListJobsCommand())).one()
    return [(one.status, one.log) for one in report.tasks]


async def test_nothing_is_installed_unless_it_is_allowed_and_agreed_to(open_allowed: Open, tmp_path: Path) -> None:
    world, entity_id = await open_allowed()
    with pytest.raises(InstallationError, match="switched off"):
        await world.dispatch_command(InstallSoftwareCommand(entity_id))
    await world.close()
    world, entity_id = await open_allowed("echo done")
    with pytest.raises(UnansweredQuestionError):
        await world.dispatch_command(InstallSoftwareCommand(entity_id))
    with pytest.raises(InstallationError, match="dam install"):
        await world.dispatch_command(BeginInstallationCommand(entity_id))
    for agree in (False, None):
        question, record = await asked(world, entity_id, agree=agree)
        assert "tester.deb" in question
        assert record["outcome"] == "declined"
    assert not (tmp_path / "installed").exists()
    _, record = await asked(world, entity_id, agree=True)
    assert (record["outcome"], record["exit_code"], record["output"]) == ("done", 0, "begun\ndone\n")
    assert (tmp_path / "installed").read_bytes() == PACKAGE
    asset = (await world.dispatch_command(GetAssetCommand(entity_id))).one()
    assert asset is not None
    told = asset["components"]["InstallationComponent"]
    assert [one["outcome"] for one in told] == ["unanswered", "declined", "declined", "done"]
    assert {one["who"] for one in told} == {getpass.getuser()}


@pytest.mark.parametrize(
    ("lines", "settings", "ended"),
    [
        (("exit 3",), {}, ("failed", 3, "begun\n")),
        (("kill -9 $$",), {}, ("failed", -9, "begun\nIt was ended by SIGKILL.\n")),
        (("exec sleep 100",), {"install_timeout": 0.3}, ("failed", -15, "begun\nIt took longer than 0.3 seconds and was ended.\n")),
    ],
)
async def test_an_installer_that_fails_says_how(
    open_allowed: Open,
    lines: tuple[str, ...],
    settings: dict[str, Any],
    ended: tuple[str, int, str],
) -> None:
    world, entity_id = await open_allowed(*lines, **settings)
    _, record = await asked(world, entity_id, agree=True)
    assert (record["outcome"], record["exit_code"], record["output"]) == ended
    assert await tasks(world) == [("failed", ended[2])]


async def test_an_installation_goes_on_without_whoever_asked_and_can_be_cancelled(
    open_allowed: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world, entity_id = await open_allowed("sleep 100 & wait", install_over_http=True)

    async def begin(code: str) -> dict[str, Any]:
        async with world.dispatch_command(BeginInstallationCommand(entity_id)) as executor:
            async for event in executor:
                assert isinstance(event, TextRequest)
                event.respond(TextResponse(text=code or caplog.messages[-1].rpartition(" ")[2]))
            return (await executor).one()

    assert (await begin("12345678"))["outcome"] == "declined"
    assert (await begin(""))["outcome"] in ("waiting", "running")
    assert (await begin(""))["outcome"] == "waiting", "one at a time"
    async with asyncio.timeout(60):
        while (await tasks(world))[1] != ("running", "begun\n"):
            await asyncio.sleep(0.05)
    running, waiting = [one.id for one in (await world.dispatch_command(ListJobsCommand())).one().tasks if one.status != "declined"]
    for task in (waiting, running):
        await world.dispatch_command(CancelJobsCommand(task))
    await world.settled()
    assert [status for status, _ in await tasks(world)] == ["declined", "cancelled", "cancelled"]
    assert (await tasks(world))[1][1] == "begun\nIt was cancelled.\n"
    with pytest.raises(UsageError, match="There is no task"):
        await world.dispatch_command(CancelJobsCommand(running))


async def test_an_installation_ends_with_its_process(open_allowed: Open, caplog: pytest.LogCaptureFixture) -> None:
    world, entity_id = await open_allowed("exec sleep 100")
    async with world.dispatch_command(InstallSoftwareCommand(entity_id)) as executor:
        async for event in executor:
            if isinstance(event, ConfirmationRequest):
                event.respond(ConfirmationResponse(confirmed=True))
            elif await tasks(world) == [("running", "begun\n")]:
                break
    await world.close()
    world, _ = await open_allowed("echo done")
    assert await tasks(world) == [("failed", "It was stopped before it ended.\n")]
    one = InstallationComponent
    async with world.transaction() as transaction:  # as it is left by a process that was killed
        await transaction.execute(update(one).values(outcome="running", process=identity().rpartition("/")[0] + "/0", output=""))
    assert await tasks(world) == [("failed", "The process that ran it has ended.\n")]


async def test_installations_whose_records_cannot_be_written_end_all_the_same(open_allowed: Open) -> None:
    world, entity_id = await open_allowed("echo done")
    refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON component_installation BEGIN SELECT RAISE(ABORT, 'not now'); END"
    async with world.transaction() as transaction:
        await transaction.execute(text(refuse))
    outcomes = await asyncio.wait_for(asyncio.gather(*(asked(world, entity_id, agree=True) for _ in range(3)), return_exceptions=True), 60)
    assert ["not now" in str(one) for one in outcomes] == [True] * 3, "nobody waits for ever, and nobody hears that it is well"
    async with world.transaction() as transaction:
        await transaction.execute(text("DROP TRIGGER refuse"))
    _, record = await asked(world, entity_id, agree=True)
    assert record["outcome"] == "done"
