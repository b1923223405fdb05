"""Hypothesis strategies for what disks hold: names of raw bytes, and small trees of files."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_AWKWARD = (
    b"a b",
    b"-rf",
    b"\xff\xfe",
    b"caf\xc3\xa9",
    b"cafe\xcc\x81",
    b"%2F",
    b"#1",
    b"?x",
    b"\n",
    b".hidden",
    b"name.",
    b"CON",
    b"\xf0\x9f\x98\x80",
)


def file_names() -> SearchStrategy[bytes]:
    """One name in a folder, as raw bytes: anything but a slash and a zero byte, `.` and `..`; at most 40 bytes long."""
    free = st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name)
    return st.one_of(st.sampled_from(_AWKWARD), free).filter(lambda name: name not in (b".", b".."))


def raw_paths(max_depth: int = 4) -> SearchStrategy[bytes]:
    """A relative path, as raw bytes: at most `max_depth` names, parted by slashes."""
    return st.lists(file_names(), min_size=1, max_size=max_depth).map(b"/".join)


def file_trees(max_files: int = 6, max_size: int = 64) -> SearchStrategy[dict[bytes, bytes]]:
    """A tree of files: relative raw path to content. No path is a folder of another, contents often repeat."""
    contents = st.one_of(st.sampled_from((b"", b"same", b"other")), st.binary(max_size=max_size))
    return st.dictionaries(raw_paths(3), contents, max_size=max_files).map(_without_files_as_folders)


def _without_files_as_folders(tree: dict[bytes, bytes]) -> dict[bytes, bytes]:
    folders = {path[:end] for path in tree for end in range(len(path)) if path[end : end + 1] == b"/"}
    return {path: content for path, content in tree.items() if path not in folders}
