"""Walking a folder and comparing it with what is known."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dam.assets.functions.beneath import open_beneath
from dam.assets.functions.file_numbers import signed
from dam.core.exceptions import PathNotFoundError
from dam_fs.functions import walk
from dam_fs.functions.compare import Known, ListingComparison, compare_listing, pack_known
from dam_fs.functions.folder_chain import FolderChain
from dam_fs.functions.walk import FolderListing, IgnoreRules, Problem, join_path, walk_folder


def paths_of(listings: Iterator[FolderListing]) -> set[bytes]:
    return {join_path(listing.folder, name) for listing in listings for name, _ in listing.files}


def known_of(root: Path) -> dict[bytes, Known]:
    found = compare_listing({}, walk_folder(root)).candidates
    return {one.path: (number, one.size, one.mtime_ns, one.ctime_ns, one.inode) for number, one in enumerate(found)}


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    """A call that gives up the rights of root until the test is over; without them from the start, it does nothing."""
    user = os.geteuid()
    yield lambda: os.seteuid(65534) if user == 0 else None
    os.seteuid(user)


@pytest.fixture
def reachable(tmp_path: Path) -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder for trees that are too deep for Python to remove."""
    folder = tmp_path / "deep"
    folder.mkdir()
    yield folder
    subprocess.run(["/bin/rm", "-rf", str(folder)], check=True)


def make_chain(root: Path, name: bytes, depth: int) -> bytes:
    """Folders of one name in each other, every fifth with a file `f` and a folder `side`; the path of the deepest one."""
    descriptor = os.open(root, os.O_RDONLY)
    for level in range(1, depth + 1):
        os.mkdir(name, dir_fd=descriptor)
        child = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = child
        if level % 5 == 0:
            os.close(os.open(b"f", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
            os.mkdir(b"side", dir_fd=descriptor)
    os.close(descriptor)
    return b"/".join([name] * depth)


def test_odd_names_are_raw_bytes(tmp_path: Path) -> None:
    names = [
        b"plain",
        b"\xff\xfe.jpg",
        b"new\nline",
        "é".encode(),
        "e\u0301".encode(),
        b"x" * 255,
        b" ",
        b"-rf",
        b".hidden",
        "\u202egpj.exe".encode(),
    ]
    (tmp_path / "sub").mkdir()
    root = os.fsencode(tmp_path)
    for name in names:
        for path in (name, b"sub/" + name):
            Path(os.fsdecode(root + b"/" + path)).write_bytes(b"1")
    expected = {*names, *(b"sub/" + name for name in names)}
    assert paths_of(walk_folder(root)) == expected
    for path in expected:
        os.close(open_beneath(root, path))


def test_ignored_names_and_nothing_else(tmp_path: Path) -> None:
    for folder in (".git", "@eaDir", ".Trash-1000", ".dam", "$RECYCLE.BIN", "kept", ".config"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").touch()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", ".nomedia", "git", "Trash-1", "a.git"):
        (tmp_path / name).touch()
    kept = {b"kept/file", b".config/file", b".nomedia", b"git", b"Trash-1", b"a.git"}
    assert paths_of(walk_folder(tmp_path)) == kept
    assert paths_of(walk_folder(tmp_path, ignore=IgnoreRules(frozenset({"kept"}), ("Tra",)))) >= {b".git/file", b"Thumbs.db"}
    assert paths_of(walk_folder(tmp_path, below=b".git")) == set()


def test_links_and_special_files_are_skipped(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").touch()
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "file").touch()
    (root / "loop").symlink_to(root)
    (root / "sub" / "escape").symlink_to(outside)
    (root / "file-link").symlink_to(outside / "secret")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(root / "socket"))
    difference = compare_listing({}, walk_folder(root))
    assert [one.path for one in difference.candidates] == [b"sub/file"]
    assert (difference.skipped, difference.problems) == (6, [])
    assert paths_of(walk_folder(root, below=b"sub/escape")) == set()
    assert paths_of(walk_folder(root, below=b"loop/sub")) == set()
    (tmp_path / "link-to-root").symlink_to(root)
    assert paths_of(walk_folder(tmp_path / "link-to-root")) == {b"sub/file"}


@pytest.mark.parametrize("below", [b"..", b"a/../..", b"/etc", b".", b"a//b"])
def test_below_stays_beneath_the_root(tmp_path: Path, below: bytes) -> None:
    with pytest.raises(PathNotFoundError):
        list(walk_folder(tmp_path, below=below))


def test_missing_root(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError, match="cannot be opened"):
        list(walk_folder(tmp_path / "nowhere"))


@pytest.mark.parametrize(("name", "depth"), [(b"d" * 250, 25), (b"d", 1050)])
def test_depth_has_no_limit(deep: Path, name: bytes, depth: int) -> None:
    bottom = make_chain(deep, name, depth)
    before, most = open_descriptors(), 0
    found: set[bytes] = set()
    for listing in walk_folder(deep):
        found.update(join_path(listing.folder, name) for name, _ in listing.files)
        if len(listing.folder) % 10 == 0:
            most = max(most, open_descriptors())
    assert len(found) == depth // 5
    assert bottom + b"/f" in found
    assert most - before < 50
    assert open_descriptors() == before
    os.close(open_beneath(os.fsencode(deep), bottom + b"/f"))
    assert paths_of(walk_folder(deep, below=bottom)) == {bottom + b"/f"}


def test_a_walk_that_is_left_early_closes_everything(tmp_path: Path) -> None:
    make_chain(tmp_path, b"d", 5)
    before = open_descriptors()
    walking = walk_folder(tmp_path)
    next(walking)
    next(walking)
    del walking
    assert open_descriptors() == before


def test_a_large_folder_comes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "_BATCH", 10)
    for number in range(35):
        (tmp_path / str(number)).touch()
    listings = list(walk_folder(tmp_path))
    assert [len(listing.files) for listing in listings] == [10, 10, 10, 5]
    assert len(paths_of(iter(listings))) == 35
    assert compare_listing({}, iter(listings)).files == 35


