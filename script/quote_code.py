"""Write into the guides the code that they quote, so that what a reader copies is what the tests run: `poe guides`.

A guide names the file, and what of it is quoted, in a comment before the block:

    <!-- docs/examples/dam_subtitles/src/dam_subtitles/models.py SubtitleComponent -->

Names are those of classes, functions and assignments at the top level of a Python file (`imports` are all import statements), or sections
of a TOML file (`[project]`); without a name the whole file is quoted. `--check` changes nothing and returns 1 where a guide differs.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDES = ROOT / "docs" / "guide"

_BLOCK = re.compile(r"^(<!-- (?P<file>\S+/\S+)(?P<names>(?: [^\s>]+)*) -->\n```\w+\n).*?^```$", re.MULTILINE | re.DOTALL)


def with_quotes(text: str, root: Path = ROOT) -> str:
    """A guide's text with every quoted block as the file has it now. Raises LookupError for a file or name that is not there."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}{quoted(root / found['file'], found['names'].split())}```"

    return _BLOCK.sub(block, text)


def quotes(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a guide quotes: file and names."""
    for found in _BLOCK.finditer(text):
        yield found["file"], tuple(found["names"].split())


def quoted(file: Path, names: list[str]) -> str:
    """Parts of a file, or all of it, with a line break at the end."""
    if not file.is_file():
        raise LookupError(f"a guide quotes {file}, which is not there")
    text = file.read_text("utf-8")
    if not names:
        return text
    parts = python_parts(text) if file.suffix == ".py" else _sections(text)
    missing = [name for name in names if name not in parts]
    if missing:
        raise LookupError(f"a guide quotes {', '.join(missing)} of {file}, which it does not have (any more)")
    gap = "\n\n\n" if file.suffix == ".py" else "\n\n"
    return gap.join(parts[name] for name in names) + "\n"


def python_parts(text: str) -> dict[str, str]:
    """The top level of a Python file: what each name is said by, and the imports."""
    lines = text.splitlines()
    parts: dict[str, str] = {}
    imports: list[ast.stmt] = []
    for node in ast.parse(text).body:
        first, last = node.lineno, node.end_lineno or node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            parts[node.name] = "\n".join(lines[min([first, *(one.lineno for one in node.decorator_list)]) - 1 : last])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            parts[node.targets[0].id] = "\n".join(lines[first - 1 : last])
    if imports:
        parts["imports"] = "\n".join(lines[imports[0].lineno - 1 : imports[-1].end_lineno])
    return parts


def _sections(text: str) -> dict[str, str]:
    """The sections of a TOML file by their headers."""
    return {part.splitlines()[0]: part.rstrip() for part in re.split(r"\n(?=\[)", f"\n{text}") if part.startswith("[")}


def main(arguments: list[str]) -> int:
    """Rewrite the guides, or with `--check` only name those that differ."""
    different = 0
    for guide in sorted(GUIDES.glob("*.md")):
        text = guide.read_text("utf-8")
        written = with_quotes(text)
        if written != text:
            different += 1
            if "--check" not in arguments:
                guide.write_text(written, "utf-8")
            print(f"{guide.relative_to(ROOT)} {'differs from the code; run poe guides' if '--check' in arguments else 'is written'}")
    return int("--check" in arguments and different > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
