"""The content-addressed store: what it promises, and what may not break it."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dam.core.exceptions import ContentChangedError, ContentError, ContentUnreadableError, PathNotFoundError
from dam_fs.functions.blocks import BLOCK_BYTES
from dam_fs.resources import FileStorageResource

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FileStorageResource:
    return FileStorageResource(tmp_path / "store")


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def objects_in(store: FileStorageResource) -> list[Path]:
    return [path for path in files_in(store.root) if path.parent.parent.parent == store.root]


def damage(path: Path, content: bytes = b"HELLO") -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_content_is_kept_once_under_its_hash(store: FileStorageResource) -> None:
    assert store.store_file(b"hello", "a.txt") == HELLO
    path = store.get_file_path(HELLO)
    assert path == store.root / HELLO[:2] / HELLO[2:4] / HELLO
    assert path.read_bytes() == b"hello"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    before = path.stat()
    assert store.store_file(b"hello", "b.txt") == HELLO
    assert FileStorageResource(store.root).store_file(b"hello") == HELLO
    assert not store.store_stream(io.BytesIO(b"hello")).created_new
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino, after.st_ctime_ns) == (before.st_mtime_ns, before.st_ino, before.st_ctime_ns)
    assert files_in(store.root) == [path]


def test_streams_and_files(store: FileStorageResource, tmp_path: Path) -> None:
    content = os.urandom(2 * BLOCK_BYTES + 3)
    (tmp_path / "file").write_bytes(content)
    stored = store.store_stream(tmp_path / "file")
    assert (stored.sha256, stored.size, stored.created_new) == (hashlib.sha256(content).hexdigest(), len(content), True)
    assert stored.path == store.get_file_path(stored.sha256)
    stream = io.BytesIO(b"skipped" + content)
    stream.seek(7)
    assert store.store_stream(stream, "again") == type(stored)(stored.sha256, stored.size, created_new=False, path=stored.path)
    assert store.store_stream(io.BytesIO(b"")).size == 0
    with store.open(stored.sha256) as opened:
        assert opened.read() == content
    assert (tmp_path / "file").read_bytes() == content


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc/passwd", "a\nb", "\udcff", "x" * 5000, "nul\0"])
def test_the_original_name_decides_nothing(store: FileStorageResource, name: str) -> None:
    assert store.store_file(b"hello", name) == HELLO
    assert files_in(store.root) == [store.get_file_path(HELLO)]


@pytest.mark.parametrize(
    "name",
    ["", "..", "../x", HELLO.upper(), HELLO[:-1], HELLO + "0", HELLO + "\n", "/" + HELLO, "../" * 21 + "0", "\0" * 64, "\u0660" * 64],
)
def test_what_is_no_identifier_has_no_path(store: FileStorageResource, name: str) -> None:
    store.store_file(b"hello")
    assert store.get_file_path(name) is None
    assert store.verify(name) is False
    for call in (store.open, store.quarantine):
        with pytest.raises(PathNotFoundError):
            call(name)


@given(st.text(max_size=80))
def test_no_text_leads_out_of_the_store(text: str) -> None:
    assert FileStorageResource(Path("/")).get_file_path(text) is None


def test_an_unknown_object(store: FileStorageResource) -> None:
    assert store.get_file_path(HELLO) is None
    assert store.verify(HELLO) is False
    assert list(store.identifiers()) == []
    assert store.remove_abandoned_temporary_files() == 0


def test_an_object_that_is_a_link_is_no_object(store: FileStorageResource, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"hello")
    path = store.root / HELLO[:2] / HELLO[2:4] / HELLO
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "secret")
    assert store.get_file_path(HELLO) is None
    assert store.store_stream(io.BytesIO(b"hello")).created_new
    assert not path.is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"hello"


def test_identifiers_in_order(store: FileStorageResource) -> None:
    stored = sorted(store.store_file(str(number).encode()) for number in range(20))
    (store.root / "ab").mkdir(exist_ok=True)
    (store.root / "ab" / "stray").touch()
    (store.root / "zz").touch()
    store.quarantine(stored[0])
    assert list(store.identifiers()) == stored[1:]


@pytest.mark.parametrize("content", [b"HELLO", b"hell", b"", b"hello!"])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_wrong_object_is_set_aside_and_replaced(store: FileStorageResource, content: bytes, *, fresh: bool) -> None:
    path = store.store_stream(io.BytesIO(b"hello")).path
    damage(path, content)
    assert store.verify(HELLO) is False
    again = FileStorageResource(store.root) if fresh else store
    assert again.store_stream(io.BytesIO(b"hello")).created_new
    assert path.read_bytes() == b"hello"
    assert store.verify(HELLO) is True
    assert [one.read_bytes() for one in files_in(store.root / "quarantine")] == [content]
    assert files_in(store.root / "tmp") == []


def test_quarantine(store: FileStorageResource) -> None:
    store.store_file(b"hello")
    aside = store.quarantine(HELLO)
    assert aside.parent == store.root / "quarantine"
    assert aside.read_bytes() == b"hello"
    assert store.get_file_path(HELLO) is None
    store.store_file(b"hello")
    assert store.quarantine(HELLO) != aside
    assert len(files_in(store.root / "quarantine")) == 2


def test_temporary_files_of_the_dead_where_a_file_system_has_no_locks(store: FileStorageResource, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    store.store_file(b"hello")
    monkeypatch.setattr("fcntl.flock", no_locks)
    for name, age in (("old", 25 * 3600), ("young", 23 * 3600)):
        (store.root / "tmp" / name).touch()
        os.utime(store.root / "tmp" / name, (time.time() - age,) * 2)
    assert store.remove_abandoned_temporary_files() == 1
    assert [path.name for path in files_in(store.root / "tmp")] == ["young"]
    assert store.verify(HELLO)


def test_who_clears_up_leaves_what_is_being_written(store: FileStorageResource) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert FileStorageResource(store.root).remove_abandoned_temporary_files() == 0
            return super().read(size)

    assert store.store_stream(Slow(b"hello")).sha256 == HELLO
    assert store.verify(HELLO)


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is asked of the system while the store writes, in order, with the paths it is about."""
    calls: list[tuple[str, str]] = []

    def record(name: str, path_of: Callable[..., str]) -> None:
        original = getattr(os, name)

        def call(*given: Any, **named: Any) -> Any:
            path = path_of(*given)
            answer = original(*given, **named)
            calls.append((name, path))
            return answer

        monkeypatch.setattr(os, name, call)

    record("fsync", lambda descriptor: str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    record("link", lambda source, target: f"{source} {target}")
    record("rename", lambda source, target: f"{source} {target}")
    record("mkdir", lambda path, *mode: str(path))
    return calls


def test_bytes_are_safe_before_the_name_and_the_name_before_the_answer(store: FileStorageResource, trace: list[tuple[str, str]]) -> None:
    for number in range(10):
        trace.clear()
        path = store.store_stream(io.BytesIO(str(number).encode())).path
        made = [call[1] for call in trace if call[0] == "mkdir"]
        named = next(number for number, call in enumerate(trace) if call[0] in ("link", "rename"))
        temporary, target = trace[named][1].split(" ")
        assert target == str(path)
        assert ("fsync", temporary) in trace[:named]
        assert ("fsync", str(path.parent)) in trace[named:]
        for folder in made:
            where = trace.index(("mkdir", folder))
            assert ("fsync", str(Path(folder).parent)) in trace[where:]


def test_a_known_object_is_made_safe_before_it_is_trusted(store: FileStorageResource, trace: list[tuple[str, str]]) -> None:
    path = store.store_stream(io.BytesIO(b"hello")).path
    trace.clear()
    store.store_file(b"hello")
    assert trace == []
    FileStorageResource(store.root).store_file(b"hello")  # as another process, which cannot know whether the first one came so far
    assert {call[1] for call in trace} == {str(path), str(path.parent), str(path.parent.parent), str(store.root)}


def test_without_fsync(tmp_path: Path, trace: list[tuple[str, str]]) -> None:
    FileStorageResource(tmp_path / "store", fsync=False).store_file(b"hello")
    assert "fsync" not in {call[0] for call in trace}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["write", "fsync", "link", "mkdir", "open"])
