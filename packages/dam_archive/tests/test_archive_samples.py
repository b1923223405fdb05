"""The sample archives are listed as the reference tools list them, and the hostile ones end as they must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnsupportedError
from dam_archive.functions.analysis import list_archive
from dam_archive.functions.members import read_members

AS_ONE = {"archives/test-documents.tgz"}
"""The reference tool takes these for a compressed file, we for the archive that is in it."""


def samples_of(folder: Path, *prefixes: str) -> Iterator[dict[str, Any]]:
    for one in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]:
        if one["path"].startswith(prefixes) and one["truth"]["kind"] == "archive":
            yield one


def content(folder: Path, one: dict[str, Any], scratch: Path) -> Content:
    return Content(str(folder / one["path"]), one["truth"]["mime"], one["truth"]["size"], str(scratch))


def test_the_samples_are_listed_as_they_are(sample_files: Path, tmp_path: Path) -> None:
    wrong = []
    checked = 0
    for one in samples_of(sample_files, "archives/"):
        wanted = {entry["name"] for entry in one["truth"]["archive"].get("entries", ()) if not entry["dir"]}
        if not wanted:
            continue
        checked += 1
        passwords = [one["password"]] if one.get("password") else []
        try:
            answer = list_archive(content(sample_files, one, tmp_path), {"passwords": passwords})
        except ContentUnsupportedError:
            assert one["path"].endswith(".rar")  # old ones pack their comment, for which no tool is installed here
            continue
        if not wanted <= {entry["name"] for entry in answer["entries"]}:
            wrong.append(one["path"])
    assert checked > 30
    assert set(wrong) <= AS_ONE


@pytest.mark.parametrize(("name", "members", "reasons"), [
    ("crc_error.zip", 1, {"damaged"}), ("zip_bomb_50MB.zip", 0, {"ratio"}), ("zip_slip.zip", 2, set()), ("tar_special.tar", 4, set()),
    ("zip_symlink.zip", 1, set()), ("encrypted_aes256.zip", 0, {"encrypted"}), ("encrypted_header.7z", 0, {"encrypted"}),
    ("many_entries_5000.zip", 5000, set()), ("duplicate_names.zip", 3, set()), ("nested_bomb_16x10MB.zip", 16, set()),
])  # fmt: skip
def test_the_hostile_samples_end_as_they_must(sample_files: Path, tmp_path: Path, name: str, members: int, reasons: set[str]) -> None:
    path = sample_files / "generated/archives" / name
    answer = read_members(Content(str(path), "", path.stat().st_size, str(tmp_path)), {})
    assert (len(answer["members"]), {one["reason"] for one in answer["left_out"]}) == (members, reasons)
    assert not list(tmp_path.iterdir())


def test_the_damaged_samples_are_corrupt(sample_files: Path, tmp_path: Path) -> None:
    path = sample_files / "generated/archives/truncated.zip"
    with pytest.raises(ContentCorruptError):
        list_archive(Content(str(path), "", path.stat().st_size, str(tmp_path)), {})
    for one in samples_of(sample_files, "corrupt/"):
        try:
            answer = read_members(content(sample_files, one, tmp_path), {})
        except ContentError:
            continue
        assert {row["reason"] for row in answer["left_out"]} == {"damaged"}
