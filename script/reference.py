"""Writes docs/reference/ from the product as it is built: `poe reference`. A test compares what is there with what would be written."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = REPOSITORY / "docs" / "reference"
HEAD = "<!-- Written by `poe reference`. Change the code, not this page. -->\n"


def pages() -> dict[str, str]:
    """Each page of the reference, by its file's name."""
    from dam.core.world_manager import create_world  # noqa: PLC0415 - this script is imported by tests that only want its names
    from dam.core.world_settings import WorldSettings  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        settings = WorldSettings.in_directory("reference", Path(folder))
        world = create_world(settings=dataclasses.replace(settings, enabled=_own_plugins()))
    return {
        "commands.md": _commands(world),
        "events.md": _events(world),
        "components.md": _components(world),
        "settings.md": _settings(world),
        "cli.md": _verbs(),
    }


def _own_plugins() -> tuple[str, ...]:
    """The plugins of this repository; others may be installed beside them."""
    packages = sorted(path.name for path in (REPOSITORY / "packages").iterdir() if (path / "src" / path.name / "plugin.py").is_file())
    return ("dam_assets", *packages)


def _commands(world: Any) -> str:
    rows = [
        (
            f"`{kind.__name__}`",
            _fields(kind, {"execution_strategy"}),
            kind.access,
            _first_line(kind),
        )
        for kind in world.command_types
    ]
    title = "Every request that can be dispatched: `await world.dispatch_command(…)`. `access` says whether it reads, writes, or neither."
    return _page("Commands", title, ("command", "fields", "access", "what it does"), _grouped(world.command_types, rows))


def _events(world: Any) -> str:
    from dam.system_events.base import BaseEvent  # noqa: PLC0415 - as in pages()

    for name in ("dam.assets", *world.plugins):
        if importlib.util.find_spec(f"{name.replace('dam_assets', 'dam.assets')}.events") is not None:
            importlib.import_module(f"{name.replace('dam_assets', 'dam.assets')}.events")
    kinds = sorted(set(_below(BaseEvent)), key=lambda kind: kind.__name__)
    own = [kind for kind in kinds if _package(kind) in {"dam", "dam.assets", *world.plugins} and not kind.__name__.startswith("_")]
    rows = [(f"`{kind.__name__}`", _fields(kind, {"request_id"}), _first_line(kind)) for kind in own]
    title = "What is announced: after the commit, to every listener (`@system(on_event=…)`)."
    return _page("Events", title, ("event", "fields", "what has happened"), _grouped(own, rows))


def _components(world: Any) -> str:
    from dam.models.core.base_component import is_human  # noqa: PLC0415 - as above

    rows = []
    for kind in world.component_types:
        own = [column for column in kind.__table__.columns if column.name not in ("id", "entity_id", "created_at", "updated_at")]
        columns = ", ".join(f"`{column.name}`" for column in own)
        many = "many" if "id" in kind.__table__.columns else "one"
        said = "derived" if kind.derived else "human" if is_human(kind) else "bookkeeping"
        rows.append((f"`{kind.__name__}`", f"`{kind.__tablename__}`", many, said, columns, _first_line(kind)))
    title = (
        "Facts about an entity, each a table. An entity has `one` or `many` of a kind; `derived` ones can be computed again, "
        "`human` ones are never dropped, and copied to a new version of an asset; `bookkeeping` is what the program notes for itself."
    )
    return _page(
        "Components",
        title,
        ("component", "table", "an entity has", "facts", "columns", "what it says"),
        _grouped(world.component_types, rows),
    )


