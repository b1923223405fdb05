"""Makes the package of a new plugin from the template.

The template is a plugin that works, for files called `.placeholder`. Making one is copying it under another name.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path

from dam.core.exceptions import DamError, UsageError
from dam.core.plugin import discover

PLACEHOLDER = "dam_placeholder"
"""What the template's package is called; its other names are made of the second word."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_NAME = 40
"""PostgreSQL cuts names at 63 bytes, and the tables' names are longer than the plugin's."""


def new_plugin(name: str, folder: Path) -> list[Path]:
    """Make the package of a plugin called `name` in a folder that is not there yet; gives its files.

    Raises UsageError for a name that no package can have, or that is taken, and for a folder that exists; DamError where the folder
    cannot be written.
    """
    check_plugin_name(name)
    template = template_folder()
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} is there already; name another one with --folder, or remove it.")
    written = []
    try:
        for file in sorted(_files(template)):
            target = folder / renamed(str(file.relative_to(template)), name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(renamed(file.read_text("utf-8"), name), "utf-8")
            written.append(target)
    except OSError as error:
        raise DamError(f"{folder} cannot be written: {error.strerror}. Choose another with --folder.") from error
    return written


def check_plugin_name(name: str) -> None:
    """Raise UsageError for a name that a new plugin cannot have: no name of a package, or that of one that is installed."""
    if not _NAME.fullmatch(name) or iskeyword(name):
        raise UsageError(
            f"'{name}' is no name for a plugin: use lower-case letters, digits and single underscores, beginning with a letter, "
            "as in dam_subtitles."
        )
    if len(name) > _LONGEST_NAME:
        raise UsageError(f"'{name}' is too long for a plugin's name; use at most {_LONGEST_NAME} letters.")
    if name == "dam" or name in discover():
        raise UsageError(f"There is a plugin '{name}' already (see `dam plugins`); choose another name.")
    found = importlib.util.find_spec(name)
    if found is not None and found.origin is not None:  # a mere folder of that name has no origin
        raise UsageError(f"There is a Python package '{name}' already, which the plugin would hide; choose another name.")


def renamed(text: str, name: str) -> str:
    """A text of the template with the words of the new plugin: `dam_weather`, `dam-weather`, `Weather` and `weather`."""
    topic = name.removeprefix("dam_")
    words = {
        PLACEHOLDER: name,
        PLACEHOLDER.upper(): name.upper(),
        PLACEHOLDER.replace("_", "-"): name.replace("_", "-"),
        "Placeholder": "".join(part[:1].upper() + part[1:] for part in topic.split("_")),
        "placeholder": topic,
    }
    return re.sub("|".join(words), lambda found: words[found[0]], text)


def template_folder() -> Path:
    """The folder of the template: in the installed package, or at the root of the checkout. Raises DamError when it is nowhere."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "templates" / "plugin", here.parents[5] / "templates" / "plugin"):
        if folder.is_dir():
            return folder
    raise DamError("The template for plugins is not there: this installation of dam_app is incomplete; install it again.")


def _files(template: Path) -> Iterator[Path]:
    """The files of the template; what Python and its tools leave behind when they run in it is none of them."""
    for path in template.iterdir():
        if path.is_dir():
            if not path.name.startswith((".", "__")):
                yield from _files(path)
        else:
            yield path


def next_commands(name: str, folder: Path) -> list[str]:
    """The three commands that come next: install the plugin beside this dam, run its tests, see it in dam."""
    python, package = shlex.quote(sys.executable), shlex.quote(str(folder))
    if importlib.util.find_spec("pip") is not None:
        install = f"{python} -m pip install --editable {package}"
    else:
        install = f"{shlex.quote(_uv())} pip install --python {python} --editable {package}"
    return [install, f"{python} -m pytest {package}", f"{shlex.quote(_dam())} plugins describe {name}"]


def _uv() -> str:
    """The uv of the checkout, where it has one of its own; else whatever is on the PATH."""
    own = Path(sys.prefix).parent / ".tools" / "bin" / "uv"
    return str(own) if own.is_file() else "uv"


def _dam() -> str:
    """The program as it can be called from here."""
    beside = Path(sys.executable).with_name("dam")
    return "dam" if shutil.which("dam") or not beside.is_file() else str(beside)
