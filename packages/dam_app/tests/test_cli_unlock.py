"""`dam unlock`: a document that needs a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from dam.assets.commands import ExportAssetsCommand
from dam.core.exceptions import DamError, UnansweredQuestionError, UsageError
from dam.core.world import World
from dam_app.cli.unlock import unlock_one
from dam_fs.commands import IndexPathCommand
from dam_test_utils.fixtures import MakeFiles


async def test_without_an_answer_it_stays_closed_and_says_what_is_wanted(world: World, make_files: MakeFiles, sample_files: Path) -> None:
    data = (sample_files / "documents" / "libreoffice-writer-password.pdf").read_bytes()
    root = make_files({"a.pdf": data, "b.txt": "words"})
    await world.dispatch_command(IndexPathCommand(root))
    await world.settled()
    with pytest.raises(UnansweredQuestionError):  # there is no terminal here
        await unlock_one(world, str(root / "a.pdf"))
    with pytest.raises(UsageError, match="does not wait for a password"):
        await unlock_one(world, str(root / "b.txt"))
    assert issubclass(UnansweredQuestionError, DamError)
    statuses = {row["filename"]: row["status"] for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    assert statuses == {"a.pdf": "partial", "b.txt": "ready"}