def test_unreadable_folders_are_told_and_nothing_in_them_is_missing(reachable: Path, unprivileged: Callable[[], None]) -> None:
    for folder in ("closed", "no-entry", "fine"):
        (reachable / folder / "sub").mkdir(parents=True)
        (reachable / folder / "sub" / "file").touch()
        (reachable / folder / "file").touch()
    known = known_of(reachable)
    known |= {b"fine/gone": (99, 1, 1, 1, 1), b"closedness": (98, 1, 1, 1, 1)}
    (reachable / "closed").chmod(0o000)
    (reachable / "no-entry").chmod(0o744 if os.geteuid() == 0 else 0o600)
    unprivileged()
    try:
        difference = compare_listing(known, walk_folder(reachable))
    finally:
        if os.geteuid() != 65534:
            (reachable / "closed").chmod(0o700)
            (reachable / "no-entry").chmod(0o700)
    assert {problem.path for problem in difference.problems} >= {b"closed", b"no-entry"}
    assert all(problem.reason == "Permission denied" for problem in difference.problems)
    assert difference.unchanged == 2
    assert sorted(path for path, _ in difference.vanished) == [b"closedness", b"fine/gone"]


def test_folders_and_files_that_vanish_during_the_walk(tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").touch()
    known = known_of(tmp_path)
    comparison = ListingComparison({path: pack_known(*one) for path, one in known.items()})
    for listing in walk_folder(tmp_path):
        comparison.add(listing)
        if listing.folder == b"":
            shutil.rmtree(tmp_path / "b")
            shutil.rmtree(tmp_path / "c")
            (tmp_path / "c").symlink_to(tmp_path / "a")
    difference = comparison.finish()
    assert difference.problems == []
    assert sorted(path for path, _ in difference.vanished) == [b"b/file", b"c/file"]


def test_a_file_that_vanishes_between_list_and_stat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").touch()

    class Entry:
        name = "gone"

        def is_file(self, *, follow_symlinks: bool) -> bool:
            return True

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            raise FileNotFoundError

    class Failing(Entry):
        name = "failing"

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            raise OSError(5, "Input/output error")

    scandir = os.scandir

    class Scan:
        def __init__(self, descriptor: int) -> None:
            self.entries = scandir(descriptor)

        def __enter__(self) -> Iterator[object]:
            return iter([Entry(), Failing(), *self.entries])

        def __exit__(self, *exception: object) -> None:
            self.entries.close()

    monkeypatch.setattr(os, "scandir", Scan)
    difference = compare_listing({b"failing": (1, 0, 0, 0, 0), b"gone": (2, 0, 0, 0, 0)}, walk_folder(tmp_path))
    assert [one.path for one in difference.candidates] == [b"here"]
    assert difference.problems == [Problem(b"failing", "Input/output error")]
    assert [path for path, _ in difference.vanished] == [b"gone"]


def test_part_of_a_root(tmp_path: Path) -> None:
    for folder in ("a", "ab", "b"):
        (tmp_path / folder / "sub").mkdir(parents=True)
        (tmp_path / folder / "sub" / "file").touch()
    known = known_of(tmp_path)
    shutil.rmtree(tmp_path / "a" / "sub")
    shutil.rmtree(tmp_path / "ab")
    difference = compare_listing(known, walk_folder(tmp_path, below=b"a"), below=b"a")
    assert [path for path, _ in difference.vanished] == [b"a/sub/file"]
    assert compare_listing(known, walk_folder(tmp_path, below=b"ab"), below=b"ab").vanished != []
    alone = compare_listing(known, walk_folder(tmp_path, below=b"b/sub/file"), below=b"b/sub/file")
    assert (alone.files, alone.unchanged, alone.vanished) == (1, 1, [])
    assert len(known) == 3


def test_excluded_folders(tmp_path: Path) -> None:
    for folder in ("data", "photos"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").touch()
    assert paths_of(walk_folder(tmp_path, exclude=[tmp_path / "data", b"/nowhere"])) == {b"photos/file"}


def test_one_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mount").mkdir()
    (tmp_path / "mount" / "file").touch()
    known = known_of(tmp_path)
    identity = FolderChain.identity
    monkeypatch.setattr(FolderChain, "identity", lambda self: (99, 1) if self._names else identity(self))
    difference = compare_listing(known, walk_folder(tmp_path, one_file_system=True))
    assert [problem.path for problem in difference.problems] == [b"mount"]
    assert difference.vanished == []
    assert paths_of(walk_folder(tmp_path)) == {b"mount/file"}


def test_a_folder_that_contains_itself_is_not_entered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "a").mkdir(parents=True)
    (tmp_path / "a" / "file").touch()
    monkeypatch.setattr(FolderChain, "is_loop", lambda self: len(self._names) > 1)
    difference = compare_listing({}, walk_folder(tmp_path))
    assert difference.files == 1
    assert [problem.path for problem in difference.problems] == [b"a/a"]


def test_what_counts_as_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    (number, size, mtime, ctime, inode) = known_of(tmp_path)[b"file"]

    def candidates(*known: int, stable_inodes: bool = True) -> int:
        row: Known = (known[0], known[1], known[2], known[3], known[4])
        return len(compare_listing({b"file": row}, walk_folder(tmp_path), stable_inodes=stable_inodes).candidates)

    assert candidates(number, size, mtime, ctime, inode) == 0
    assert candidates(number, size + 1, mtime, ctime, inode) == 1
    assert candidates(number, size, mtime - 1, ctime, inode) == 1
    assert candidates(number, size, mtime, ctime - 1, inode) == 1
    assert candidates(number, size, mtime, ctime, inode + 1) == 1
    assert candidates(number, size, mtime, ctime - 1, inode + 1, stable_inodes=False) == 0
    assert candidates(number, size, mtime - 1, ctime, inode, stable_inodes=False) == 1


def test_inodes_beyond_the_signed_range() -> None:
    status = fake_status(1, 2, 3, (1 << 64) - 5)
    assert signed((1 << 64) - 5) == signed(signed((1 << 64) - 5)) == -5
    assert compare_listing({b"f": (1, 1, 2, 3, -5)}, [FolderListing(b"", [(b"f", status)], [], 0)]).unchanged == 1


def test_a_name_that_is_listed_twice_counts_once() -> None:
    file = (b"f", fake_status(1, 2, 3, 4))
    listings = [FolderListing(b"d", [file, file], [], 0), FolderListing(b"d", [file], [], 0)]
    assert compare_listing({b"d/f": (1, 1, 2, 3, 4)}, listings).candidates == []
    assert len(compare_listing({}, listings).candidates) == 1


def fake_status(size: int, mtime_ns: int, ctime_ns: int, inode: int) -> os.stat_result:
    return os.stat_result((0o100644, inode, 1, 1, 0, 0, size, 0, 0, 0), {"st_mtime_ns": mtime_ns, "st_ctime_ns": ctime_ns})


names = st.sampled_from([b"a", b"b", b"a!", b"\xff"])
tree_paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)
looks = st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 1), st.integers(1, 2))


