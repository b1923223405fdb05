"""Installing a program of the library: only where somebody has allowed it, after a yes, as a task, and with a record of each attempt."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select, update

from dam.assets.commands import GetAssetCommand, LocateContentCommand
from dam.assets.commands.tasks import CancelTaskCommand, InstallSoftwareCommand, ListTasksCommand, TaskState
from dam.assets.models import AssetComponent
from dam.assets.systems.journal import who
from dam.core.exceptions import EntityNotFoundError, UnansweredQuestionError, UsageError
from dam.core.executor import Result
from dam.core.liveness import has_ended, identity
from dam.core.systems import system
from dam.core.world import World
from dam.models.types import utc_now
from dam.system_events.progress import Progress
from dam.system_events.requests import ConfirmationRequest, TextRequest
from dam_software.commands import BeginInstallationCommand
from dam_software.models import UNFINISHED, InstallationComponent
from dam_software.resources import Installer
from dam_software.settings import SoftwareSettings

logger = logging.getLogger(__name__)

KIND = "software.install/"
SHOWN = 10
"""So many installations that have ended are still listed."""
PROGRESS_SECONDS = 0.2


class InstallationError(UsageError):
    """A program cannot be installed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run, and on which content of which asset."""

    entity_id: int
    line: list[str]
    sha256: str

    @property
    def question(self) -> str:
        """What a person has to agree to."""
        return f"Run `{' '.join(self.line)}` on this machine?"


@system(on_command=InstallSoftwareCommand)
async def handle_install_software(command: InstallSoftwareCommand, world: World, installer: Installer) -> AsyncGenerator[Any, Any]:
    """Install a program by what the settings name for its kind, after a yes; each attempt leaves a record, a declined one too."""
    wanted = await _wanted(world, command.entity_id)
    try:
        answer = yield ConfirmationRequest(message=wanted.question)
    except UnansweredQuestionError:
        await _record(world, wanted, "unanswered")
        raise
    if answer is None or not answer.confirmed:
        yield Result(await _told(world, await _record(world, wanted, "declined")))
        return
    record = await _record(world, wanted, "waiting")
    ended = installer.begin(record, wanted.line)
    begun = asyncio.get_running_loop().time()
    while not ended.done():
        yield Progress(round(asyncio.get_running_loop().time() - begun), None, "Installing", "seconds")
        await asyncio.wait([ended], timeout=PROGRESS_SECONDS)
    told = await _told(world, record)
    if told["outcome"] in UNFINISHED:
        await installer.settled()  # its end could not be written down: this raises why
    yield Result(told)


@system(on_command=BeginInstallationCommand)
async def handle_begin_installation(command: BeginInstallationCommand, world: World, installer: Installer) -> AsyncGenerator[Any, Any]:
    """The same for somebody elsewhere, who shows by a code that the terminal of this server is theirs; it goes on without them."""
    if not world.get_settings(SoftwareSettings).install_over_http:
        raise InstallationError("Programs are not installed from here: use `dam install`, or set `install_over_http` of dam_software.")
    wanted = await _wanted(world, command.entity_id)
    code = secrets.token_hex(4)
    logger.warning("Somebody asks to run `%s` on this machine. Who agrees types this code: %s", " ".join(wanted.line), code)
    try:
        answer = yield TextRequest(message=f"{wanted.question} To agree, type the code that the terminal of the server shows.")
    except UnansweredQuestionError:
        await _record(world, wanted, "unanswered")
        raise
    agreed = answer is not None and secrets.compare_digest((answer.text or "").strip().encode(), code.encode())
    record = await _record(world, wanted, "waiting" if agreed else "declined")
    if agreed:
        installer.begin(record, wanted.line)
    yield Result(await _told(world, record))


@system(on_command=ListTasksCommand)
async def handle_list_installations(command: ListTasksCommand, world: World) -> list[TaskState]:
    """List the installations that have not ended and the last ones that have; one whose process is gone has failed."""
    one, asset = InstallationComponent, AssetComponent
    columns = (one.id, one.entity_id, one.outcome, one.output, one.process, one.created_at, one.updated_at, asset.filename)
    statement = select(*columns).join(asset, asset.entity_id == one.entity_id)
    latest = select(one.id).order_by(one.id.desc()).limit(SHOWN)
    statement = statement.where(or_(one.outcome.in_(UNFINISHED), one.id.in_(latest))).order_by(one.id)

    def read(connection: Connection) -> list[Any]:
        return list(connection.execute(statement))

    rows = await world.database.read(read)
    lost = [row.id for row in rows if row.outcome in UNFINISHED and has_ended(row.process)]
    if lost:
        async with world.transaction() as transaction:
            mended = update(one).where(one.id.in_(lost), one.outcome.in_(UNFINISHED))
            await transaction.execute(mended.values(outcome="failed", output=one.output + "The process that ran it has ended.\n"))
        rows = await world.database.read(read)
    now = utc_now()
    return [
        TaskState(
            f"{KIND}{row.id}",
            row.entity_id,
            f"Install {row.filename}",
            row.outcome,
            round(((now if row.outcome in UNFINISHED else row.updated_at) - row.created_at).total_seconds(), 1),
            row.output,
        )
        for row in rows
    ]


@system(on_command=CancelTaskCommand)
async def handle_cancel_installation(command: CancelTaskCommand, world: World) -> bool:
    """Say so in the record, where the process looks that runs it."""
    kind, number = command.task[: len(KIND)], command.task[len(KIND) :]
    if kind != KIND or not number.isdecimal():
        return False
    one = InstallationComponent
    async with world.transaction() as transaction:
        chosen = update(one).where(one.id == int(number), one.outcome.in_(UNFINISHED)).values(cancelled=True)
        return bool((await transaction.execute(chosen.returning(one.id))).all())


async def _wanted(world: World, entity_id: int) -> Wanted:
    """What would install an asset; raises EntityNotFoundError, and InstallationError where nothing may be installed."""
    settings = world.get_settings(SoftwareSettings)
    asset = (await world.dispatch_command(GetAssetCommand(entity_id))).one()
    if asset is None:
        raise EntityNotFoundError(f"There is no asset {entity_id}.")
    words = settings.installers.get(asset["mime_type"] or "")
    if not words:
        raise InstallationError(
            f"Installing is switched off: no program is named for {asset['mime_type']}. "
            "Name one in the setting `installers` of dam_software."
        )
    path: Path | None = (await world.dispatch_command(LocateContentCommand(entity_id))).one()
    if path is None:
        raise InstallationError(f"The file of asset {entity_id} cannot be reached, so it cannot be installed.")
    return Wanted(entity_id, [word.replace("{path}", str(path)) for word in words], asset["sha256"] or "")


async def _record(world: World, wanted: Wanted, outcome: str) -> int:
    """Write the audit record; gives its number."""
    async with world.transaction() as transaction:
        record = InstallationComponent(outcome=outcome, command=wanted.line, sha256=wanted.sha256, who=who(), process=identity())
        await transaction.add_component_to_entity(wanted.entity_id, record)
        await transaction.flush()
        return record.id


async def _told(world: World, record: int) -> dict[str, Any]:
    one = InstallationComponent
    statement = select(one.id, one.outcome, one.command, one.sha256, one.exit_code, one.output, one.who).where(one.id == record)
    return await world.database.read(lambda connection: dict(connection.execute(statement).mappings().one()))
