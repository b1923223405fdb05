"""Opening archives: which format it is, told by its first bytes, and what goes wrong as an error that a person understands."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import IO

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError, ContentRefusedError, ContentUnsupportedError
from dam_archive.functions.budget import Limits, Meter
from dam_archive.functions.entries import Reader, words
from dam_archive.functions.volumes import JoinedFile, is_numbered, is_split_zip, missing_part, volumes_of

RAR = b"Rar!\x1a\x07"
SEVENZIP = b"7z\xbc\xaf\x27\x1c"
TAR_MAGIC = slice(257, 262)


@contextmanager
def opened_archive(content: Content, limits: Limits, password: str | None, filename: str = "") -> Iterator[Reader]:
    """Open an archive, for the time of a `with`.

    `filename` is what the file is called, where its path does not say. Whatever a library raises, here or while members are read,
    becomes a ContentCorruptError; memory that runs out is a ContentRefusedError. Raises PasswordNeededError too.
    """
    volumes = volumes_of(content.path)
    part = missing_part(volumes)
    if part is not None and not is_split_zip(volumes):
        raise ContentCorruptError(f"Part {part} of the archive is missing: its files must lie beside each other.")
    with understood(perhaps_a_part=is_numbered(content.path)), _temporary_files_in(content.scratch), ExitStack() as stack:
        files = [stack.enter_context(replace(content, path=path).open()) for path in volumes]
        joined = JoinedFile(files)
        file = files[0] if len(files) == 1 else stack.enter_context(io.BufferedReader(joined))
        filename = filename or PurePath(content.path).name
        yield _reader(Source(file, volumes, joined.starts[:-1], filename, content.scratch, stack), limits, password)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes of an archive are: all of them as one `file`, and the paths of its `volumes`, of which each begins in it at `starts`.

    What `stack` holds ends with it.
    """

    file: IO[bytes]
    volumes: list[str]
    starts: list[int]
    filename: str
    scratch: str
    stack: ExitStack

    def path_for_tools(self) -> str:
        """A path that a program can be given: tools take what lies beside a file for its volumes, so one that has none is shown alone."""
        if len(self.volumes) > 1:
            return self.volumes[0]
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir=self.scratch))
        link = os.path.join(folder, "archive.rar")  # noqa: PTH118 - the path is text as the worker got it
        os.symlink(os.path.abspath(self.volumes[0]), link)  # noqa: PTH100, PTH211 - as above
        return link


@contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """Let libraries put their temporary files there: `rarfile` makes small archives for the tools."""
    before = tempfile.tempdir
    tempfile.tempdir = folder
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def understood(*, perhaps_a_part: bool = False) -> Iterator[None]:
    """Turn what libraries raise for hostile bytes into the errors of contents; of an archive in several files the last may be missing."""
    try:
        yield
    except ContentError:
        raise
    except MemoryError as error:
        raise ContentRefusedError("The archive needs more memory to be unpacked than it may have.") from error
    except NotImplementedError as error:  # so `zipfile`, and what is like it, says that it does not know how something is packed
        raise ContentUnsupportedError(f"The archive is packed in a way that cannot be read: {words(error)}") from error
    except Exception as error:  # every library has errors of its own, and hostile bytes bring out others
        lack = " It is one of several files; perhaps a later part is missing." if perhaps_a_part else ""
        raise ContentCorruptError(f"The archive cannot be read: {words(error)}{lack}") from error


def _reader(source: Source, limits: Limits, password: str | None) -> Reader:
    from dam_archive.functions.formats.cabinet import MAGIC, CabinetReader  # noqa: PLC0415 - a library a format
    from dam_archive.functions.formats.compressed import MeteredStream, SingleReader, codec_of  # noqa: PLC0415 - a library a format
    from dam_archive.functions.formats.cpio import BINARY, NEWC, ODC, CpioReader  # noqa: PLC0415 - as above

    file = source.file
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if head.startswith(SEVENZIP):
        from dam_archive.functions.formats.sevenzip import SevenZipReader  # noqa: PLC0415 - as above

        return SevenZipReader(file, limits, password)
    if head.startswith(RAR):
        from dam_archive.functions.formats.rar_file import RarReader  # noqa: PLC0415 - as above

        return RarReader(source.volumes[0], source.path_for_tools(), limits, password)
    if head.startswith((BINARY, ODC, *NEWC)):
        return CpioReader(file, limits)
    if head.startswith(MAGIC):
        return CabinetReader(file, limits)
    codec = codec_of(head)
    if head[TAR_MAGIC] == b"ustar" or codec is not None:
        from dam_archive.functions.formats.tar_file import TarReader  # noqa: PLC0415 - as above

        def reopen() -> io.BufferedReader:
            file.seek(0)
            stream = file if codec is None else codec[1](file)
            return io.BufferedReader(MeteredStream(stream, Meter(limits, size)), 1 << 16)

        if codec is None:
            return TarReader(reopen, "tar", limits)
        opened = [reopen()]  # what has been unpacked for a look need not be unpacked again
        if opened[0].peek(512)[TAR_MAGIC] == b"ustar":
            return TarReader(lambda: opened.pop() if opened else reopen(), f"tar.{codec[0]}", limits)
        return SingleReader(file, codec[0], reopen, source.filename)
    from dam_archive.functions.formats.zip_file import ZipReader  # noqa: PLC0415 - as above

    return ZipReader(file, limits, password, source.starts)