def _settings(world: Any) -> str:
    from pydantic_core import PydanticUndefined  # noqa: PLC0415 - as in pages()

    parts = [
        HEAD,
        "# Settings",
        "",
        "In `dam.toml` under `[worlds.NAME.plugins.PLUGIN]`, or as the environment's variable. `dam config show` tells what holds and why.",
    ]
    for name, plugin in sorted(world.plugins.items()):
        fields = plugin.Settings.model_fields
        if not fields:
            continue
        parts += ["", f"## {name}", "", _whole_text(plugin.Settings), "", *_table(("option", "variable", "type", "default"))]
        for option, field in fields.items():
            default = "" if field.default is PydanticUndefined else f"`{field.default!r}`"
            variable = f"`DAM_{name.removeprefix('dam_').upper()}__{option.upper()}`"
            parts.append(_row((f"`{option}`", variable, f"`{_type(field.annotation)}`", default)))
    return "\n".join(parts) + "\n"


def _verbs() -> str:
    import typer  # noqa: PLC0415 - as in pages()

    from dam.core.entry_points import entry_points  # noqa: PLC0415 - as in pages()
    from dam_app.cli.application import build  # noqa: PLC0415 - as in pages()

    own = {name: point for name, point in entry_points("dam.cli").items() if point.value.split(".")[0] in _own_plugins()}
    group: Any = typer.main.get_command(build(own, load=True))
    parts = [HEAD, "# Verbs of the command line", "", "`dam [OPTIONS] VERB …`; `dam VERB --help` says the same.", ""]
    parts += ["## Options before the verb", "", *_options(group)]
    for name, command in sorted(group.commands.items()):
        parts += ["", f"## dam {name}", "", *_verb(command)]
        for below, one in sorted(getattr(command, "commands", {}).items()):
            parts += ["", f"### dam {name} {below}", "", *_verb(one)]
    return "\n".join(parts) + "\n"


def _verb(command: Any) -> Iterator[str]:
    yield (command.help or "").strip().replace("\n\n", "\n").split("\f")[0]
    options = list(_options(command))
    if options:
        yield ""
        yield from options


def _options(command: Any) -> Iterator[str]:
    shown = [one for one in command.params if not getattr(one, "hidden", False) and one.name not in ("help", "version")]
    if shown:
        yield from _table(("argument or option", "what it says"))
    for one in shown:
        is_argument = one.param_type_name == "argument"
        name = (
            (one.metavar or one.name.upper()) + ("…" if one.nargs == -1 else "")
            if is_argument
            else ", ".join([*one.opts, *one.secondary_opts])
        )
        yield _row((f"`{name}`", getattr(one, "help", None) or ""))


# -- words ----------------------------------------------------------------------------------------------------------


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _package(kind: type[Any]) -> str:
    return "dam.assets" if kind.__module__.startswith("dam.assets") else kind.__module__.split(".")[0]


def _fields(kind: type[Any], left_out: set[str]) -> str:
    shown = [field for field in dataclasses.fields(kind) if field.name not in left_out and not field.name.startswith("_")]
    return ", ".join(f"`{field.name}: {_type(field.type)}`" for field in shown)


def _type(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_0-9]+\.)+(?=[A-Za-z])", "", text)


def _first_line(kind: type[Any]) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")


def _whole_text(kind: type[Any]) -> str:
    return inspect.cleandoc(kind.__doc__ or "")


def _grouped(kinds: Iterable[type[Any]], rows: Iterable[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for kind, row in zip(kinds, rows, strict=True):
        groups.setdefault(_package(kind), []).append(row)
    return {name: sorted(groups[name]) for name in sorted(groups)}


def _page(title: str, text: str, head: tuple[str, ...], groups: dict[str, list[tuple[str, ...]]]) -> str:
    parts = [HEAD, f"# {title}", "", text]
    for name, rows in groups.items():
        parts += ["", f"## {name}", "", *_table(head), *(_row(row) for row in rows)]
    return "\n".join(parts) + "\n"


def _table(head: tuple[str, ...]) -> list[str]:
    return [_row(head), "|" + "---|" * len(head)]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main(write: Callable[[Path, str], Any] = Path.write_text) -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        write(FOLDER / name, text)
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
