"""The command line as an application: the options before the verb, and the verbs."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from dam.core.entry_points import EntryPoint
from dam.core.exceptions import UsageError
from dam_app.cli.invocation import INVOCATION


def build(verbs: dict[str, EntryPoint], *, load: bool) -> typer.Typer:
    """The application with these verbs; without `load` they only have their names and one line each."""
    application = typer.Typer(
        name="dam", help="Knows your files where they lie: index, find, organise and browse.", no_args_is_help=True, add_completion=False,
        rich_markup_mode=None, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    application.callback()(options)
    for name, point in sorted(verbs.items()):
        verb: Any = _loaded(point) if load else None
        if isinstance(verb, typer.Typer):
            application.add_typer(verb, name=name)
        else:
            application.command(name, help=None if load else summary_of(point))(verb or _unloaded)
    return application


def _loaded(point: EntryPoint) -> Any:
    from dam.core.doors import load_door  # noqa: PLC0415 - `--help` loads nothing

    return load_door(point)


def _unloaded() -> None:
    """Stands for a verb whose module is not loaded."""


def options(
    world: Annotated[str | None, typer.Option("--world", "-w", help="The world to work in (default: DAM_WORLD, else main).")] = None,
    home: Annotated[
        str | None, typer.Option("--home", metavar="<path>", help="The data directory (default: DAM_HOME, else the user's).")
    ] = None,
    *,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask; end with code 4 where an answer is needed.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and debug messages.")] = False,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and end.")] = False,  # noqa: ARG001 - main() answers it
) -> None:
    """Knows your files where they lie: index, find, organise and browse."""
    for option, said in (("--world", world), ("--home", home)):
        if said == "":  # most often a variable of a script that is not set: what follows must not be done to another library
            raise UsageError(f"{option} is empty; say what is meant, or leave it out.")
    INVOCATION.take(world=world, home=None if home is None else Path(home), no_input=no_input, debug=debug)


def summary_of(point: EntryPoint) -> str:
    """The first line of a verb's module, read without loading the module."""
    package, _, name = point.module.rpartition(".")
    folder = Path(*package.split("."))
    for base in map(Path, sys.path):
        for file in (base / folder / f"{name}.py", base / folder / name / "__init__.py"):
            if file.is_file():
                return _first_line(file)
    try:
        spec = find_spec(point.module)
    except Exception as error:  # noqa: BLE001 - whatever a package does when it is imported, the other verbs are listed
        return f"(cannot be loaded: {type(error).__name__}; see `dam doctor`)"
    return _first_line(Path(spec.origin)) if spec is not None and spec.origin else ""


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        return lines.readline().strip().strip('"').strip()
