"""The documents name what exists, and whatever is public says what it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# A code span is taken for a path if it begins with one of these.
PLACES = (".ci/", "benchmarks/", "changelog.d/", "docs/", "packages/", "script/", "templates/", "tests/")


def _documents(own_files: list[Path]) -> list[Path]:
    return [file for file in own_files if file.suffix == ".md"]


def test_the_documents_are_there(repository: Path) -> None:
    expected = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "dam.toml.example", "changelog.d/README.md"]
    expected += [f"{folder.relative_to(repository)}/README.md" for folder in repository.glob("packages/*")]
    assert not [name for name in expected if not (repository / name).is_file()]


def test_links_lead_to_files(own_files: list[Path], repository: Path) -> None:
    broken = []
    for document in _documents(own_files):
        for target in LINK.findall(FENCED.sub("", document.read_text("utf-8"))):
            path = unquote(target.split("#")[0])
            if path and "://" not in target and not target.startswith("mailto:") and not (document.parent / path).exists():
                broken.append(f"{document.relative_to(repository)}: {target}")
    assert not broken


def test_paths_in_the_text_exist(own_files: list[Path], repository: Path) -> None:
    wrong = []
    for document in _documents(own_files):
        for span in CODE.findall(document.read_text("utf-8")):
            path = span.split()[0].rstrip(":,;") if span.split() else ""
            is_pattern = any(mark in path for mark in "<>*{}…[]")
            if path.startswith(PLACES) and not is_pattern and not (repository / path.split("::")[0]).exists():
                wrong.append(f"{document.relative_to(repository)}: {path}")
    assert not wrong


def test_whatever_is_public_has_a_docstring(trees: dict[str, ast.Module]) -> None:
    silent = [name for module, tree in trees.items() if ".migrations" not in module for name in _silent(module, tree)]
    assert not silent, f"without a docstring: {silent}"


def _silent(place: str, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    if not ast.get_docstring(node):
        yield place
    if isinstance(node, ast.Module | ast.ClassDef):
        for child in node.body:
            if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or child.name.startswith("_"):
                continue
            decorators = {ast.unparse(decorator) for decorator in child.decorator_list}
            if not decorators & {"overload", "override", "typing.overload", "typing_extensions.override"}:
                yield from _silent(f"{place}:{child.name}" if isinstance(node, ast.Module) else f"{place}.{child.name}", child)
