"""The files speak of the project alone: no machine's paths, no registry's name, no unexplained exception to a rule."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

# Written in two halves, so that this file does not hold what it forbids.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js", "npm" + "js.com", "conda" + ".org", "crates" + ".io"]
HOMES = [re.compile(rf"(?<![\w./~-])/{name}/") for name in ("ro" + "ot", "wo" + "rk", "work" + "space")]
SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|mypy:\s*ignore|pyright:\s*ignore|ruff:\s*noqa)")
# The code of the rule, then a dash (or a second comment), then why.
EXPLAINED = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])\s*(?:-|–|#|:)?\s*[^\W_].{3,}")  # noqa: RUF001 - a dash is what people write
VENDORED = {"vendor", "vendored"}


def _texts(own_files: list[Path]) -> dict[Path, str]:
    texts = {}
    for file in own_files:
        if VENDORED & set(file.parts):
            continue
        content = file.read_bytes()
        if b"\0" not in content[:4096]:
            texts[file] = content.decode("utf-8", "replace")
    return texts


def test_no_file_holds_a_path_of_a_machine(own_files: list[Path], repository: Path) -> None:
    places = [str(place) for place in (repository, Path.home()) if len(place.parts) > 2]  # shorter ones are words
    found = []
    for file, text in _texts(own_files).items():
        hits = [match.group() for home in HOMES for match in home.finditer(text)] + [place for place in places if place in text]
        if hits:
            found.append(f"{file.relative_to(repository)}: {hits[0]}")
    assert not found


def test_no_file_names_a_registry(own_files: list[Path], repository: Path) -> None:
    named = {str(file.relative_to(repository)): host for file, text in _texts(own_files).items() for host in HOSTS if host in text}
    assert not named


def test_an_exception_to_a_rule_has_a_code_and_a_reason(own_files: list[Path], repository: Path) -> None:
    bare = [
        f"{file.relative_to(repository)}:{token.start[0]}: {token.string}"
        for file in own_files
        if file.suffix == ".py"
        for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline)
        if token.type == tokenize.COMMENT and SUPPRESSION.search(token.string) and not EXPLAINED.search(token.string)
    ]
    assert not bare, f"say which rule and why, as in `# type: ignore[code]  # why`: {bare}"
