"""No module imports itself in a circle, not even by an import inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import statement at any depth, save those that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif not _for_types_only(child):
            yield from _statements(child)


def _imported(statement: ast.Import | ast.ImportFrom, module: str, is_package: bool, known: set[str]) -> Iterator[str]:
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names if alias.name in known)
        return
    base = statement.module or ""
    if statement.level:
        parents = module.split(".")[: len(module.split(".")) - statement.level + is_package]
        base = ".".join([*parents, *([statement.module] if statement.module else [])])
    for alias in statement.names:
        submodule = f"{base}.{alias.name}"
        if submodule in known:
            yield submodule
        elif base in known:
            yield base


def test_there_is_no_import_cycle(trees: dict[str, ast.Module], modules: dict[str, Path]) -> None:
    graph = {
        module: {
            target
            for statement in _statements(tree)
            for target in _imported(statement, module, modules[module].stem == "__init__", set(modules))
            if target != module
        }
        for module, tree in trees.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        raise AssertionError(f"import cycle: {cycle}") from None
