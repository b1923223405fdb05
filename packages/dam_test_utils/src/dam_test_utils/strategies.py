"""Hypothesis strategies for what disks and databases hold.

file_names, raw_paths      names and paths as raw bytes: NFC and NFD, control and bidirectional characters, what is no UTF-8
file_contents              small files of many kinds, whole, cut short or damaged
file_trees                 small trees of files
component_values           values of a component's columns, by their types
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import inspect
from sqlalchemy.sql.sqltypes import Boolean, Float, Integer, LargeBinary, String

from dam.models.core.base_component import Component
from dam.models.types import UTCDateTime
from dam_test_utils.pictures import jpeg, png

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
    b"\x1b[31mred",
    b"a\tb\r",
    b"\xe2\x80\xaegpj.exe",  # right-to-left override: it is shown as exe.jpg
    b"\xe2\x81\xa6x\xe2\x81\xa9",  # an isolate
    b"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab",  # Hangul, decomposed
    b"\xed\xa0\x80",  # half of a surrogate pair
)


def file_names() -> SearchStrategy[bytes]:
    """One name in a folder, as raw bytes: anything but a slash and a zero byte, `.` and `..`; at most 40 bytes long."""
    free = st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name)
    return st.one_of(st.sampled_from(_AWKWARD), free).filter(lambda name: name not in (b".", b".."))


def raw_paths(max_depth: int = 4) -> SearchStrategy[bytes]:
    """A relative path, as raw bytes: at most `max_depth` names, parted by slashes."""
    return st.lists(file_names(), min_size=1, max_size=max_depth).map(b"/".join)


def file_contents(max_size: int = 256) -> SearchStrategy[bytes]:
    """The bytes of one small file: text, pictures, archives, documents, sound or anything; some are cut short, some have a byte changed."""
    whole = st.one_of(st.sampled_from(_kinds()), st.text(max_size=max_size).map(str.encode), st.binary(max_size=max_size))
    cut = st.tuples(whole, st.integers(0, 1000)).map(lambda pair: pair[0][: pair[1] % (len(pair[0]) + 1)])
    changed = st.tuples(whole, st.integers(0), st.integers(0, 255)).map(lambda triple: _changed(*triple))
    return st.one_of(whole, cut, changed)


def _changed(content: bytes, place: int, value: int) -> bytes:
    at = place % (len(content) or 1)
    return content[:at] + bytes([value]) + content[at + 1 :] if content else content


def _kinds() -> tuple[bytes, ...]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), "text")
    return (
        b"",
        b"plain text\n",
        "\ufeffmarked, caf\u00e9".encode(),
        "sixteen bits".encode("utf-16"),
        b'{"json": [1, 2.5, null]}',
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj trailer<</Root 1 0 R>>\n%%EOF",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\0\0\0\0",
        b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        b"\x7fELF\2\1\1",
        packed.getvalue(),
        png(8, 8),
        jpeg(8, 8),
    )


def component_values(component: type[Component]) -> SearchStrategy[dict[str, Any]]:
    """Values for the columns of a component that its constructor takes, by their types; text keeps to its column's length.

    Keys to other tables are left out, and columns of other types (documents) when they have a default; else UnknownColumnError is raised.
    """
    chosen: dict[str, SearchStrategy[Any]] = {}
    for attribute in inspect(component).column_attrs:
        column = attribute.columns[0]
        taken = component.__dataclass_fields__.get(attribute.key)
        if taken is None or not taken.init or column.foreign_keys:
            continue
        values = _column_values(column.type)
        if values is not None:
            chosen[attribute.key] = st.one_of(st.none(), values) if column.nullable else values
        elif not column.nullable and column.default is None:
            raise UnknownColumnError(f"{component.__name__}.{attribute.key} has no default, and values of {column.type} are not known.")
    return st.fixed_dictionaries(chosen)


class UnknownColumnError(TypeError):
    """A component has a column that no values can be made for."""


def _column_values(kind: Any) -> SearchStrategy[Any] | None:
    kind = getattr(kind, "impl_instance", kind)
    if isinstance(kind, UTCDateTime):
        return st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive here
    if isinstance(kind, Boolean):
        return st.booleans()
    if isinstance(kind, Integer):
        return st.integers(-(2**31), 2**31 - 1)
    if isinstance(kind, Float):
        return st.floats(allow_nan=False, allow_infinity=False)
    if isinstance(kind, LargeBinary):
        return st.binary(max_size=kind.length or 64)
    if isinstance(kind, String):
        return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=min(kind.length or 64, 64))
    return None


def file_trees(max_files: int = 6, max_size: int = 64) -> SearchStrategy[dict[bytes, bytes]]:
    """A tree of files: relative raw path to content. No path is a folder of another, contents often repeat."""
    contents = st.one_of(st.sampled_from((b"", b"same", b"other")), st.binary(max_size=max_size))
    return st.dictionaries(raw_paths(3), contents, max_size=max_files).map(_without_files_as_folders)


def _without_files_as_folders(tree: dict[bytes, bytes]) -> dict[bytes, bytes]:
    folders = {path[:end] for path in tree for end in range(len(path)) if path[end : end + 1] == b"/"}
    return {path: content for path, content in tree.items() if path not in folders}
