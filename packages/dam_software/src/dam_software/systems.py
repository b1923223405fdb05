"""Programs: what is read of them becomes components and further assets; and installing one, if somebody has allowed it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from dam.assets.commands import GetAssetCommand, LinkEntitiesCommand, LocateContentCommand, StoreFilesCommand
from dam.assets.events import AssetExamined
from dam.assets.models import ContentHashSHA256Component, Relation, TextComponent, ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, CacheResource, Findings
from dam.assets.systems.journal import who
from dam.core.analysis import Analysis
from dam.core.exceptions import DamError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam.system_events.requests import ConfirmationRequest
from dam_software.commands import InstallSoftwareCommand
from dam_software.events import SoftwareAssetDetected
from dam_software.models import InstallationComponent, SoftwareInfoComponent
from dam_software.settings import SoftwareSettings

logger = logging.getLogger(__name__)

SOFTWARE = Analysis("software.facts", 3, "dam_software.functions.analysis:analyse_software")
PREVIEW = Analysis("software.preview", 2, SOFTWARE.function)
FOUND: tuple[type[Component], ...] = (SoftwareInfoComponent, ThumbnailComponent, TextComponent)
MOST_OUTPUT = 64 << 10


class InstallationError(DamError):
    """A program cannot be installed."""


def software_findings(answer: Mapping[str, Any]) -> Findings:
    """Turn what the child read of a program into components."""
    info = answer["info"]
    findings = Findings(components=[SoftwareInfoComponent(**info)], fields={"color": answer["color"]}, note=answer["note"])
    findings.said = {"title": info.get("product") or info.get("description")}
    findings.files = {name: name for name in (*info["parts"].values(), *answer["thumbnails"].values())}
    if answer["thumbnails"]:
        findings.components.append(ThumbnailComponent(files=dict(answer["thumbnails"])))
    if answer["text"]:
        findings.components.append(TextComponent(text=answer["text"]))
    return findings


@system(on_event=SoftwareAssetDetected)
async def process_software_system(batch: Batch[SoftwareAssetDetected], scheduler: AnalysisScheduler) -> None:
    """See to it that the program is read; one whose content is known already is skipped by the question what is still to do."""
    scheduler.ring()


@system(on_event=AssetExamined)
async def store_parts_system(events: Batch[AssetExamined], world: World, cache: CacheResource) -> None:
    """Make the icon and the licence of programs assets of their own, in the store, that the program contains."""
    ids = [event.entity_id for event in events]

    def programs(connection: Connection) -> list[tuple[int, bytes, dict[str, str]]]:
        info, hashes = SoftwareInfoComponent, ContentHashSHA256Component
        statement = select(info.entity_id, hashes.hash_value, info.parts).join(hashes, hashes.entity_id == info.entity_id)
        return [(row[0], row[1], row[2]) for row in connection.execute(statement.where(info.entity_id.in_(ids))) if row[2]]

    for entity_id, content, parts in await world.database.read(programs):
        paths = tuple(path for name in parts.values() if (path := cache.find(content, name)) is not None)
        for stored in (await world.dispatch_command(StoreFilesCommand(paths))).one():
            if stored.entity_id is None:
                logger.warning("A part of program %s cannot be stored: %s", entity_id, stored.error)
            else:
                await world.dispatch_command(LinkEntitiesCommand(entity_id, stored.entity_id, Relation.CONTAINS))


@system(on_command=InstallSoftwareCommand)
async def handle_install_software(command: InstallSoftwareCommand, world: World) -> AsyncGenerator[Any, Any]:
    """Install a program by what the settings name for its kind, after a yes; each attempt leaves a record, a declined one too."""
    settings = world.get_settings(SoftwareSettings)
    asset = (await world.dispatch_command(GetAssetCommand(command.entity_id))).one()
    if asset is None:
        raise InstallationError(f"There is no asset {command.entity_id}.")
    words = settings.installers.get(asset["mime_type"] or "")
    if not words:
        raise InstallationError(
            f"Installing is switched off: no program is named for {asset['mime_type']}. "
            "Name one in the setting `installers` of dam_software."
        )
    path: Path | None = (await world.dispatch_command(LocateContentCommand(command.entity_id))).one()
    if path is None:
        raise InstallationError(f"The file of asset {command.entity_id} cannot be reached, so it cannot be installed.")
    line = [word.replace("{path}", str(path)) for word in words]
    answer = yield ConfirmationRequest(message=f"Run `{' '.join(line)}` on this machine?")
    agreed = answer is not None and answer.confirmed
    record = await _record(world, command.entity_id, "running" if agreed else "declined", line, asset["sha256"] or "")
    if agreed:
        try:
            outcome, code, output = await _run(line, settings.install_timeout)
        except BaseException:
            await _finish(world, record, "failed", None, "It was stopped before it ended.")
            raise
        await _finish(world, record, outcome, code, output)
    yield Result(await _told(world, record))


async def _record(world: World, entity_id: int, outcome: str, line: list[str], sha256: str) -> int:
    async with world.transaction() as transaction:
        record = InstallationComponent(outcome=outcome, command=line, sha256=sha256, who=who())
        await transaction.add_component_to_entity(entity_id, record)
        await transaction.flush()
        return record.id


async def _run(line: list[str], timeout: float) -> tuple[str, int | None, str]:  # noqa: ASYNC109 - a program is ended, not a task
    try:
        process = await asyncio.create_subprocess_exec(
            *line, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as error:
        return "failed", None, f"{line[0]} cannot be run: {error.strerror}."
    try:
        output, _ = await asyncio.wait_for(process.communicate(), timeout)
    except (TimeoutError, asyncio.CancelledError) as error:
        process.kill()
        await process.wait()
        if isinstance(error, asyncio.CancelledError):
            raise
        return "failed", None, f"It took longer than {timeout:g} seconds and was ended."
    text = output[-MOST_OUTPUT:].decode("utf-8", "replace").replace("\x00", "")
    return "done" if process.returncode == 0 else "failed", process.returncode, text


async def _finish(world: World, record: int, outcome: str, code: int | None, output: str) -> None:
    async with world.transaction() as transaction:
        chosen = update(InstallationComponent).where(InstallationComponent.id == record)
        await transaction.execute(chosen.values(outcome=outcome, exit_code=code, output=output))


async def _told(world: World, record: int) -> dict[str, Any]:
    one = InstallationComponent
    statement = select(one.id, one.outcome, one.command, one.sha256, one.exit_code, one.output, one.who).where(one.id == record)
    return await world.database.read(lambda connection: dict(connection.execute(statement).mappings().one()))
