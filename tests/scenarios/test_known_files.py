"""Every kind of file is told rightly, also where there are no sample files: these are made here, and what is true of them is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dam import World
from dam.assets.commands import ExportAssetsCommand
from dam_fs.commands import IndexPathCommand
from dam_test_utils.known_files import known_files
from dam_test_utils.truth import check, together


async def test_files_of_every_kind_that_are_made_here_are_told_rightly(world: World, tmp_path: Path) -> None:
    known = known_files()
    folder = tmp_path / "known"
    folder.mkdir()
    for number, (data, _) in enumerate(known.values()):
        (folder / f"{number:03}").write_bytes(data)  # a name tells nothing
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    assets: list[dict[str, Any]] = (await world.dispatch_command(ExportAssetsCommand())).one()
    by_hash = {asset["sha256"]: asset for asset in assets}
    scores = check({name: truth for name, (_, truth) in known.items()}, by_hash)
    assert scores.keys() == {"archive", "audio", "font", "image", "other", "pdf", "text", "video"}
    assert together(scores).wrong == []
    assert together(scores).right >= 260
    statuses = {name: by_hash[truth["sha256"]]["error_message"] for name, (_, truth) in known.items()}
    assert {name: problem for name, problem in statuses.items() if problem} == {}
