"""Pictures indexed in place while the disk of the library's home is full: what the test of a full disk runs, with that disk at DISK.

python disk_full_index.py PICTURES DISK
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
from contextlib import closing, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

from dam_app.cli.main import main as command_line

ENABLED = '[worlds.main]\nenabled = ["dam_assets", "dam_fs", "dam_media_image"]\n[worlds.main.plugins.dam_fs]\nsettle_seconds = 0\n'


def dam(home: Path, *arguments: str) -> dict[str, Any]:
    """How the command line ended, and what it said. It runs in a fork, so that everything is imported once."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(said.fileno(), 2)
            command_line(["--home", str(home), *arguments])
            sys.exit()
        _, status = os.waitpid(child, 0)
        out.seek(0)
        said.seek(0)
        return {"code": os.waitstatus_to_exitcode(status), "said": said.read(), "out": out.read()}


def state(home: Path) -> dict[str, Any]:
    """What the library holds, and whether its database is sound."""
    with closing(sqlite3.connect(home / "dam.db")) as database:
        statuses = dict(database.execute("SELECT status, count(*) FROM component_asset GROUP BY status").fetchall())
        sound = database.execute("PRAGMA integrity_check").fetchone()[0]
    cache = [path for path in (home / "cache").rglob("*") if path.is_file()]
    scratch = [str(path) for path in home.rglob("*") if path.is_file() and "scratch" in path.parts]
    return {"statuses": statuses, "sound": sound, "empty": sum(not path.stat().st_size for path in cache), "scratch": scratch}


def main(pictures: Path, disk: Path) -> None:
    """Make the library, fill the disk but for what is given, index, free the disk, and index again; print what happened."""
    home = disk / "home"
    home.mkdir()
    (home / "dam.toml").write_text(ENABLED)
    for arguments in (["index", str(pictures / "0.jpg")], ["ls"]):  # here, so that the forks find everything imported and prepared
        with suppress(SystemExit), redirect_stdout(StringIO()):
            command_line(["--home", str(home), *arguments])
    told: list[dict[str, Any]] = []
    for left in (0, 100_000, 400_000):
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                file.truncate(max(0, file.tell() - left))
        ended = {"left": left, "index": dam(home, "index", str(pictures), "--json"), "ls": dam(home, "ls", "--jsonl")}
        ballast.unlink()
        told.append({**ended, **state(home)})
    told.append({"left": None, "index": dam(home, "index", str(pictures), "--json"), **state(home)})
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