@settings(max_examples=150, deadline=None)
@given(
    known=st.dictionaries(tree_paths, looks, max_size=12),
    present=st.dictionaries(tree_paths, looks, max_size=12),
    unclear=st.sets(tree_paths, max_size=2),
    below=st.one_of(st.just(b""), tree_paths),
    stable=st.booleans(),
)
def test_comparison_agrees_with_a_plain_model(
    known: dict[bytes, tuple[int, int, int, int]],
    present: dict[bytes, tuple[int, int, int, int]],
    unclear: set[bytes],
    below: bytes,
    *,
    stable: bool,
) -> None:
    def beneath(path: bytes, folder: bytes) -> bool:
        parts, above = path.split(b"/"), folder.split(b"/") if folder else []
        return parts[: len(above)] == above

    seen = {p: look for p, look in present.items() if beneath(p, below) and not any(beneath(p, one) for one in unclear)}
    listings = []
    for folder in {p.rpartition(b"/")[0] for p in seen}:
        files = [(p.rpartition(b"/")[2], fake_status(*look)) for p, look in seen.items() if p.rpartition(b"/")[0] == folder]
        listings.append(FolderListing(folder, files, [], 1))
    listings += [FolderListing(one, [], [Problem(one, "no")], 0) for one in unclear]
    rows: dict[bytes, Known] = {p: (number, *look) for number, (p, look) in enumerate(known.items())}

    found = compare_listing(rows, listings, below=below, stable_inodes=stable)

    same = {p for p, look in seen.items() if p in known and (known[p] == look if stable else known[p][:2] == look[:2])}
    assert {one.path: one.known for one in found.candidates} == {p: rows.get(p) for p in seen.keys() - same}
    assert found.unchanged == len(same)
    assert (found.files, found.bytes) == (len(seen), sum(look[0] for look in seen.values()))
    gone = {p for p in known if p not in seen and beneath(p, below) and not any(beneath(p, one) for one in unclear)}
    assert dict(found.vanished) == {p: rows[p] for p in gone}


def test_an_unchanged_file_costs_microseconds(tmp_path: Path) -> None:
    for folder in range(5):
        (tmp_path / str(folder)).mkdir()
        for number in range(100):
            (tmp_path / str(folder) / str(number)).touch()
    known = known_of(tmp_path)
    started = time.perf_counter()
    difference = compare_listing(known, walk_folder(tmp_path))
    assert (difference.unchanged, difference.candidates) == (500, [])
    assert time.perf_counter() - started < 0.1  # 200 µs a file; some 4 µs are usual


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="the system shows itself nowhere as files")
def test_what_the_system_makes_up_is_left_out() -> None:
    """Some files there never end, and some wait for ever; who names such a folder as the root gets it."""
    assert list(walk_folder(b"/", below=b"proc/sys")) == []
    assert any(listing.files for listing in walk_folder(b"/proc/sys/kernel/random"))
