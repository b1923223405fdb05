"""`dam`: reads the options that come before the verb, and loads the verb that is wanted."""

from __future__ import annotations

import atexit
import gc
import os
import sys

VERBS = "dam.cli"
VALUED = ("--world", "--home", "-w")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with the exit code."""
    arguments_given = arguments is not None
    arguments = sys.argv[1:] if arguments is None else arguments
    gc.disable()  # nothing of what is imported is garbage: a tenth of the start-up time; `Invocation.run` enables it again
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would read what every installed package says of itself
    if _verb(arguments) is None and not {"--version", "-V"}.isdisjoint(arguments):
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, and only needed here

        sys.stdout.write(f"dam {version('dam')}\n")
        return
    from dam.core.entry_points import entry_points  # noqa: PLC0415 - not needed for --version
    from dam_app.cli.application import build  # noqa: PLC0415 - as above
    from dam_app.cli.invocation import guard  # noqa: PLC0415 - as above

    verbs = entry_points(VERBS)
    wanted = _verb(arguments)

    def work() -> None:
        application = build({wanted: verbs[wanted]}, load=True) if wanted in verbs else build(verbs, load=False)
        application(args=arguments, prog_name="dam")

    try:
        guard(work)
    except SystemExit as end:
        if arguments_given or not isinstance(end.code, int | None):
            raise
        _leave(end.code or 0)


def _leave(code: int) -> None:
    """End the process here. What was open is closed; to take down module after module would take longer than many a command."""
    atexit._run_exitfuncs()  # noqa: SLF001 - as `multiprocessing` ends its processes
    sys.stderr.flush()
    os._exit(code)  # stdout was written by `guard`, which tells if that fails


def _verb(arguments: list[str]) -> str | None:
    """The first argument that is neither an option nor an option's value."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in VALUED:
            skip = True
        elif not argument.startswith("-"):
            return argument
    return None
