"""Memory of indexing very large files: `python benchmarks/big_files.py [--scale 1.0] [--only zip,video] [--folder DIR]`.

Makes one file of each kind, indexes it alone into an empty library, and prints the peak of the resident memory of all processes beside
that of the same kind at a thousandth of the size. Each file is removed when it was measured.
"""

from __future__ import annotations

import argparse
import io
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
import wave
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import py7zr
import pycdlib
from measure import Measured, dam, watch

GIB = 1 << 30
BLOCK = 1 << 20
WORDS = ("amber", "birch", "cedar", "delta", "ember", "field", "grove", "heron", "inlet", "juniper", "kelp", "lagoon", "meadow", "north")


class Words(io.RawIOBase):
    """A text of so many bytes, to be read from its beginning: it shrinks to about a quarter, as texts do."""

    def __init__(self, size: int) -> None:
        """Nothing is kept but one block of words."""
        chance = np.random.default_rng(1)
        words, numbers = chance.integers(0, len(WORDS), BLOCK // 6), chance.integers(0, 10_000, BLOCK // 6)
        text = " ".join(f"{WORDS[word]}{number}" for word, number in zip(words, numbers, strict=True))
        self._block = text.encode()[: BLOCK - 16]
        self._size, self._place = size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the base class takes any buffer
        """Read within one block."""
        number, offset = divmod(self._place, BLOCK)
        block = b"%014d\n" % number + self._block + b"\n"
        data = block[offset : offset + min(len(buffer), self._size - self._place)]
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def blocks(self) -> Iterator[bytes]:
        """All of it, block by block."""
        while data := self.read(BLOCK):
            yield data


def make_video(path: Path, size: int) -> None:
    """A film of real packets, its index at the end: a few seconds over and over, until it is so large."""
    clip = io.BytesIO()
    rate, seconds = 25, 8 if size > 50 << 20 else 1
    chance = np.random.default_rng(1)
    with av.open(clip, "w", "mp4") as made:
        stream = made.add_stream("mpeg4", rate)
        stream.width, stream.height, stream.bit_rate, stream.pix_fmt = 1280, 720, 100_000_000, "yuv420p"
        for _ in range(rate * seconds):
            frame = av.VideoFrame.from_ndarray(chance.integers(0, 256, (720, 1280, 3), np.uint8), "rgb24")
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    with av.open(str(path), "w", "mp4") as film:
        offset, template = 0, None
        while offset == 0 or path.stat().st_size < size:
            clip.seek(0)
            with av.open(clip, "r") as source:
                template = template or film.add_stream_from_template(source.streams.video[0])
                last = 0
                for packet in source.demux(video=0):
                    if packet.dts is None or packet.pts is None:
                        continue
                    last = packet.pts + int(Fraction(1, rate) / (packet.time_base or Fraction(1)))
                    packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, template
                    film.mux(packet)
                offset += last


def make_sound(path: Path, size: int) -> None:
    """A WAV: noise of one second, over and over."""
    second = (np.random.default_rng(1).normal(0, 4000, 48_000 * 2)).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        for _ in range(max(1, size // len(second))):
            sound.writeframesraw(second)


def make_table(path: Path, size: int) -> None:
    """A table with commas."""
    chance = np.random.default_rng(1)
    rows = "".join(f"{chance.integers(10**9)},{chance.choice(WORDS)},{chance.random():.6f},2024-05-01\n" for _ in range(25_000)).encode()
    with path.open("wb") as file:
        file.write(b"number,word,share,day\n")
        while file.tell() < size:
            file.write(rows)


def make_text(path: Path, size: int) -> None:
    """A plain text."""
    with path.open("wb") as file:
        for block in Words(size).blocks():
            file.write(block)


def make_pdf(path: Path, size: int) -> None:
    """A PDF of one page with words, and a stream that is as large."""
    page = b"BT /F1 24 Tf 72 720 Td (A very large document) Tj ET"
    with path.open("wb") as file:
        places = []

        def write(body: bytes, stream: Iterable[bytes] = ()) -> None:
            places.append(file.tell())
            file.write(b"%d 0 obj\n" % len(places) + body)
            for block in stream:
                file.write(block)
            file.write(b"\nendobj\n")

        file.write(b"%PDF-1.7\n")
        write(b"<</Type/Catalog/Pages 2 0 R>>")
        write(b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
        write(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>")
        write(b"<</Length %d>>stream\n%s\nendstream" % (len(page), page))
        write(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        write(b"<</Type/EmbeddedFile/Length %d>>stream\n" % size, _and_end(Words(size)))
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        file.writelines(b"%010d 00000 n \n" % place for place in places)
        file.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))


def _and_end(words: Words) -> Iterator[bytes]:
    yield from words.blocks()
    yield b"\nendstream"


def make_zip(path: Path, size: int, method: int = zipfile.ZIP_DEFLATED) -> None:
    """A ZIP with one large member and a small one."""
    with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
        with archive.open("large.txt", "w", force_zip64=True) as member:
            for block in Words(size).blocks():
                member.write(block)
        archive.writestr("small.txt", "small")


def make_stored_zip(path: Path, size: int) -> None:
    """The same, not packed."""
    make_zip(path, size, zipfile.ZIP_STORED)


def make_sevenzip(path: Path, size: int) -> None:
    """A 7z with one large member."""
    with py7zr.SevenZipFile(path, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 0}]) as archive:
        archive.writef(io.BufferedReader(Words(size)), "large.txt")


def make_tar(path: Path, size: int) -> None:
    """A tar.xz with one large member."""
    with tarfile.open(path, "w:xz", preset=0) as archive:
        info = tarfile.TarInfo("large.txt")
        info.size = size
        archive.addfile(info, io.BufferedReader(Words(size)))


def make_disk(path: Path, size: int) -> None:
    """A disk image of a game with one large file."""
    sfo = struct.pack("<4sIIII", b"\0PSF", 0x101, 36, 44, 1) + struct.pack("<HHIII", 0, 0x204, 4, 8, 0) + b"TITLE\0\0\0" + b"Big\0\0\0\0\0"
    iso = pycdlib.PyCdlib()
    iso.new(sys_ident="PSP GAME")
    iso.add_directory("/PSP_GAME")
    iso.add_fp(io.BytesIO(sfo), len(sfo), "/PSP_GAME/PARAM.SFO;1")
    iso.add_fp(io.BufferedReader(Words(size)), size, "/PSP_GAME/DATA.BIN;1")
    with path.open("wb") as file:
        iso.write_fp(file, blocksize=BLOCK)
    iso.close()


def make_packed_disk(path: Path, size: int) -> None:
    """The same as a CSO."""
    plain = path.with_suffix(".plain")
    make_disk(plain, size)
    total = plain.stat().st_size
    index = []
    with plain.open("rb") as source, path.open("wb") as file:
        file.write(struct.pack("<4sIQIBBxx", b"CISO", 24, total, 2048, 1, 0))
        file.seek(24 + 4 * (-(-total // 2048) + 1))
        while block := source.read(2048):
            packer = zlib.compressobj(1, zlib.DEFLATED, -15)
            packed = packer.compress(block) + packer.flush()
            index.append(file.tell() | (0 if len(packed) < len(block) else 1 << 31))
            file.write(packed if len(packed) < len(block) else block)
        index.append(file.tell())
        file.seek(24)
        file.write(struct.pack(f"<{len(index)}I", *index))
    plain.unlink()


KINDS: dict[str, tuple[str, int, Callable[[Path, int], None]]] = {
    "video": ("film.mp4", 4 * GIB, make_video),
    "iso": ("disk.iso", GIB, make_disk),
    "cso": ("disk.cso", GIB, make_packed_disk),
    "zip": ("deflated.zip", GIB, make_zip),
    "stored zip": ("stored.zip", GIB, make_stored_zip),
    "7z": ("archive.7z", GIB, make_sevenzip),
    "tar.xz": ("archive.tar.xz", GIB, make_tar),
    "csv": ("table.csv", 2 * GIB, make_table),
    "text": ("words.txt", 2 * GIB, make_text),
    "wav": ("sound.wav", GIB, make_sound),
    "pdf": ("pages.pdf", GIB, make_pdf),
}
"""What is made of each kind: its name, its bytes (of an archive, those of its large member), and how."""


def index(path: Path) -> tuple[Measured, list[str]]:
    """Index one file into an empty library; gives the measure and what each asset came to."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-", dir=path.parent.parent) as home:
        measured = watch(dam("--home", home, "index", "--json", str(path.parent)))
        told = subprocess.run(dam("--home", home, "export"), capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in told.splitlines()]
    return measured, [
        f"{row['filename']}: {row['status']}{' (' + row['error_message'] + ')' if row['error_message'] else ''}" for row in rows
    ]


def measure(kind: str, folder: Path, scale: float) -> str:
    """One line of the table."""
    name, size, make = KINDS[kind]
    found = []
    for share in (0.001, 1.0):
        with tempfile.TemporaryDirectory(prefix="dam-bench-", dir=folder) as place:
            path = Path(place, "files", name)
            path.parent.mkdir()
            make(path, int(size * scale * share))
            measured, outcome = index(path)
            found.append((path.stat().st_size, measured))
    (_, small), (held, large) = found
    text = "; ".join(outcome)
    peaks = f"{small.peak / BLOCK:.0f} MiB | {large.peak / BLOCK:.0f} MiB"
    return f"| {kind} | {size * scale / GIB:.2f} GiB | {held / BLOCK:,.0f} MiB | {peaks} | {large.seconds:.0f} s | {text} |"


def main() -> int:
    """Print the table as Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--only", default=",".join(name for name in KINDS))
    options.add_argument("--folder", type=Path, default=None)
    chosen = options.parse_args()
    print("| Kind | Bytes inside | File | Peak, a thousandth of it | Peak | Time | Outcome |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="dam-bench-", dir=chosen.folder) as folder:
        for kind in KINDS:
            if kind in chosen.only.split(","):
                print(measure(kind, Path(folder), chosen.scale), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