def test_a_disk_that_is_full_or_fails(store: FileStorageResource, monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    store.store_file(b"before")
    original = getattr(os, call)

    def failing(*given: Any, **named: Any) -> Any:
        if call == "open" and not (len(given) > 1 and given[1] & os.O_CREAT):
            return original(*given, **named)
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        for attempt in (lambda: store.store_file(b"hello", "a.txt"), lambda: store.store_stream(io.BytesIO(b"hello"), "a.txt")):
            with pytest.raises(ContentError, match=r"'a\.txt' could not be kept in the store") as caught:
                attempt()
            assert isinstance(caught.value.__cause__, OSError)
            assert caught.value.__cause__.errno == number
            assert files_in(store.root / "tmp") == []
            assert store.get_file_path(HELLO) is None
    assert store.store_stream(io.BytesIO(b"hello")).created_new


def test_a_limit_on_the_size_of_files(store: FileStorageResource) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ContentError, match="File too large"):
            store.store_stream(io.BytesIO(bytes(200_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files_in(store.root) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_hard_links(store: FileStorageResource, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def no_links(*given: Any, **named: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", no_links)
    path = store.store_stream(io.BytesIO(b"hello")).path
    assert path.read_bytes() == b"hello"
    damage(path)
    assert store.store_stream(io.BytesIO(b"hello")).created_new
    assert [one.read_bytes() for one in files_in(store.root / "quarantine")] == [b"HELLO"]


def test_another_storer_is_quicker(store: FileStorageResource, monkeypatch: pytest.MonkeyPatch) -> None:
    link, other = os.link, FileStorageResource(store.root)

    def late(*given: Any, **named: Any) -> None:
        monkeypatch.setattr(os, "link", link)
        other.store_file(b"hello")
        link(*given, **named)

    monkeypatch.setattr(os, "link", late)
    assert not store.store_stream(io.BytesIO(b"hello")).created_new
    assert [path.name for path in objects_in(store)] == [HELLO]
    assert files_in(store.root / "quarantine") == []


class BrokenStream(io.BytesIO):
    """Gives some bytes and then fails."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error: BaseException | None = error
        self.given = False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.given and self.error is not None:
            raise self.error
        self.given = True
        return b"some"


def test_a_source_that_fails_leaves_nothing(store: FileStorageResource, tmp_path: Path) -> None:
    with pytest.raises(ContentUnreadableError, match="Input/output error"):
        store.store_stream(BrokenStream(OSError(errno.EIO, "Input/output error")), "a.txt")
    with pytest.raises(KeyboardInterrupt):
        store.store_stream(BrokenStream(KeyboardInterrupt()))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ContentUnreadableError, match="no regular file"):
        store.store_stream(tmp_path / "pipe")
    with pytest.raises(PathNotFoundError):
        store.store_stream(tmp_path / "nowhere")
    assert files_in(store.root) == []


def test_a_source_that_changes_is_not_stored(store: FileStorageResource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"hello")
    read = os.read

    def reading(descriptor: int, size: int) -> bytes:
        with (tmp_path / "file").open("ab") as stream:
            stream.write(b"!")
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", reading)
    with pytest.raises(ContentChangedError):
        store.store_stream(tmp_path / "file")
    assert files_in(store.root) == []


CONTENTS = [str(number).encode() * 500 for number in range(60)]

STORE_ALL = """
import io, random, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from dam_fs.resources import FileStorageResource
store = FileStorageResource(Path(sys.argv[1]), fsync=False)
contents = [str(number).encode() * 500 for number in range(60)]
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(2) as pool:
    done = list(pool.map(lambda content: store.store_stream(io.BytesIO(content)).created_new, contents + contents[::-1]))
print(sum(done))
"""


def test_processes_and_threads_store_the_same_bytes(store: FileStorageResource) -> None:
    # one object is wrong from the start, so that all of them try to replace it as well
    store.store_file(CONTENTS[7])
    damage(objects_in(store)[0], b"wrong")
    command = [sys.executable, "-c", STORE_ALL, str(store.root)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    answers = [child.communicate("go\n", timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert sum(int(answer) for answer in answers) == len(CONTENTS)  # each content was new exactly once
    assert list(store.identifiers()) == sorted(hashlib.sha256(content).hexdigest() for content in CONTENTS)
    assert all(store.verify(identifier) for identifier in store.identifiers())
    assert [path.read_bytes() for path in files_in(store.root / "quarantine")] == [b"wrong"]
    assert files_in(store.root / "tmp") == []


def test_threads_store_the_same_bytes(store: FileStorageResource) -> None:
    content = os.urandom(100_000)
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda _: store.store_stream(io.BytesIO(content)), range(40)))
    assert sum(one.created_new for one in stored) == 1
    assert len(files_in(store.root)) - len(files_in(store.root / "tmp")) - (store.root / "lock").exists() == 1


STORE_FOREVER = """
import io, os, sys
from pathlib import Path
from dam_fs.resources import FileStorageResource
store = FileStorageResource(Path(sys.argv[1]))
while True:
    print(store.store_stream(io.BytesIO(os.urandom(3 << 20))).sha256, flush=True)
"""


def test_killed_at_any_instant(store: FileStorageResource) -> None:
    chance = random.Random(1)
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", STORE_FOREVER, store.root], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            acknowledged = [child.stdout.readline()]
            time.sleep(chance.uniform(0, 0.02))
            child.send_signal(signal.SIGKILL)
            acknowledged += child.stdout.read().splitlines()
        for line in acknowledged:
            assert store.verify(line.decode().strip())
    for path in objects_in(store):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    store.remove_abandoned_temporary_files()
    assert files_in(store.root / "tmp") == []
    assert not (store.root / "quarantine").exists()


def test_memory_stays_flat(store: FileStorageResource, tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(128 << 20)
    (tmp_path / "small").write_bytes(b"x")
    program = """
import re, sys
from pathlib import Path
from dam_fs.resources import FileStorageResource
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
store = FileStorageResource(Path(sys.argv[1]) / "store", fsync=False)
store.store_stream(Path(sys.argv[1]) / "small")
before = peak()
assert store.store_stream(Path(sys.argv[1]) / "large").size == 128 << 20
print(peak() - before)
"""
    done = subprocess.run([sys.executable, "-c", program, tmp_path], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 32 << 10
    for path in objects_in(store):
        path.unlink()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["file", "stream", "damage", "quarantine", "again"]), st.integers(0, 3)), max_size=12))
def test_any_order_of_events(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]) -> None:
    store = FileStorageResource(tmp_path_factory.mktemp("store"), fsync=False)
    model: dict[str, bool] = {}  # identifier: whether its bytes are right
    aside = 0
    for step, number in steps:
        content = str(number).encode()
        identifier = hashlib.sha256(content).hexdigest()
        path = store.get_file_path(identifier)
        if step == "again":
            store = FileStorageResource(store.root, fsync=False)
        elif step in ("file", "stream"):
            aside += model.get(identifier) is False
            assert step != "file" or store.store_file(content) == identifier
            assert step != "stream" or store.store_stream(io.BytesIO(content)).created_new is not model.get(identifier, False)
            model[identifier] = True
        elif step == "damage" and path is not None:
            damage(path, b"x")
            model[identifier] = False
        elif step == "quarantine" and identifier in model:
            store.quarantine(identifier)
            del model[identifier]
            aside += 1
        assert list(store.identifiers()) == sorted(model)
        assert len(files_in(store.root / "quarantine")) == aside
    assert {identifier: store.verify(identifier) for identifier in model} == model
