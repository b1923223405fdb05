"""Reading a file once."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.assets.functions.beneath import open_beneath
from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES
from dam.core.exceptions import ContentChangedError, ContentUnreadableError, PathNotFoundError, UsageError
from dam_fs.functions import blocks
from dam_fs.functions.fingerprint import calculate_hashes, fingerprint_file, is_settled

SECOND = 10**9


def write(root: Path, path: str, content: bytes) -> bytes:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return os.fsencode(root)


def test_a_fingerprint_is_all_that_one_pass_tells(tmp_path: Path) -> None:
    content = os.urandom(3 * blocks.BLOCK_BYTES + 17)
    root = write(tmp_path, "a/b/file", content)
    found = fingerprint_file(root, b"a/b/file", extra_hashes=("md5", "sha1", "crc32"))
    status = (tmp_path / "a/b/file").stat()
    assert found.sha256 == hashlib.sha256(content).digest()
    assert found.hashes == {
        "md5": hashlib.md5(content).digest(),
        "sha1": hashlib.sha1(content).digest(),
        "crc32": zlib.crc32(content).to_bytes(4, "big"),
    }
    assert (found.size, found.mtime_ns, found.ctime_ns) == (len(content), status.st_mtime_ns, status.st_ctime_ns)
    assert (found.inode, found.device) == (status.st_ino, status.st_dev)


@pytest.mark.parametrize(
    "size", [0, 1, TAIL_BYTES, HEAD_BYTES, HEAD_BYTES + 1, blocks.BLOCK_BYTES, blocks.BLOCK_BYTES + 5, 2 * blocks.BLOCK_BYTES]
)
def test_the_kind_is_judged_by_head_and_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    asked: list[tuple[bytes, int, bytes]] = []

    def detect(head: bytes, size: int, tail: bytes) -> str:
        asked.append((head, size, tail))
        return "x-test/kind"

    monkeypatch.setattr("dam.assets.functions.mime.detect_mime_type", detect)
    content = os.urandom(size)
    found = fingerprint_file(write(tmp_path, "file", content), b"file")
    assert found.mime_type == "x-test/kind"
    assert asked == [(content[:HEAD_BYTES], size, content[-TAIL_BYTES:])]


def test_the_kind_of_a_real_file(tmp_path: Path) -> None:
    root = write(tmp_path, "picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(30))
    assert fingerprint_file(root, b"picture").mime_type == "image/png"


@given(st.binary(max_size=300), st.integers(1, 50))
def test_hashes_of_a_stream_do_not_depend_on_its_blocks(content: bytes, step: int) -> None:
    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(step)

    assert calculate_hashes(Dribble(content), ["sha256", "crc32"]) == {
        "sha256": hashlib.sha256(content).digest(),
        "crc32": zlib.crc32(content).to_bytes(4, "big"),
    }


@pytest.mark.parametrize("name", ["sha257", "shake_128", ""])
def test_an_unknown_hash(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="There is no hash"):
        calculate_hashes(io.BytesIO(b""), [name])
    with pytest.raises(UsageError):
        fingerprint_file(write(tmp_path, "file", b""), b"file", extra_hashes=(name,))


@pytest.mark.parametrize(
    ("mtime", "ctime", "settled"),
    [
        (-10.0, -10.0, True),
        (-2.0, -2.0, True),
        (-1.9, -10.0, False),
        (-10.0, -1.9, False),
        (3600.0, -10.0, True),
        (3600.0, -1.0, False),
        (0.0, 0.0, False),
    ],
)
def test_settle_rule(mtime: float, ctime: float, *, settled: bool) -> None:
    now = 1_700_000_000 * SECOND
    assert is_settled(now + int(mtime * SECOND), now + int(ctime * SECOND), now, 2.0) is settled


def test_a_fingerprint_says_whether_the_file_was_settled(tmp_path: Path) -> None:
    root = write(tmp_path, "file", b"x")
    ctime = (tmp_path / "file").stat().st_ctime_ns
    assert not fingerprint_file(root, b"file", now_ns=ctime + SECOND).settled
    assert fingerprint_file(root, b"file", now_ns=ctime + 2 * SECOND).settled
    assert fingerprint_file(root, b"file", settle_seconds=0, now_ns=ctime).settled
    assert not fingerprint_file(root, b"file", settle_seconds=3600).settled


def append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def overwrite(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(b"other")


def truncate(path: Path) -> None:
    os.truncate(path, blocks.BLOCK_BYTES // 2)


def overwrite_and_hide(path: Path) -> None:
    status = path.stat()
    overwrite(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", [append, overwrite, truncate, overwrite_and_hide])
def test_a_torn_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]) -> None:
    root = write(tmp_path, "file", bytes(2 * blocks.BLOCK_BYTES))
    os.utime(tmp_path / "file", (1, 1))
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    read, fstat = os.read, os.fstat
    changed: list[bool] = []

    def reading(descriptor: int, size: int) -> bytes:
        block = read(descriptor, size)
        if not changed:
            change(tmp_path / "file")
            changed.append(True)
        return block

    def looking(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if not changed or change is not overwrite_and_hide:
            return status
        # A clock of coarse grain could give the new ctime the value of the old one; the rule for that case is the settle rule.
        fields = {name: getattr(status, name) for name in ("st_mtime_ns", "st_ctime_ns")}
        return os.stat_result(tuple(status), fields | {"st_ctime_ns": status.st_ctime_ns + 1})

    monkeypatch.setattr(os, "read", reading)
    monkeypatch.setattr(os, "fstat", looking)
    with pytest.raises(ContentChangedError, match="changed while it was read"):
        fingerprint_file(root, b"file")
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


@pytest.mark.parametrize("path", [b"nowhere", b"file/below", b"", b"/file", b"../root/file", b"a/../file", b"./file", b"a//file"])
def test_paths_that_lead_to_no_file(tmp_path: Path, path: bytes) -> None:
    root = write(tmp_path, "root/file", b"x")
    (tmp_path / "root" / "a").mkdir()
    with pytest.raises(PathNotFoundError):
        fingerprint_file(root + b"/root", path)


def test_links_are_not_followed_anywhere(tmp_path: Path) -> None:
    root = write(tmp_path, "root/file", b"x") + b"/root"
    write(tmp_path, "outside/file", b"secret")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside" / "file")
    (tmp_path / "root" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "root" / "same").symlink_to("file")
    for path in (b"link", b"folder/file", b"same"):
        with pytest.raises(PathNotFoundError):
            fingerprint_file(root, path)
    (tmp_path / "link-to-root").symlink_to(tmp_path / "root")
    assert fingerprint_file(os.fsencode(tmp_path / "link-to-root"), b"file").size == 1


def test_a_folder_that_is_swapped_for_a_link_leaks_nothing(tmp_path: Path) -> None:
    root = write(tmp_path, "root/folder/file", b"inside")
    write(tmp_path, "outside/file", b"secret")
    folder, aside, link = tmp_path / "root/folder", tmp_path / "root/aside", tmp_path / "root/link"
    link.symlink_to(tmp_path / "outside")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            folder.rename(aside)
            link.rename(folder)
            folder.rename(link)
            aside.rename(folder)

    swapping = threading.Thread(target=swap)
    swapping.start()
    answers = set()
    try:
        for _ in range(20_000):
            try:
                descriptor = open_beneath(root, b"root/folder/file")
            except PathNotFoundError:
                answers.add(b"")
                continue
            answers.add(os.read(descriptor, 10))
            os.close(descriptor)
    finally:
        stop.set()
        swapping.join()
    assert answers <= {b"", b"inside"}


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in (b"pipe", b"folder"):
        with pytest.raises(ContentUnreadableError, match="no regular file"):
            fingerprint_file(os.fsencode(tmp_path), name)


def test_a_file_that_may_not_be_read() -> None:
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        root = write(Path(name), "open", b"x")
        write(Path(name), "closed", b"x")
        (Path(name) / "closed").chmod(0o000)
        try:
            if user == 0:
                os.seteuid(65534)
            assert fingerprint_file(root, b"open").size == 1
            with pytest.raises(ContentUnreadableError, match="Permission denied"):
                fingerprint_file(root, b"closed")
        finally:
            os.seteuid(user)


def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(descriptor: int, size: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    root = write(tmp_path, "b\udcffd\n", b"x")
    monkeypatch.setattr(os, "read", failing)
    with pytest.raises(ContentUnreadableError, match=r"'b\\udcffd\\n' cannot be read: Input/output error"):
        fingerprint_file(root, b"b\xffd\n")


def test_reading_leaves_the_access_time_alone(tmp_path: Path) -> None:
    root = write(tmp_path, "file", b"x")
    os.utime(tmp_path / "file", (1, 1))
    fingerprint_file(root, b"file")
    assert (tmp_path / "file").stat().st_atime == 1


def test_several_threads_at_once(tmp_path: Path) -> None:
    contents = {f"file{number}".encode(): os.urandom(1000 * number) for number in range(50)}
    for name, content in contents.items():
        root = write(tmp_path, name.decode(), content)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda name: fingerprint_file(root, name).sha256, contents)
    assert list(found) == [hashlib.sha256(content).digest() for content in contents.values()]


def test_memory_stays_flat(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(256 << 20)
    program = """
import re, sys
from pathlib import Path
from dam_fs.functions.fingerprint import fingerprint_file
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
root = sys.argv[1].encode()
fingerprint_file(root, b"small")
before = peak()
assert fingerprint_file(root, b"large").size == 256 << 20
print(peak() - before)
"""
    (tmp_path / "small").write_bytes(b"x")
    done = subprocess.run([sys.executable, "-c", program, tmp_path], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 32 << 10
