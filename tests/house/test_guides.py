"""The guides quote code that is tested, and the example that they are cut from keeps the rules for plugins."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

EXAMPLE = "docs/examples/dam_subtitles"
DOORS = {"cli", "api", "ui"}
LIBRARIES = {"sqlalchemy", "pydantic", "typing_extensions"}
"""What a plugin has with `dam`: the vocabulary of components and settings."""


@pytest.fixture(scope="module")
def quoting(repository: Path) -> dict[str, Any]:
    """The functions of the script that writes the quotes."""
    return run_path(str(repository / "script" / "quote_code.py"))


def test_what_the_guides_quote_is_as_the_files_have_it(repository: Path, quoting: dict[str, Any]) -> None:
    guides = {guide.name: guide.read_text("utf-8") for guide in (repository / "docs" / "guide").glob("*.md")}
    assert len([quote for text in guides.values() for quote in quoting["quotes"](text)]) > 10
    assert not [name for name, text in guides.items() if quoting["with_quotes"](text) != text], "run `poe guides`"


def test_the_guide_has_every_file_of_the_example(repository: Path, quoting: dict[str, Any]) -> None:
    """Who copies the blocks has the example: each file of its package is quoted, save what the template brings."""
    text = (repository / "docs" / "guide" / "write-a-plugin.md").read_text("utf-8")
    quoted = {file for file, _ in quoting["quotes"](text)}
    package = repository / EXAMPLE / "src" / "dam_subtitles"
    files = [path for pattern in ("*.py", "functions/*.py", "web/*") for path in package.glob(pattern) if path.name != "__init__.py"]
    assert not [str(path) for path in files if str(path.relative_to(repository)) not in quoted]
    named = {name for file, names in quoting["quotes"](text) if file.endswith("/systems.py") for name in names}
    assert named == set(quoting["python_parts"]((package / "systems.py").read_text("utf-8")))


def test_a_quote(tmp_path: Path, quoting: dict[str, Any]) -> None:
    with_quotes: Callable[[str, Path], str] = quoting["with_quotes"]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text('"""Doc."""\n\nimport x\nfrom y import z\n\nA = (\n    1,\n)\n\n\n@z\ndef f() -> None:\n    x()\n')
    (tmp_path / "a" / "c.toml").write_text('[one]\na = 1\n\n[two."b.c"]\nd = [\n    2,\n]\n')
    python = "@z\ndef f() -> None:\n    x()\n\n\nA = (\n    1,\n)\n\n\nimport x\nfrom y import z\n"
    toml = '[two."b.c"]\nd = [\n    2,\n]\n'
    guide = 'Text.\n\n<!-- a/b.py f A imports -->\n```python\n{}```\n\n<!-- a/c.toml [two."b.c"] -->\n```toml\n{}```\n\n```sh\nfree\n```\n'
    text, expected = guide.format("old\n", ""), guide.format(python, toml)
    assert with_quotes(text, tmp_path) == expected
    assert with_quotes(expected, tmp_path) == expected
    assert list(quoting["quotes"](text)) == [("a/b.py", ("f", "A", "imports")), ("a/c.toml", ('[two."b.c"]',))]
    for wrong in ("<!-- a/b.py g -->", "<!-- a/d.py -->"):
        with pytest.raises(LookupError):
            with_quotes(f"{wrong}\n```python\n```\n", tmp_path)


def test_the_example_imports_dam_and_itself_only(repository: Path) -> None:
    """The law for plugins: a room imports the engine; only a door imports what it is a door of."""
    wrong = []
    for file in (repository / EXAMPLE / "src").rglob("*.py"):
        if file.stem in DOORS or "migrations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_bytes())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            allowed = {"dam", "dam_subtitles", *LIBRARIES, *sys.stdlib_module_names}
            wrong += [f"{file.name}: {module}" for module in modules if module.partition(".")[0] not in allowed]
    assert not wrong
